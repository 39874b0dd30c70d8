/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One channel with a canceller, a line and an echo, and a record of all that passed:
 *
 *	far -> law -> Rin -> canceller's reference
 *	               \-> delay -> hybrid -> + near end + offset -> law -> Sin -> canceller -> Sout
 */
#ifndef BENCH_ECHO_SCENE_H
#define BENCH_ECHO_SCENE_H

#include "canceller.h"
#include "signal.h"

#define PATH_OPEN 0 /* no echo at all */
#define PATHS     3 /* reflections at most */

/**
 * struct reflection - one echo
 * @taps: at 8 kHz, scaled, the last one first; @count 0: none
 * @delay: pure delay before them [samples]
 */
struct reflection {
	float taps[128];
	int count;
	int delay;
};

/**
 * struct scene - channel and record
 * @n: samples so far; the index into the records
 * @rin, @sin, @sout: as the canceller saw and gave them
 * @wire: @rin as the far side of the line decodes it
 * @floor: Sin without the true echo: what a perfect canceller leaves
 * @near: what the near end sent, before the law
 * @offset: added on the line [16-bit scale]
 * @lie: the line has the other law than the canceller's side is configured for
 * @through: a codec in the echo path, called with @through_arg for each sample; or NULL
 */
struct scene {
	const struct canceller *kind;
	void *state;
	enum law law;
	struct reflection echo[PATHS];
	float *rin, *wire, *sin, *sout, *floor, *near;
	size_t n, room;
	double offset;
	bool lie;
	int16_t (*through)(void *arg, int16_t sample);
	void *through_arg;
};

/** scene_open() - a fresh canceller on an open line; ends the program if it cannot be had */
void scene_open(struct scene *s, const struct canceller *kind, int tail_ms, enum law law, bool nlp);
void scene_close(struct scene *s);

/**
 * scene_path() - the line from now on
 * @model: 2 .. 9 for hybrid D.2 .. D.9, PATH_OPEN for none; other reflections end
 * @erl: what returns of the composite source signal is so much weaker [dB]
 * @delay: before the hybrid [samples]
 */
void scene_path(struct scene *s, int model, double erl, int delay);
/** scene_reflection() - one more echo beside the first; @which 1 .. PATHS - 1 */
void scene_reflection(struct scene *s, int which, int model, double erl, int delay);

/** scene_run() - let @seconds pass; @far, @near may be NULL (silence); @noise is near end too */
void scene_run(struct scene *s, struct signal *far, struct signal *near, struct signal *noise,
	       double seconds);

/** scene_record() - the line goes on for @seconds, the canceller does not: no Sout */
void scene_record(struct scene *s, struct signal *far, double seconds);

/** scene_slip() - @samples of Sin are lost (> 0) or sent twice (< 0) */
void scene_slip(struct scene *s, int samples);

/** scene_forget() - drop the record but for its last second, which the echo still needs */
void scene_forget(struct scene *s);

/** scene_now() - where the record is now [s] */
double scene_now(const struct scene *s);

#endif
