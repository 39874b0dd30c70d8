/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/isdn_private.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "base/log.h"

#define FCS_OCTETS     2 /* libpri counts them in both directions and never looks at them */
#define LOG_WINDOW     (60 * SAMPLES_PER_S)
#define LOG_LINES      20 /* warnings of libpri in a window; a stranger can cause any number */
#define T309_DEFAULT_S 90

/* ---- time ------------------------------------------------------------------------------------- */

static _Atomic int64_t now_sample;
static _Atomic int64_t utc_base_s; /* UTC of sample 0; 0: not fixed yet */

void isdn_set_now(int64_t sample)
{
	if (!atomic_load(&utc_base_s))
		atomic_store(&utc_base_s, time(NULL) - sample / SAMPLES_PER_S);
	atomic_store(&now_sample, sample);
}

/* Takes precedence over libc's, also for calls from within libpri's shared library. */
int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	int64_t base = atomic_load(&utc_base_s);
	int64_t sample = atomic_load(&now_sample);
	struct timespec ts;

	(void)tz;
	if (base) {
		tv->tv_sec = base + sample / SAMPLES_PER_S;
		tv->tv_usec = sample % SAMPLES_PER_S * 125;
		return 0;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

int64_t isdn_now(void)
{
	return atomic_load(&now_sample);
}

static int64_t timeval_to_sample(const struct timeval *tv)
{
	return (tv->tv_sec - atomic_load(&utc_base_s)) * SAMPLES_PER_S + (tv->tv_usec + 124) / 125;
}

/* ---- what libpri says about itself ------------------------------------------------------------ */

static bool probing; /* libpri complains about a stale record: that is the answer, not news */

void link_trace(struct isdn_link *l, const char *text)
{
	if (l->tracing && l->cb.trace)
		l->cb.trace(l->cb.ctx, text);
}

static void trace_text(struct isdn_link *l, char *text)
{
	text[strcspn(text, "\r\n")] = 0;
	if (text[0])
		link_trace(l, text);
}

static void on_message(struct pri *pri, char *text)
{
	struct isdn_link *l = pri_get_userdata(pri);

	if (probing || !l)
		return;
	if (l->tracing)
		trace_text(l, text);
	else
		log_debug(l->name, "libpri: %.*s", (int)strcspn(text, "\r\n"), text);
}

bool link_may_log(struct isdn_link *l)
{
	int64_t now = isdn_now();

	if (now - l->log_since >= LOG_WINDOW) {
		if (l->log_lines > LOG_LINES)
			log_warn(l->name, "libpri: %d more warnings", l->log_lines - LOG_LINES);
		l->log_since = now;
		l->log_lines = 0;
	}
	return ++l->log_lines <= LOG_LINES;
}

static void on_error(struct pri *pri, char *text)
{
	struct isdn_link *l = pri_get_userdata(pri);

	if (!l)
		return;
	if (link_may_log(l))
		log_warn(l->name, "libpri: %.*s", (int)strcspn(text, "\r\n"), text);
	trace_text(l, text);
}

int link_reference(struct isdn_link *l, q931_call *q)
{
	int low, high;

	probing = true;
	high = pri_get_crv(l->pri, q, &low);
	probing = false;
	return high < 0 ? -1 : high << 3 | low;
}

/* ---- frames ----------------------------------------------------------------------------------- */

/*
 * Beyond the frame the buffer is filled with octets that end any search for an extension bit and
 * mean nothing else, so that what libpri reads too far is at least always the same.
 */
static int on_read(struct pri *pri, void *buf, int size)
{
	struct isdn_link *l = pri_get_userdata(pri);

	if (!l || !l->frame || size < (int)l->frame_len + FCS_OCTETS)
		return 0;
	memset(buf, 0x80, size);
	memcpy(buf, l->frame, l->frame_len);
	return l->frame_len + FCS_OCTETS;
}

static int on_write(struct pri *pri, void *buf, int size)
{
	struct isdn_link *l = pri_get_userdata(pri);
	int len = size - FCS_OCTETS;

	if (!l || !l->layer1 || l->kick || len < 1)
		return size;
	if (len > ISDN_FRAME_MAX) {
		log_error(l->name, "frame of %d octets is not sent", len);
		return size;
	}
	l->st.frames_tx++;
	l->st.octets_tx += len;
	l->cb.send(l->cb.ctx, buf, len);
	return size;
}

/* ---- one step --------------------------------------------------------------------------------- */

static void step_end(struct isdn_link *l)
{
	link_reap(l);
	if (l->gone)
		link_tell_gone(l);
}

/* Give libpri a frame; also one that nobody sent, see kick(). */
static void feed(struct isdn_link *l, const uint8_t *frame, size_t len)
{
	pri_event *e;

	if (l->gone) /* told in the order in which it happened */
		link_tell_gone(l);
	l->frame = frame;
	l->frame_len = len;
	e = pri_check_event(l->pri);
	if (e)
		link_handle(l, e);
	link_after_message(l);
	step_end(l);
	l->frame = NULL;
}

/* An unnumbered frame as if the far end had sent it (Q.921 3.3.2: C/R is 1 from the network) */
static void feed_unnumbered(struct isdn_link *l, bool command, uint8_t control)
{
	bool cr = command == (l->side == ISDN_USER);
	const uint8_t frame[] = {cr ? 0x02 : 0x00, 0x01, control};

	feed(l, frame, sizeof(frame));
}

#define CONTROL_DM    0x0f
#define CONTROL_DISC  0x43
#define CONTROL_FINAL 0x10

/*
 * libpri cannot be asked to establish. But DM with F=1 ends an attempt that it is in, and on DM
 * with F=0 it begins one at once (Q.921 figure B.3), instead of when its timer runs out.
 */
static void kick(struct isdn_link *l)
{
	feed_unnumbered(l, false, CONTROL_DM | CONTROL_FINAL);
	l->kick = false;
	feed_unnumbered(l, false, CONTROL_DM);
}

/*
 * A message other than SETUP needs a call. Libpri would make one for these and keep it, and a
 * repeated SETUP would overwrite the call that it belongs to (Q.931 5.8.3.2).
 */
static bool reference_known(struct isdn_link *l, const uint8_t *frame, size_t len)
{
	struct q931_message m;
	bool known;

	if (q931_message(frame, len, &m) < 0 || !m.reference)
		return true;
	known = isdn_call_by_reference(&l->calls, m.reference, m.flag) != NULL;
	switch (m.type) {
	case Q931_TYPE_SETUP: return !known;
	case Q931_TYPE_FACILITY:
	case Q931_TYPE_NOTIFY:
	case Q931_TYPE_HOLD:
	case Q931_TYPE_HOLD_ACK:
	case Q931_TYPE_HOLD_REJECT:
	case Q931_TYPE_RETRIEVE:
	case Q931_TYPE_RETRIEVE_ACK:
	case Q931_TYPE_RETRIEVE_REJECT: return known;
	default: return true;
	}
}

void isdn_link_receive(struct isdn_link *l, const uint8_t *frame, size_t len)
{
	enum q931_reason why;
	size_t keep;

	if (!l->layer1)
		return;
	if (l->kick)
		kick(l);
	l->st.frames_rx++;
	l->st.octets_rx += len;
	why = q931_screen_frame(&l->screen, frame, len, &keep);
	if (why && link_may_log(l))
		log_warn(l->name, "frame of %zu octets refused: %s", len, q931_reason_name(why));
	if (!why && !reference_known(l, frame, len)) {
		l->st.out_of_place++;
		keep = 4;
	}
	if (keep)
		feed(l, frame, keep);
}

void isdn_link_run(struct isdn_link *l)
{
	pri_event *e;

	if (l->kick && l->layer1)
		kick(l);
	link_restart_run(l);
	step_end(l);
	while ((e = pri_schedule_run(l->pri)) != NULL) {
		link_handle(l, e);
		step_end(l);
	}
	step_end(l);
}

int64_t isdn_link_next(const struct isdn_link *l)
{
	const struct timeval *tv = pri_schedule_next(l->pri);
	int64_t next = tv ? timeval_to_sample(tv) : INT64_MAX;

	if (l->gone || (l->kick && l->layer1))
		return isdn_now();
	if (l->restart.channel && l->restart.deadline < next)
		next = l->restart.deadline;
	return next;
}

void isdn_link_layer1(struct isdn_link *l, bool up)
{
	if (up && !l->layer1 && !l->up)
		l->kick = true;
	l->layer1 = up;
}

/* ---- making and freeing ----------------------------------------------------------------------- */

/* Controllers without a link; libpri has no way to free one. Data link down, no calls. */
struct parked {
	struct parked *next;
	struct pri *pri;
	enum isdn_side side;
	enum isdn_variant variant;
};

static struct parked *parking;

static struct pri *controller_get(const struct isdn_link *l)
{
	for (struct parked **p = &parking; *p; p = &(*p)->next) {
		struct parked *found = *p;
		struct pri *pri = found->pri;

		if (found->side != l->side || found->variant != l->variant)
			continue;
		*p = found->next;
		free(found);
		return pri;
	}
	return pri_new_cb(-1, l->side == ISDN_NETWORK ? PRI_NETWORK : PRI_CPE,
			  l->variant == ISDN_QSIG ? PRI_SWITCH_QSIG : PRI_SWITCH_EUROISDN_E1,
			  on_read, on_write, NULL);
}

static void controller_park(struct isdn_link *l)
{
	struct parked *p = malloc(sizeof(*p));

	pri_set_userdata(l->pri, NULL);
	if (!p) /* nothing can be done: it stays allocated and is never used again */
		return;
	*p = (struct parked){parking, l->pri, l->side, l->variant};
	parking = p;
}

/* Hold, transfer, call completion, deflection, advice of charge and MCID are off by default. */
static void controller_configure(struct isdn_link *l, int t309_s)
{
	struct pri *pri = l->pri;

	pri_set_userdata(pri, l);
	pri_set_debug(pri, 0);
	pri_set_overlapdial(pri, 1); /* SENDING COMPLETE is then sent when we say so, only then */
	pri_hangup_fix_enable(pri, 1); /* clears as Q.931 5.3.2 says */
	pri_connect_ack_enable(pri, 1); /* tells CONNECT ACKNOWLEDGE; we send ours ourselves */
	pri_set_timer(pri, PRI_TIMER_T309, t309_s * 1000);
	if (l->variant == ISDN_QSIG)
		pri_facility_enable(pri); /* names and redirection, ECMA-164 and ECMA-174 */
}

struct isdn_link *isdn_link_new(const struct isdn_cfg *cfg, const struct isdn_callbacks *cb)
{
	struct isdn_link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	pri_set_message(on_message);
	pri_set_error(on_error);
	snprintf(l->name, sizeof(l->name), "span %s", cfg->name);
	l->side = cfg->side;
	l->variant = cfg->variant;
	l->overlap = cfg->overlap;
	l->calls.dchannel = cfg->dchannel;
	l->cb = *cb;
	l->layer1 = true;
	l->kick = true;
	l->log_since = INT64_MIN / 2;
	l->pri = controller_get(l);
	if (!l->pri) {
		free(l);
		return NULL;
	}
	controller_configure(l, cfg->t309_s ? cfg->t309_s : T309_DEFAULT_S);
	return l;
}

static void no_event(void *ctx, const struct isdn_event *ev)
{
	(void)ctx;
	(void)ev;
}

void isdn_link_free(struct isdn_link *l)
{
	if (!l)
		return;
	l->layer1 = false; /* silence towards the line, and towards the user */
	l->tracing = false;
	l->cb.event = no_event;
	link_clear_channel(l, 0);
	feed_unnumbered(l, true, CONTROL_DISC);
	isdn_link_run(l);
	controller_park(l);
	free(l);
}

/* ---- looking at a link ------------------------------------------------------------------------ */

void isdn_link_trace(struct isdn_link *l, bool on)
{
	l->tracing = on;
	pri_set_debug(l->pri, on ? PRI_DEBUG_Q931_DUMP : 0);
}

void isdn_link_stats(const struct isdn_link *l, struct isdn_link_stats *st)
{
	*st = l->st;
	st->screened = q931_screen_refused(&l->screen);
	st->up = l->up;
	st->calls = 0;
	for (int i = 0; i < ISDN_CALLS_MAX; i++)
		st->calls += l->calls.call[i].record != NULL;
}

const struct q931_screen *isdn_link_screen(const struct isdn_link *l)
{
	return &l->screen;
}
