/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/timeline.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files of hostile frames ---- */

/* Value of a hexadecimal digit, -1 */
static int nibble(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* "08 02 a1" to octets; '#' begins a comment. Return: octets, -EBADMSG */
static int parse_hex(const char *line, uint8_t *out, size_t max)
{
	size_t n = 0;
	int high, low;

	for (;; line += 2) {
		while (isspace((unsigned char)*line))
			line++;
		if (*line == '\0' || *line == '#')
			return (int)n;
		high = nibble(line[0]);
		low = high < 0 ? -1 : nibble(line[1]);
		if (n == max || low < 0)
			return -EBADMSG;
		out[n++] = (uint8_t)(high * 16 + low);
	}
}

static int add_frame(struct timeline_frames *f, const uint8_t *octets, size_t len)
{
	void *more;

	if (f->n == TIMELINE_FRAMES_MAX)
		return -E2BIG;
	more = realloc(f->octets, (f->n + 1) * sizeof(*f->octets));
	if (!more)
		return -ENOMEM;
	f->octets = more;
	more = realloc(f->lengths, (f->n + 1) * sizeof(*f->lengths));
	if (!more)
		return -ENOMEM;
	f->lengths = more;
	memcpy(f->octets[f->n], octets, len);
	f->lengths[f->n++] = (uint16_t)len;
	return 0;
}

static int read_frames(struct timeline_frames *f, const char *file, char *why, size_t size)
{
	uint8_t octets[HDLC_FRAME_LIMIT];
	char line[4 * HDLC_FRAME_LIMIT];
	FILE *in = fopen(file, "r");
	int n = 0, number = 0;

	if (!in) {
		int err = -errno;

		snprintf(why, size, "%s: %s", file, strerror(-err));
		return err;
	}
	while (n >= 0 && fgets(line, sizeof(line), in)) {
		number++;
		n = parse_hex(line, octets, sizeof(octets));
		if (n > 0)
			n = add_frame(f, octets, (size_t)n);
	}
	fclose(in);
	if (n < 0)
		snprintf(why, size,
			 "%s:%d: not a frame; right is up to %d octets as two hexadecimal digits "
			 "each, at most %d frames",
			 file, number, HDLC_FRAME_LIMIT, TIMELINE_FRAMES_MAX);
	return n < 0 ? n : 0;
}

int timeline_init(struct timeline *tl, const struct scenario *sc, char *why, size_t size)
{
	size_t i;
	int err = 0;

	memset(tl, 0, sizeof(*tl));
	tl->sc = sc;
	for (i = 0; i < sc->n_faults && !err; i++)
		if (sc->faults[i].kind == FAULT_FRAMES)
			err = read_frames(&tl->item[i].frames, sc->faults[i].file, why, size);
	if (err)
		timeline_free(tl);
	return err;
}

void timeline_free(struct timeline *tl)
{
	size_t i;

	for (i = 0; i < SCENARIO_FAULTS; i++) {
		free(tl->item[i].frames.octets);
		free(tl->item[i].frames.lengths);
		memset(&tl->item[i].frames, 0, sizeof(tl->item[i].frames));
	}
}

/* ---- faults that last: what is in force follows from all that have begun and are not over ---- */

struct force {
	struct e1_fault_cfg line;
	struct impair_cfg net;
	bool cut, dchannel_down;
};

static bool concerns(const struct fault_def *f, const struct trunk *t)
{
	return !f->span[0] || strcmp(f->span, t->def->name) == 0;
}

static void add_force(struct force *x, const struct fault_def *f)
{
	uint32_t ppm = (uint32_t)(f->percent * 10000.0 + 0.5);

	switch (f->kind) {
	case FAULT_CUT: x->cut = true; break;
	case FAULT_LOSS: x->net.loss_ppm = ppm; break;
	case FAULT_BURST:
		x->net.burst_ppm = ppm;
		x->net.burst_len = (uint16_t)f->length;
		break;
	case FAULT_REORDER:
		x->net.reorder_ppm = ppm;
		x->net.reorder_ms = (uint16_t)f->by_ms;
		break;
	case FAULT_DUPLICATE: x->net.duplicate_ppm = ppm; break;
	case FAULT_DELAY: x->net.delay_ms = (uint16_t)f->by_ms; break;
	case FAULT_AIS: x->line.ais = true; break;
	case FAULT_RAI: x->line.rai = true; break;
	case FAULT_NO_SIGNAL: x->line.no_signal = true; break;
	case FAULT_CRC: x->line.crc_ppm = (uint32_t)(f->rate * 1e6 + 0.5); break;
	case FAULT_BER: x->line.ber_ppb = (uint32_t)(f->rate * 1e9 + 0.5); break;
	case FAULT_SHIFT: x->line.shift = (uint8_t)f->bits; break;
	case FAULT_DCHANNEL: x->dchannel_down = true; break;
	default: break;
	}
}

static void enforce(struct timeline *tl, struct trunk *t)
{
	struct force x = {0};
	size_t i;

	for (i = 0; i < tl->sc->n_faults; i++)
		if (tl->item[i].begun && !tl->item[i].over && concerns(&tl->sc->faults[i], t))
			add_force(&x, &tl->sc->faults[i]);
	e1_fault_set(pw_port_fault(&t->port), &x.line); /* rates were checked by the scenario */
	impair_set(&t->impair, &x.net);
	t->cut = x.cut;
	t->dchannel_down = x.dchannel_down;
}

/* ---- faults that happen once ---- */

static void strike(struct timeline *tl, size_t i, struct trunk *t)
{
	const struct fault_def *f = &tl->sc->faults[i];
	const struct timeline_frames *frames = &tl->item[i].frames;

	switch (f->kind) {
	case FAULT_FAS: e1_fault_fas(pw_port_fault(&t->port), (uint32_t)abs(f->count)); break;
	case FAULT_RESTART: tl->restart(tl->ctx, t); break;
	case FAULT_RESTART_MSG:
		if (t->isdn)
			isdn_restart(t->isdn, f->channel);
		break;
	case FAULT_FRAMES:
		t->hostile = (struct trunk_hostile){
			.frames = (const uint8_t(*)[HDLC_FRAME_LIMIT])frames->octets,
			.lengths = frames->lengths,
			.n = t->hdlc ? frames->n : 0};
		break;
	case FAULT_DATAGRAMS: t->junk = (unsigned int)abs(f->count); break;
	default: break;
	}
}

/* One slip a millisecond, so that none replaces another that is still to come. */
static void slip(struct timeline *tl, size_t i, struct trunk *trunks)
{
	enum e1_slip kind = tl->item[i].slips > 0 ? E1_SLIP_DROP : E1_SLIP_REPEAT;
	size_t k;

	if (!tl->item[i].slips)
		return;
	tl->item[i].slips += kind == E1_SLIP_DROP ? -1 : 1;
	for (k = 0; k < tl->sc->n_spans; k++)
		if (concerns(&tl->sc->faults[i], &trunks[k]))
			e1_fault_slip(pw_port_fault(&trunks[k].port), kind);
}

static void begin(struct timeline *tl, size_t i, struct trunk *trunks)
{
	const struct fault_def *f = &tl->sc->faults[i];
	size_t k;

	tl->item[i].begun = true;
	if (f->kind == FAULT_SLIP)
		tl->item[i].slips = f->count;
	tl->begun(tl->ctx, f, true);
	for (k = 0; k < tl->sc->n_spans; k++) {
		if (!concerns(f, &trunks[k]))
			continue;
		strike(tl, i, &trunks[k]);
		enforce(tl, &trunks[k]);
	}
}

static void end(struct timeline *tl, size_t i, struct trunk *trunks)
{
	const struct fault_def *f = &tl->sc->faults[i];
	size_t k;

	tl->item[i].over = true;
	tl->begun(tl->ctx, f, false);
	for (k = 0; k < tl->sc->n_spans; k++)
		if (concerns(f, &trunks[k]))
			enforce(tl, &trunks[k]);
}

void timeline_tick(struct timeline *tl, int64_t ms, struct trunk *trunks)
{
	size_t i;

	for (i = 0; i < tl->sc->n_faults; i++) {
		const struct fault_def *f = &tl->sc->faults[i];
		struct timeline_item *item = &tl->item[i];

		if (!item->begun && ms >= f->at_ms)
			begin(tl, i, trunks);
		if (item->begun && !item->over && f->ms && ms >= (int64_t)f->at_ms + f->ms)
			end(tl, i, trunks);
		slip(tl, i, trunks);
	}
}

bool timeline_over(const struct timeline *tl)
{
	size_t i;

	for (i = 0; i < tl->sc->n_faults; i++) {
		if (!tl->item[i].begun || tl->item[i].slips)
			return false;
		if (tl->sc->faults[i].ms && !tl->item[i].over)
			return false;
	}
	return true;
}
