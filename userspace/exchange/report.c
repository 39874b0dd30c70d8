/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_UNKNOWN 16384 /* calls, when the scenario does not limit them */

static size_t calls_expected(const struct scenario *sc)
{
	size_t n = 0, i;

	for (i = 0; i < sc->n_classes; i++) {
		if (!sc->classes[i].arrivals.calls)
			return ROOM_UNKNOWN;
		n += (size_t)sc->classes[i].arrivals.calls;
	}
	return n && !sc->n_answers ? n : n + ROOM_UNKNOWN;
}

int report_init(struct report *r, const struct scenario *sc)
{
	memset(r, 0, sizeof(*r));
	r->sc = sc;
	r->room = calls_expected(sc);
	r->delay_min = r->delay_max = -1;
	r->calls = malloc(r->room * sizeof(*r->calls));
	r->reasons = malloc(REPORT_REASONS * sizeof(*r->reasons));
	if (!r->calls || !r->reasons) {
		report_free(r);
		return -ENOMEM;
	}
	memset(r->calls, 0xff, r->room * sizeof(*r->calls));
	memset(r->reasons, 0xff, REPORT_REASONS * sizeof(*r->reasons));
	return 0;
}

void report_free(struct report *r)
{
	free(r->calls);
	free(r->reasons);
	r->calls = NULL;
	r->reasons = NULL;
}

void report_offered(struct report *r)
{
	r->offered++;
}

const char *report_class_name(const struct report *r, unsigned int class)
{
	if (class < r->sc->n_classes)
		return r->sc->classes[class].name;
	class -= (unsigned int)r->sc->n_classes;
	return class < r->sc->n_answers ? r->sc->answers[class].name : "unknown number";
}

static int make_room(struct report *r)
{
	struct call_record *calls;

	if (r->n < r->room)
		return 0;
	calls = realloc(r->calls, 2 * r->room * sizeof(*calls));
	if (!calls)
		return -ENOMEM;
	r->calls = calls;
	r->room *= 2;
	return 0;
}

static void keep_reason(struct report *r, const struct call_record *rec,
			const struct caller_result *res)
{
	if (r->n_reasons == REPORT_REASONS)
		return;
	snprintf(r->reasons[r->n_reasons], sizeof(r->reasons[0]), "%s", res->reason);
	r->reason_call[r->n_reasons++] = (uint32_t)(rec - r->calls);
}

static void count(struct report *r, const struct caller_result *res)
{
	r->by_fault[res->fault]++;
	if (res->fault == CALLER_GOOD)
		r->good++;
	else
		r->failed++;
	r->answered += res->connected >= 0;
	r->digits += strlen(res->digits);
	r->prompts += res->prompts;
	r->prompt_octets += (uint64_t)res->prompt_octets;
	r->prompt_differ += (uint64_t)res->prompt_differ;
	r->partner_octets += (uint64_t)res->partner_octets;
	r->partner_differ += (uint64_t)res->partner_differ;
	if (res->delay_max < 0)
		return;
	if (r->delay_min < 0 || res->delay_min < r->delay_min)
		r->delay_min = res->delay_min;
	if (res->delay_max > r->delay_max)
		r->delay_max = res->delay_max;
}

int report_call(struct report *r, struct call_record *rec, const struct caller_result *res)
{
	count(r, res);
	rec->fault = (uint8_t)res->fault;
	rec->cause = (uint8_t)res->cause;
	rec->answered = res->connected >= 0;
	rec->setup_ms = res->connected >= 0 && res->setup >= 0
				? (int32_t)((res->connected - res->setup) / 8)
				: -1;
	rec->born = res->born;
	rec->ended = res->ended;
	rec->delay_min = (int32_t)res->delay_min;
	rec->delay_max = (int32_t)res->delay_max;
	rec->partner = res->partner;
	snprintf(rec->digits, sizeof(rec->digits), "%.63s", res->digits);
	if (make_room(r) < 0)
		return -ENOMEM;
	r->calls[r->n] = *rec;
	if (res->fault != CALLER_GOOD)
		keep_reason(r, &r->calls[r->n], res);
	r->n++;
	return 0;
}

