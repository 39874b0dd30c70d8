/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two exchanges on one cable in one process, in lockstep: "a" is the network side and calls, "b" is
 * the user side and answers. Datagrams of a tick arrive for the next tick of the other end.
 */
#ifndef TESTS_PAIR_RIG_H
#define TESTS_PAIR_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/audio.h"
#include "exchange/arrivals.h"
#include "exchange/office.h"
#include "exchange/sounds.h"

#define CABLE_MAX   512 /* datagrams of a tick */
#define PROMPT_LEN  12345
#define RIG_HEAD(n) "name = \"" n "\"; sounds = [ \"%s\" ]; tones = \"configs/tones/CN.conf\"; "
#define RIG_SPANS(extra)                                                                           \
	"spans = ( { name = \"E1\"; local = \"127.0.0.1:1\"; remote = \"127.0.0.1:2\"; " extra     \
	"} );\n"

struct datagram {
	size_t len;
	uint8_t octets[400];
};

struct end {
	struct scenario sc;
	struct sounds *sounds;
	struct office *office;
	struct datagram cable[CABLE_MAX]; /* on the way to this end */
	size_t n;
	struct end *other;
	char *events;
	size_t events_len;
	FILE *events_file;
};

static struct end a, b;
static char folder[] = "/tmp/exchange-test-XXXXXX";

static void rig_send(void *ctx, int span, const uint8_t *datagram, size_t len)
{
	struct end *to = ((struct end *)ctx)->other;

	assert_int_equal(span, 0);
	assert_true(to->n < CABLE_MAX && len <= sizeof(to->cable[0].octets));
	memcpy(to->cable[to->n].octets, datagram, len);
	to->cable[to->n++].len = len;
}

static void rig_open(struct end *e, const char *format)
{
	struct conf_errors *errs = malloc(sizeof(*errs));
	struct office_cfg cfg = {.scenario = &e->sc, .send = rig_send, .ctx = e};
	char text[8192], why[256] = "";

	assert_non_null(errs);
	/* Each %s is the folder. */
	snprintf(text, sizeof(text), format, folder, folder);
	if (scenario_load_text(text, "test", &e->sc, errs) < 0)
		conf_errors_print(errs, stderr);
	assert_int_equal(errs->n, 0);
	free(errs);
	assert_int_equal(sounds_load(&e->sc, &e->sounds, stderr), 0);
	e->n = 0;
	e->events_file = open_memstream(&e->events, &e->events_len);
	assert_non_null(e->events_file);
	cfg.events = e->events_file;
	assert_int_equal(office_new(&e->office, &cfg, why, sizeof(why)), 0);
}

static void rig_start(const char *scenario_a, const char *scenario_b)
{
	a.other = &b;
	b.other = &a;
	rig_open(&a, scenario_a);
	rig_open(&b, scenario_b);
}

static void rig_deliver(struct end *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		office_receive(e->office, 0, e->cable[i].octets, e->cable[i].len);
	e->n = 0;
}

static enum office_state rig_state(const struct end *e)
{
	struct office_status st;

	office_status(e->office, &st);
	return st.state;
}

/* Both run until "a" is over. Return: its milliseconds, -1: not over within @max_ms */
static int rig_run(int max_ms)
{
	int ms;

	for (ms = 0; ms < max_ms && rig_state(&a) < OFFICE_OVER; ms++) {
		rig_deliver(&a);
		rig_deliver(&b);
		office_tick(a.office);
		office_tick(b.office);
	}
	fflush(a.events_file);
	fflush(b.events_file);
	return rig_state(&a) == OFFICE_OVER ? ms : -1;
}

static void rig_close(struct end *e)
{
	office_free(e->office);
	sounds_free(e->sounds);
	scenario_free(&e->sc);
	fclose(e->events_file);
	free(e->events);
}

static void rig_stop(void)
{
	rig_close(&a);
	rig_close(&b);
}

/* All calls at both ends good? Says why not. */
static int rig_good(void)
{
	const struct report *ra = office_report(a.office), *rb = office_report(b.office);
	size_t i;

	for (i = 0; i < ra->n_reasons && i < 5; i++)
		print_message("a: %s\n", ra->reasons[i]);
	for (i = 0; i < rb->n_reasons && i < 5; i++)
		print_message("b: %s\n", rb->reasons[i]);
	return ra->failed == 0 && rb->failed == 0 && ra->good > 0;
}

static int rig_setup(void **state)
{
	uint8_t octets[PROMPT_LEN];
	char path[64];
	struct dice d;
	int i;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	dice_init(&d, 5);
	for (i = 0; i < PROMPT_LEN; i++)
		octets[i] = i < 300 ? 0xD5 : (uint8_t)dice_throw(&d);
	snprintf(path, sizeof(path), "%s/prompt.wav", folder);
	return audio_write_alaw(path, octets, sizeof(octets), NULL);
}

static int rig_teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

#endif
