/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.c: samples in, samples out, and the block's work in slices after each 8 samples.
 */
#include "echocan/internal.h"

#define ALIGN        64
#define HEARD_ENOUGH 32 /* blocks */
#define LOUDER_MIN   600 /* mean square: -56 dBm0 */
#define SEARCHED_ALL 125 /* blocks: a second of far end without echo: there is nothing to hide */
#define DOUBT_MIN    (FAR_MIN / 64) /* -56 dBm0 */
#define FAR_MIN      ((int64_t)BLOCK * 4 * 30000) /* power of a block that counts */

static int parts_of(const struct echocan_config *config)
{
	if (!config || config->tail_ms < ECHOCAN_TAIL_MIN_MS ||
	    config->tail_ms > ECHOCAN_TAIL_MAX_MS)
		return 0;
	if (config->law != ECHOCAN_ALAW && config->law != ECHOCAN_ULAW)
		return 0;
	return (config->tail_ms + 15) / 16 * 2;
}

static size_t rounded(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

/* Memory behind the struct, handed out in order; with no @base, only counted. */
static size_t lay_out(struct echocan *ec, char *base, int parts)
{
	size_t n = (size_t)parts, at = rounded(sizeof(*ec));
	size_t x = rounded(SLOTS(n) * sizeof(struct spectrum)),
	       w = rounded(n * sizeof(struct spectrum));
	size_t small = rounded(SLOTS(n) * sizeof(struct short_spectrum));
	size_t power = rounded(SLOTS(n) * sizeof(uint32_t[STRIDE]));
	size_t h = rounded(n * BLOCK * sizeof(int32_t)),
	       taps = rounded(n * BLOCK * sizeof(int16_t));

	if (base) {
		ec->back.x = (struct spectrum *)(base + at);
		ec->back.x_short = (struct short_spectrum *)(base + at + x);
		ec->back.power = (uint32_t(*)[STRIDE])(base + at + x + small);
		ec->back.w = (struct spectrum *)(base + at + x + small + power);
		ec->back.d = (struct spectrum *)(base + at + x + small + power + w);
		ec->back.h = (int32_t *)(base + at + x + small + power + 2 * w);
		ec->fore.taps = (int16_t *)(base + at + x + small + power + 2 * w + h);
		ec->fore.history = (int16_t *)(base + at + x + small + power + 2 * w + h + taps);
	}
	return at + x + small + power + 2 * w + h + taps +
	       rounded((n * BLOCK + HISTORY + CHUNK) * sizeof(int16_t));
}

size_t echocan_size(const struct echocan_config *config)
{
	int parts = parts_of(config);

	return parts ? lay_out(NULL, NULL, parts) : 0;
}

static void start(struct echocan *ec, const struct echocan_config *config)
{
	int parts = parts_of(config);
	struct nlp_config nlp = {
		.tail_ms = (uint16_t)(parts * 8),
		.comfort = config->comfort,
		.seed = (uint32_t)(uintptr_t)ec,
	};

	memset(ec, 0, lay_out(NULL, NULL, parts));
	ec->config = *config;
	ec->parts = parts;
	ec->nlp_on = config->nlp;
	ec->loops = loops_choose(config->simd);
	lay_out(ec, (char *)ec, parts);
	ec->fore.at = parts * BLOCK;
	background_init(&ec->back, parts);
	guard_init(&ec->guard);
	disabler_init(&ec->disabler);
	nlp.seed = 1;
	nlp_init(&ec->nlp, &nlp);
}

int echocan_init(void *mem, size_t size, const struct echocan_config *config)
{
	size_t need = echocan_size(config);

	if (!need)
		return -EINVAL;
	if (!mem || size < need || (uintptr_t)mem % ALIGN)
		return -ENOMEM;
	start(mem, config);
	return 0;
}

void echocan_reset(struct echocan *ec)
{
	struct echocan_config config = ec->config;
	bool frozen = ec->frozen, nlp_on = ec->nlp_on;

	start(ec, &config);
	ec->frozen = frozen;
	ec->nlp_on = nlp_on;
}

void echocan_freeze(struct echocan *ec, bool frozen)
{
	ec->frozen = frozen;
}

void echocan_set_nlp(struct echocan *ec, bool on)
{
	ec->nlp_on = on;
}

/* Does the far end have an echo at all? Where it has none, the NLP has nothing to hide. */
static void search(struct echocan *ec)
{
	if (ec->fore.any)
		ec->searched = 0;
	else if (ec->far_power > FAR_MIN && !ec->hold && ec->searched < SEARCHED_ALL)
		ec->searched++;
}

/* More comes out of the filter than came from the line in the last 32 ms. */
static bool is_louder(struct echocan *ec)
{
	int64_t most = (int64_t)BLOCK * LOUDER_MIN;
	int n;

	memmove(ec->sin_powers + 1, ec->sin_powers, sizeof(ec->sin_powers) - sizeof(int64_t));
	ec->sin_powers[0] = ec->sin_power;
	for (n = 0; n < LOUDEST; n++)
		most = ec->sin_powers[n] > most ? ec->sin_powers[n] : most;
	return ec->err_power > most + most / 64;
}

/* A whole block is there: it becomes the one that is worked on. */
static void block_done(struct echocan *ec)
{
	struct background *b = &ec->back;

	memcpy(b->x_block, b->x_block + BLOCK, sizeof(ec->x_new));
	memcpy(b->x_block + BLOCK, ec->x_new, sizeof(ec->x_new));
	memmove(b->d_block, b->d_block + BLOCK, sizeof(b->d_block) - sizeof(ec->d_new));
	memcpy(b->d_block + (LOOKS_MAX - 1) * BLOCK, ec->d_new, sizeof(ec->d_new));
	memmove(b->raw_power + 1, b->raw_power, sizeof(b->raw_power) - sizeof(int64_t));
	b->raw_power[0] = ec->sin_power;
	ec->raw_fore = ec->err_power;
	ec->near_power = ec->loops->energy(ec->d_new);
	ec->fore_power = ec->loops->energy(ec->e_new);
	ec->far_power = ec->loops->energy(ec->x_new);
	/* more than all of the far end that is learnt from is no echo that is late */
	ec->pass = is_louder(ec) && ec->raw_fore > ec->far_power / 4;
	ec->sin_power = ec->err_power = 0;
	/* a tone is better than nothing where nothing else has been heard */
	if (!(ec->tones & GUARD_TONES) && ec->far_power > FAR_MIN && ec->heard < HEARD_ENOUGH)
		ec->heard++;
	ec->hold = ((ec->tones & GUARD_TONES) && ec->heard >= HEARD_ENOUGH) ||
		   (ec->tones & GUARD_LINE) || ec->disabled == DISABLER_OFF;
	search(ec);
	doubt_block(&ec->doubt, (uint64_t)ec->far_power, (uint64_t)ec->fore_power, DOUBT_MIN,
		    ec->parts);
}

/*
 * x[n] * 2 - x[n-1] less its mean over 16 ms: an offset is not echo. The mean alone goes from sample to
 * sample: of the rest compilers make vectors where they know @n.
 */
static inline __attribute__((always_inline)) void
emphasize(struct past *p, int32_t *to, const int16_t *x, int n)
{
	int32_t y[CHUNK], means[CHUNK], mean = p->mean;
	int16_t from[1 + CHUNK];
	int i;

	from[0] = p->last;
	memcpy(from + 1, x, n * sizeof(*x));
	for (i = 0; i < n; i++)
		y[i] = 2 * from[1 + i] - from[i];
	UNROLL
	for (i = 0; i < n; i++) {
		mean += y[i] - (mean >> 7);
		means[i] = mean >> 7;
	}
	for (i = 0; i < n; i++)
		to[i] = y[i] - means[i];
	p->last = from[n];
	p->mean = mean;
}

static inline __attribute__((always_inline)) int64_t power_of(const int16_t *x, int n)
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < n; i++)
		sum += x[i] * x[i];
	return sum;
}