static int compare_int(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

/* Nearest rank: the smallest value that at least @percent of all do not exceed. */
static int percentile(const int *sorted, size_t n, unsigned int percent)
{
	size_t rank = (n * percent + 99) / 100;

	return sorted[rank ? rank - 1 : 0];
}

void report_setup_times(const struct report *r, struct report_setup *out)
{
	int *ms = malloc((r->n + 1) * sizeof(*ms));
	size_t n = 0, i;

	*out = (struct report_setup){-1, -1, -1, -1};
	for (i = 0; ms && i < r->n; i++)
		if (r->calls[i].setup_ms >= 0)
			ms[n++] = r->calls[i].setup_ms;
	if (n) {
		qsort(ms, n, sizeof(*ms), compare_int);
		out->p50 = percentile(ms, n, 50);
		out->p90 = percentile(ms, n, 90);
		out->p99 = percentile(ms, n, 99);
		out->max = ms[n - 1];
	}
	free(ms);
}

static void print_classes(const struct report *r, FILE *to)
{
	unsigned int classes = (unsigned int)(r->sc->n_classes + r->sc->n_answers) + 1, c;
	size_t i;

	fprintf(to, "%-24s %8s %8s %8s %8s\n", "class", "calls", "answered", "good", "failed");
	for (c = 0; c < classes; c++) {
		uint64_t calls = 0, answered = 0, failed = 0;

		for (i = 0; i < r->n; i++) {
			if (r->calls[i].class != c)
				continue;
			calls++;
			answered += r->calls[i].answered;
			failed += r->calls[i].fault != CALLER_GOOD;
		}
		if (calls || c + 1 < classes)
			fprintf(to, "%-24s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n",
				report_class_name(r, c), calls, answered, calls - failed, failed);
	}
}

static void print_failures(const struct report *r, FILE *to)
{
	unsigned int f;
	size_t i;

	for (f = CALLER_GOOD + 1; f < CALLER_FAULTS; f++)
		if (r->by_fault[f])
			fprintf(to, "  %-14s %" PRIu64 "\n",
				caller_fault_name((enum caller_fault)f), r->by_fault[f]);
	for (i = 0; i < r->n_reasons && i < 20; i++) {
		const struct call_record *c = &r->calls[r->reason_call[i]];

		fprintf(to, "  call %u (%s, %s to %s, %s timeslot %u): %s\n", c->id,
			report_class_name(r, c->class), c->calling, c->called,
			r->sc->spans[c->span].name, c->timeslot, r->reasons[i]);
	}
	if (r->failed > i)
		fprintf(to, "  ... and %" PRIu64 " more\n", r->failed - i);
}

void report_print(const struct report *r, FILE *to)
{
	struct report_setup s;

	report_setup_times(r, &s);
	print_classes(r, to);
	fprintf(to,
		"calls: %" PRIu64 " offered, %" PRIu64 " answered, %" PRIu64 " good, %" PRIu64
		" failed\n",
		r->offered, r->answered, r->good, r->failed);
	print_failures(r, to);
	if (s.max >= 0)
		fprintf(to, "set-up time: 50 %% %d ms, 90 %% %d ms, 99 %% %d ms, longest %d ms\n",
			s.p50, s.p90, s.p99, s.max);
	fprintf(to, "digits dialled: %" PRIu64 "\n", r->digits);
	fprintf(to,
		"prompts heard: %" PRIu64 ", %" PRIu64 " octets compared, %" PRIu64 " different\n",
		r->prompts, r->prompt_octets, r->prompt_differ);
	if (r->delay_max >= 0)
		fprintf(to,
			"partners heard: %" PRIu64 " octets the same, %" PRIu64
			" different; way from caller to caller %.3f to %.3f ms\n",
			r->partner_octets, r->partner_differ, (double)r->delay_min / 8.0,
			(double)r->delay_max / 8.0);
}
