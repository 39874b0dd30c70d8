/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/live.h"

#include <inttypes.h>
#include <stdarg.h>

#define UP         "\033[%uA"
#define CLEAR_LINE "\033[K"
#define BOLD       "\033[1m"
#define RED        "\033[31m"
#define PLAIN      "\033[0m"

static void line(struct live *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void line(struct live *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(l->to, fmt, ap);
	va_end(ap);
	fputs(CLEAR_LINE "\n", l->to);
	l->lines++;
}

static void span_line(struct live *l, const struct office_span_status *st)
{
	char alarms[64] = "";
	size_t len = 0;
	unsigned int bit;

	for (bit = 0; bit < E1_ALARMS; bit++)
		if (st->alarms >> bit & 1)
			len += (size_t)snprintf(alarms + len, sizeof(alarms) - len, " %s",
						e1_alarm_name(bit));
	line(l,
	     "%-10s %-6s %3u/%-3u %9" PRIu64 " %7" PRIu64 " %6" PRIu64 " %6" PRIu64 "  %s%s" PLAIN,
	     st->name, st->in_service ? "up" : "down", st->busy, st->channels,
	     st->line.packets.received, st->line.packets.lost, st->line.deleted + st->line.repeated,
	     st->line.e1.crc4_errors, alarms[0] ? RED : "", alarms[0] ? alarms : " none");
}

static const char *state_text(enum office_state s)
{
	switch (s) {
	case OFFICE_STARTING: return "waiting for the D-channels";
	case OFFICE_RUNNING: return "running";
	case OFFICE_OVER: return "over";
	default: return "a D-channel did not come up";
	}
}

void live_draw(void *ctx, const struct office *o)
{
	struct live *l = ctx;
	const struct report *r = office_report(o);
	struct office_span_status span;
	struct office_status st;
	int i;

	office_status(o, &st);
	if (l->lines)
		fprintf(l->to, UP, l->lines);
	l->lines = 0;
	line(l, BOLD "%s" PLAIN "  %" PRId64 ".%01d s  %s", l->name, st.tick / 1000,
	     (int)(st.tick % 1000 / 100), state_text(st.state));
	line(l, "%-10s %-6s %7s %9s %7s %6s %6s  %s", "span", "state", "calls", "packets", "lost",
	     "slips", "crc", "alarms");
	for (i = 0; office_span(o, i, &span) == 0; i++)
		span_line(l, &span);
	line(l,
	     "calls: %u up, %u waiting, %" PRIu64 " offered, %" PRIu64 " answered, %" PRIu64
	     " good, %s%" PRIu64 " failed" PLAIN,
	     st.up, st.waiting, r->offered, r->answered, r->good, r->failed ? RED : "", r->failed);
	line(l,
	     "digits dialled %" PRIu64 ", prompts heard %" PRIu64 " (%" PRIu64
	     " octets exact, %" PRIu64 " different)",
	     r->digits, r->prompts, r->prompt_octets - r->prompt_differ, r->prompt_differ);
	fflush(l->to);
}
