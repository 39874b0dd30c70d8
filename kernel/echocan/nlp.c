// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlp.c: the non-linear processor; see nlp.h.
 *
 * Ranges: sample, error and estimate are below 2^17, a product below 2^34, a stretch of 64 below 2^40,
 * and so the means. They are brought below 2^28 before they are multiplied with each other.
 */
#include "echocan/nlp.h"

#define OPEN        1024 /* gain 1 */
#define HOLD        320 /* samples: 40 ms, the pauses within a word */
#define ALERT       24 /* samples: 3 ms, two beyond the bound in that time are speech */
#define RISE        128 /* gain a sample: 1 ms */
#define FALL        8 /* gain a sample: 16 ms, after speech */
#define FALL_IDLE   256 /* half a millisecond, after nothing */
#define ECHO_DECAY  4 /* of the estimate's envelope, 2^n blocks: 16 ms */
#define NEGLIGIBLE  16 /* A-law's least step: a peak that needs no hiding */
#define FAR_IDLE    128 /* peak of -45 dBm0: its echo needs no hiding */
#define RATIO_ONE   32768
#define LOST_RATIO  (RATIO_ONE * 3 / 4) /* far end to echo, if nothing is known: peaks, 6 dB loss */
#define SAFETY      10 /* bound to least ratio: 20 dB */
#define FOUND_RATIO (RATIO_ONE / 6) /* the canceller works: it has taken 15 dB at least once */
#define FOUND_AFTER 2 /* stretches */
#define ECHO_MIN    64 /* peak of an estimate that tells anything */

static int32_t magnitude(int32_t x)
{
	return x < 0 ? -x : x;
}

static void forget(struct nlp_least *l, uint32_t ratio)
{
	for (int n = 0; n < NLP_LEAST; n++)
		l->groups[n] = ratio;
	l->n = 0;
}

static void take(struct nlp_least *l, uint32_t ratio)
{
	if (l->n++ >= 8) {
		memmove(l->groups + 1, l->groups, sizeof(l->groups) - sizeof(l->groups[0]));
		l->groups[0] = ratio;
		l->n = 1;
	} else if (ratio < l->groups[0]) {
		l->groups[0] = ratio;
	}
}

static uint32_t least(const struct nlp_least *l)
{
	uint32_t ratio = l->groups[0];

	for (int n = 1; n < NLP_LEAST; n++)
		if (l->groups[n] < ratio)
			ratio = l->groups[n];
	return ratio;
}

/* From the least ratios and the background: what each sample is compared with. */
static void set_ratio(struct nlp *p)
{
	uint32_t ratio = least(p->lost ? &p->loss : &p->leak) * SAFETY;
	uint32_t most = p->lost ? LOST_RATIO : RATIO_ONE;
	uint64_t noise = comfort_power(&p->noise);
	int32_t negligible;

	p->ratio = ratio < most ? ratio : most;
	/* Peaks of the background: 13 dB above its power. */
	while ((uint64_t)p->least_bound * p->least_bound > 20 * noise)
		p->least_bound -= p->least_bound / 16 + 1;
	while ((uint64_t)p->least_bound * p->least_bound < 16 * noise)
		p->least_bound += p->least_bound / 16 + 1;
	/* What an eighth of them hides, and half of A-law's first step. */
	negligible = p->least_bound / 8 > NEGLIGIBLE ? p->least_bound / 8 : NEGLIGIBLE;
	p->least_over = p->ratio ? negligible * RATIO_ONE / p->ratio : RATIO_ONE;
	if (p->lost && p->least_over < FAR_IDLE)
		p->least_over = FAR_IDLE;
}

void nlp_path_lost(struct nlp *p)
{
	p->lost = true;
	p->well = 0;
	p->hold = 0;
	forget(&p->leak, RATIO_ONE);
	forget(&p->loss, LOST_RATIO);
	set_ratio(p);
}

/*
 * What of the error goes with the estimate, as a share of its power: <err echo>^2 / <echo^2> <err^2>.
 * Return: true if that is more than @num / @den.
 */
static bool goes_with(const struct nlp *p, int num, int den)
{
	int64_t echo = p->mean_echo, both = p->mean_both, err = p->mean_err;

	while ((echo | err | (both < 0 ? -both : both)) >> 28) {
		echo >>= 1;
		both >>= 1;
		err >>= 1;
	}
	return both * both * den > echo * err * num;
}

static void judge_path(struct nlp *p)
{
	bool near = p->sin_most > p->far_tail / 4 * 3;
	uint32_t ratio;

	if (p->echo_most < ECHO_MIN || 2 * p->echo_most < p->echo_env)
		return;
	ratio = (uint32_t)(p->err_most < p->echo_most ? p->err_most : p->echo_most) * RATIO_ONE /
		(uint32_t)p->echo_most;
	if (goes_with(p, 1, 3)) {
		p->well = 0;
		if (!p->lost && !near && ratio > 4 * least(&p->leak))
			nlp_path_lost(p);
		return;
	}
	take(&p->leak, ratio);
	if (p->well < FOUND_AFTER)
		p->well++;
	else if (p->lost && least(&p->leak) < FOUND_RATIO)
		p->lost = false;
}