static inline __attribute__((always_inline)) void collect(struct echocan *ec, const int16_t *sin,
							  const int16_t *rin, const int16_t *err,
							  int n)
{
	emphasize(&ec->x_past, ec->x_new + ec->phase, rin, n);
	emphasize(&ec->d_past, ec->d_new + ec->phase, sin, n);
	emphasize(&ec->e_past, ec->e_new + ec->phase, err, n);
	ec->sin_power += power_of(sin, n);
	ec->err_power += power_of(err, n);
}

static void collect_few(struct echocan *ec, const int16_t *sin, const int16_t *rin,
			const int16_t *err, int n)
{
	int i;

	if (n == CHUNK) {
		doubt_few(&ec->doubt, sin);
		collect(ec, sin, rin, err, CHUNK);
		return;
	}
	for (i = 0; i < n; i++)
		doubt_sample(&ec->doubt, sin[i]);
	collect(ec, sin, rin, err, n);
}

/* Sin as it came, until the far end is as loud as what the filter added to its silence. */
static void pass_sin(struct echocan *ec, int16_t *err, const int16_t *sin, int n)
{
	const int32_t *far = ec->x_new + ec->phase;
	int i;

	for (i = 0; i < n && ec->pass; i++) {
		if ((int64_t)far[i] * far[i] * (BLOCK / 4) > ec->raw_fore)
			ec->pass = false;
		else
			err[i] = sin[i];
	}
}

/* At most to the end of a chunk. */
static void few(struct echocan *ec, int16_t *io, int16_t *err, const int16_t *rin, int n)
{
	bool pass;

	ec->tones = guard_process(&ec->guard, rin, io, n);
	if (ec->config.disabler)
		ec->disabled = disabler_process(&ec->disabler, rin, io, n);
	foreground_run(ec, err, io, rin, n);
	collect_few(ec, io, rin, err, n);
	if (ec->disabled == DISABLER_OFF || (ec->tones & GUARD_LINE))
		memcpy(err, io, (size_t)n * sizeof(*io));
	pass_sin(ec, err, io, n);
	pass = !ec->nlp_on || ec->disabled != DISABLER_ON || (ec->tones & GUARD_LINE) ||
	       ec->searched == SEARCHED_ALL;
	nlp_process(&ec->nlp, io, rin, io, err, n, pass);
	ec->phase += n;
	if (ec->phase % CHUNK)
		return;
	background_slice(ec, ec->phase / CHUNK - 1);
	if (ec->phase == BLOCK) {
		ec->phase = 0;
		block_done(ec);
	}
}

static int to_end_of_chunk(const struct echocan *ec, int n)
{
	int left = CHUNK - ec->phase % CHUNK;

	return left < n ? left : n;
}

void echocan_process(struct echocan *ec, int16_t *io, const int16_t *rin, int n)
{
	int16_t err[CHUNK];
	int now;

	for (; n > 0; n -= now, io += now, rin += now) {
		now = to_end_of_chunk(ec, n);
		few(ec, io, err, rin, now);
	}
}

void echocan_process_both(struct echocan *ec, int16_t *io, int16_t *linear, const int16_t *rin,
			  int n)
{
	int now;

	for (; n > 0; n -= now, io += now, rin += now, linear += now) {
		now = to_end_of_chunk(ec, n);
		few(ec, io, linear, rin, now);
	}
}
