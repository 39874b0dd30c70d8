/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "signal.h"

#include <math.h>
#include <string.h>

#include "core/channel/g711.h"
#include "core/channel/level.h"

#define RATE 8000.0

double signal_random(struct signal *s)
{
	/* splitmix64 */
	uint64_t z = s->seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

unsigned signal_below(struct signal *s, unsigned n)
{
	return (unsigned)(signal_random(s) * n);
}

void signal_clear(struct signal *s, size_t n)
{
	s->n = n < SIGNAL_MAX ? n : SIGNAL_MAX;
	memset(s->x, 0, s->n * sizeof(s->x[0]));
}

void signal_tone(struct signal *s, double hz, double dbm0, size_t from, size_t n)
{
	double phase = 2 * M_PI * signal_random(s), amplitude = level_amplitude((float)dbm0);

	for (size_t i = 0; i < n && from + i < s->n; i++)
		s->x[from + i] += amplitude * sin(2 * M_PI * hz * (double)i / RATE + phase);
}

void signal_digit(struct signal *s, char digit, const double dbm0[2], const double off[2],
		  size_t from, size_t n)
{
	static const char keys[] = "123A456B789C*0#D";
	static const double low[] = {697, 770, 852, 941}, high[] = {1209, 1336, 1477, 1633};
	long at = strchr(keys, digit) - keys;

	signal_tone(s, low[at / 4] * (1 + off[0]), dbm0[0], from, n);
	signal_tone(s, high[at % 4] * (1 + off[1]), dbm0[1], from, n);
}

void signal_mute(struct signal *s, size_t from, size_t n)
{
	for (size_t i = from; i < from + n && i < s->n; i++)
		s->x[i] = 0;
}

void signal_noise(struct signal *s, double dbm0)
{
	double rms = level_amplitude((float)dbm0) / sqrt(2);

	for (size_t i = 0; i < s->n; i++)
		s->x[i] += rms * sqrt(-2 * log(1 - signal_random(s))) *
			   cos(2 * M_PI * signal_random(s));
}

void signal_answer(struct signal *s, double dbm0, double am, size_t turn, double degrees,
		   size_t from, size_t n)
{
	double phase = 2 * M_PI * signal_random(s), am_phase = 2 * M_PI * signal_random(s);
	double amplitude = level_amplitude((float)dbm0);

	for (size_t i = 0; i < n && from + i < s->n; i++) {
		double t = (double)i / RATE;
		double shift = turn ? (double)(i / turn) * degrees * M_PI / 180 : 0;

		s->x[from + i] += amplitude * (1 + am * sin(2 * M_PI * 15 * t + am_phase)) *
				  sin(2 * M_PI * 2100 * t + phase + shift);
	}
}

void signal_v21(struct signal *s, double dbm0, size_t from, size_t n)
{
	static const int flag[] = {0, 1, 1, 1, 1, 1, 1, 0};
	double phase = 0, amplitude = level_amplitude((float)dbm0);
	size_t begin = signal_below(s, 213);

	for (size_t i = 0; i < n && from + i < s->n; i++) {
		int bit = flag[(i + begin) * 300 / 8000 % 8];

		phase += 2 * M_PI * (bit ? 1650 : 1850) / RATE;
		s->x[from + i] += amplitude * sin(phase);
	}
}

void signal_line(struct signal *s)
{
	for (size_t i = 0; i < s->n; i++) {
		double v = s->x[i];

		v = v > 32767 ? 32767 : v < -32768 ? -32768 : v;
		s->pcm[i] = alaw_decode(alaw_encode((int16_t)lrint(v)));
	}
}