/* While the path is unknown: how much comes back at most. Only when the far end has filled the tail. */
static void judge_loss(struct nlp *p)
{
	int32_t quietest = p->far_most;

	for (int n = 0; n < p->tail_peaks; n++)
		if (p->far_peaks[n] < quietest)
			quietest = p->far_peaks[n];
	if (quietest > FAR_IDLE && 4 * quietest > p->far_tail)
		take(&p->loss, (uint32_t)p->sin_most * RATIO_ONE / (uint32_t)p->far_tail);
}

static void track_far(struct nlp *p)
{
	memmove(p->far_peaks + 1, p->far_peaks, sizeof(p->far_peaks) - sizeof(p->far_peaks[0]));
	p->far_peaks[0] = p->far_most;
	p->far_tail = 0;
	for (int n = 0; n <= p->tail_peaks; n++)
		if (p->far_peaks[n] > p->far_tail)
			p->far_tail = p->far_peaks[n];
}

/* What of the far end's peaks comes back: up at once, slowly down. */
static void judge_return(struct nlp *p)
{
	int32_t ratio;

	if (p->far_tail < FAR_IDLE || p->lost)
		return;
	ratio = p->echo_most < p->far_tail ? p->echo_most * (RATIO_ONE / 2) / p->far_tail * 2
					   : RATIO_ONE;
	p->back += ratio > p->back ? ratio - p->back : (ratio - p->back) / 64;
}

static void end_stretch(struct nlp *p)
{
	p->mean_echo += (p->echo_echo - p->mean_echo) / 2;
	p->mean_both += (p->echo_err - p->mean_both) / 2;
	p->mean_err += (p->err_err - p->mean_err) / 2;
	judge_path(p);
	if (p->lost)
		judge_loss(p);
	judge_return(p);
	track_far(p);
	set_ratio(p);
	p->echo_echo = 0;
	p->echo_err = 0;
	p->err_err = 0;
	p->far_most = 0;
	p->sin_most = 0;
	p->err_most = 0;
	p->echo_most = 0;
	p->blocks = 0;
}

static void end_block(struct nlp *p)
{
	p->echo_env -= p->echo_env >> ECHO_DECAY;
	comfort_listen(&p->noise, p->errs, !p->spoilt);
	p->spoilt = false;
	p->n = 0;
	p->expected = (int32_t)((int64_t)p->far_tail * p->back / RATIO_ONE / 4);
	if (++p->blocks == NLP_STRETCH)
		end_stretch(p);
}

/* The largest magnitude of a block. */
static int32_t peak(const int16_t *x)
{
	int16_t most = 0, least = 0;

	for (int i = 0; i < NLP_BLOCK; i++)
		most = x[i] > most ? x[i] : most;
	for (int i = 0; i < NLP_BLOCK; i++)
		least = x[i] < least ? x[i] : least;
	return most > -least ? most : -least;
}

static int32_t greater(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

/* Products of every other sample, and peaks. Return: peak of the echo estimate. */
static int32_t add_up(struct nlp *p, const int16_t *sin, const int16_t *err)
{
	int32_t most = 0;

	for (int i = 0; i < NLP_BLOCK; i++)
		most = greater(most, magnitude(sin[i] - err[i]));
	for (int i = 1; i < NLP_BLOCK; i += 2) {
		int32_t echo = sin[i] - err[i];

		p->echo_echo += (int64_t)echo * echo;
		p->echo_err += (int64_t)echo * err[i];
		p->err_err += err[i] * err[i];
	}
	p->echo_most = greater(p->echo_most, most);
	p->sin_most = greater(p->sin_most, peak(sin));
	return most;
}

/* What residual echo comes of: the peak of far end or echo estimate until now. */
static int32_t source(const struct nlp *p, int32_t far, int32_t echo)
{
	return p->lost ? greater(p->far_tail, far)
		       : greater(greater(p->echo_env, echo), p->expected);
}

/* No residual echo is beyond what this returns. */
static int32_t bound(const struct nlp *p, int32_t source)
{
	return greater((int32_t)((uint32_t)source * p->ratio / RATIO_ONE), p->least_bound);
}

/* Open or closed at this sample. */
static void gate(struct nlp *p, int32_t err, int32_t source)
{
	p->idle = source <= p->least_over;
	if (p->alert)
		p->alert--;
	if (!p->idle && err > bound(p, source)) {
		/* A lone sample little beyond may be an outlier of the residual echo. */
		if (p->alert || err > 2 * bound(p, source))
			p->hold = HOLD;
		p->alert = ALERT;
	}
	if (p->hold || p->idle) {
		p->hold -= p->hold > 0;
		p->fall = p->hold ? FALL : FALL_IDLE;
		p->gain = p->gain + RISE < OPEN ? p->gain + RISE : OPEN;
	} else {
		p->gain = p->gain > p->fall ? p->gain - p->fall : 0;
	}
	p->spoilt |= !p->idle;
}

/*
 * Open or closed for all of @n samples with these peaks: what gate() does n times when it is the same each
 * time. Return: false, and nothing is done, if it is not.
 */
static bool rests(struct nlp *p, int32_t far, int32_t echo, int32_t err, int n)
{
	int32_t first = source(p, 0, 0);
	bool idle = source(p, far, echo) <= p->least_over;

	if (!idle && (first <= p->least_over || err > bound(p, first)))
		return false;
	if (p->gain == OPEN ? !idle && p->hold < n : p->gain || p->hold || idle)
		return false;
	p->idle = idle;
	p->spoilt |= !idle;
	p->alert = p->alert > n ? p->alert - n : 0;
	p->hold = p->hold > n ? p->hold - n : 0;
	p->fall = p->hold ? FALL : FALL_IDLE;
	return true;
}

/* Noise fades in with 1 - gain^3: the powers of both add up to that of either within 1 dB. */
static int32_t mixed(struct nlp *p, int32_t err)
{
	int32_t g = p->gain;
	int16_t noise = 0;

	if (p->comfort)
		comfort_make(&p->noise, &noise, 1);
	return (err * g + noise * (OPEN - (g * g * g >> 20)) + OPEN / 2) >> 10;
}

static int16_t saturated(int32_t x)
{
	return x > 32767 ? 32767 : x < -32768 ? -32768 : (int16_t)x;
}

void nlp_init(struct nlp *p, const struct nlp_config *config)
{
	memset(p, 0, sizeof(*p));
	comfort_init(&p->noise, config->seed);
	p->comfort = config->comfort;
	p->tail_peaks = (config->tail_ms + NLP_STRETCH - 1) / NLP_STRETCH;
	if (p->tail_peaks > NLP_PEAKS - 1)
		p->tail_peaks = NLP_PEAKS - 1;
	p->idle = true;
	p->gain = OPEN;
	p->fall = FALL_IDLE;
	nlp_path_lost(p);
}

/* A whole block: with nothing where @x has no samples. */
static const int16_t *whole(int16_t *block, const int16_t *x, int at, int n)
{
	if (n == NLP_BLOCK)
		return x;
	memset(block, 0, NLP_BLOCK * sizeof(*block));
	memcpy(block + at, x, n * sizeof(*x));
	return block;
}

/* Samples that are all heard, or none. */
static void rest(struct nlp *p, int16_t *out, const int16_t *err, int n, bool heard)
{
	if (heard)
		memmove(out, err, n * sizeof(*out));
	else if (p->comfort)
		comfort_make(&p->noise, out, n);
	else
		memset(out, 0, n * sizeof(*out));
}

static void move(struct nlp *p, int16_t *out, const int16_t *far, const int16_t *sin,
		 const int16_t *err, int n, bool pass)
{
	for (int i = 0; i < n; i++) {
		int16_t e = err[i];

		p->far_tail = greater(p->far_tail, magnitude(far[i]));
		p->echo_env = greater(p->echo_env, magnitude(sin[i] - e));
		gate(p, magnitude(e), source(p, 0, 0));
		out[i] = pass || p->gain == OPEN ? e : saturated(mixed(p, e));
	}
}

/* At most to the end of a block. */
static void piece(struct nlp *p, int16_t *out, const int16_t *far, const int16_t *sin,
		  const int16_t *err, int n, bool pass)
{
	int16_t room[3][NLP_BLOCK];
	const int16_t *e = whole(room[0], err, p->n, n);
	int32_t far_most = peak(whole(room[1], far, p->n, n)), err_most = peak(e);
	int32_t echo_most = add_up(p, whole(room[2], sin, p->n, n), e);

	memcpy(p->errs + p->n, err, n * sizeof(*e));
	if (rests(p, far_most, echo_most, err_most, n))
		rest(p, out, err, n, pass || p->gain == OPEN);
	else
		move(p, out, far, sin, err, n, pass);
	p->far_most = greater(p->far_most, far_most);
	p->far_tail = greater(p->far_tail, far_most);
	p->echo_env = greater(p->echo_env, echo_most);
	p->err_most = greater(p->err_most, err_most);
	p->n += n;
}

void nlp_process(struct nlp *p, int16_t *out, const int16_t *far, const int16_t *sin,
		 const int16_t *err, int n, bool pass)
{
	while (n > 0) {
		int now = NLP_BLOCK - p->n < n ? NLP_BLOCK - p->n : n;

		piece(p, out, far, sin, err, now, pass);
		out += now;
		far += now;
		sin += now;
		err += now;
		n -= now;
		if (p->n == NLP_BLOCK)
			end_block(p);
	}
}
