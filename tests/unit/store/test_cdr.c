/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "store/cdr.h"

static void fill(char *s, size_t size, char ch)
{
	memset(s, ch, size - 1);
	s[size - 1] = 0;
}

/* A record with everything at its largest. */
static void largest(struct cdr *c)
{
	memset(c, 0, sizeof(*c));
	c->id = (struct cdr_id){UINT32_MAX, INT64_MAX};
	c->leg = c->partner = c->event = INT64_MAX;
	c->outgoing = 1;
	c->channel = UINT16_MAX;
	c->visited = UINT32_MAX;
	c->cause = 127;
	c->location = 15;
	c->offered_us = c->answered_us = c->ended_us = INT64_MAX;
	c->offered_sample = c->answered_sample = c->ended_sample = INT64_MAX;
	fill(c->instance, sizeof(c->instance), 'i');
	fill(c->span, sizeof(c->span), 's');
	fill(c->called, sizeof(c->called), '1');
	fill(c->calling, sizeof(c->calling), '2');
	fill(c->presentation, sizeof(c->presentation), 'p');
	fill(c->name, sizeof(c->name), 'n');
	fill(c->redirecting, sizeof(c->redirecting), '3');
	fill(c->by, sizeof(c->by), 'b');
	fill(c->digits, sizeof(c->digits), '4');
	fill(c->flow, sizeof(c->flow), 'f');
	fill(c->outcome, sizeof(c->outcome), 'o');
	for (c->n_steps = 0; c->n_steps < CDR_STEPS_MAX; c->n_steps++)
		fill(c->steps[c->n_steps], CDR_WORD_MAX, (char)('a' + c->n_steps % 26));
	for (c->n_recordings = 0; c->n_recordings < CDR_RECORDINGS; c->n_recordings++)
		fill(c->recordings[c->n_recordings], PATH_MAX_LEN, 'r');
}

static void there_and_back(void **state)
{
	static uint8_t buf[CDR_SIZE_MAX];
	static struct cdr c, back;
	int n;

	(void)state;
	largest(&c);
	n = cdr_encode(&c, buf, sizeof(buf));
	assert_true(n > 0);
	print_message("largest: %d octets\n", n);
	assert_int_equal(cdr_decode(&back, buf, (size_t)n), 0);
	assert_memory_equal(&back, &c, sizeof(c));
	for (int size = 0; size < n; size++) /* room for less than all */
		assert_int_equal(cdr_encode(&c, buf, (size_t)size), -EMSGSIZE);
}

static void an_empty_one(void **state)
{
	struct cdr c = {.offered_sample = -1, .answered_sample = -1, .ended_sample = -1}, back;
	uint8_t buf[64];

	(void)state;
	assert_int_equal(cdr_encode(&c, buf, sizeof(buf)), 1); /* only the version */
	assert_int_equal(buf[0], CDR_VERSION);
	memset(&back, 0x55, sizeof(back));
	assert_int_equal(cdr_decode(&back, buf, 1), 0);
	assert_memory_equal(&back, &c, sizeof(c));
	c.answered_sample = 0; /* sample 0 is a time, no sample is not */
	assert_int_equal(cdr_encode(&c, buf, sizeof(buf)), 1 + 11);
	cdr_decode(&back, buf, 12);
	assert_int_equal(back.answered_sample, 0);
}

static void of_other_versions(void **state)
{
	static const uint8_t newer[] = {2, 200, 0, 3, 'n', 'e', 'w', 8, 0, 2, '4', '2'};
	struct cdr c;

	(void)state;
	assert_int_equal(cdr_decode(&c, newer, sizeof(newer)), 0); /* tag 200 is passed over */
	assert_string_equal(c.called, "42");
	assert_int_equal(c.ended_sample, -1);
	assert_int_equal(cdr_decode(&c, "", 0), -EBADMSG);
	assert_int_equal(cdr_decode(&c, "\0", 1), -EBADMSG);
}

static void broken(void **state)
{
	static const struct {
		uint8_t data[16];
		size_t len;
	} bad[] = {
		{{1, 8}, 2}, /* no length */
		{{1, 8, 0, 3, '4', '2'}, 6}, /* shorter than it says */
		{{1, 8, 0, 40}, 4},
		{{1, 8, 0, 2, '4', 0}, 6}, /* a 0 in a text */
		{{1, 4, 0, 4, 0, 0, 0, 1}, 8}, /* a number of four octets */
		{{1, 6, 0, 8, 0, 0, 0, 0, 0, 1, 0, 0}, 12}, /* channel 65536 */
		{{1, 19, 0, 8, 0, 0, 0, 0, 0, 0, 1, 0}, 12}, /* cause 256 */
	};
	static uint8_t buf[CDR_SIZE_MAX], copy[CDR_SIZE_MAX];
	static struct cdr c;
	int n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(cdr_decode(&c, bad[i].data, bad[i].len), -EBADMSG);
	/* Each octet damaged, each length cut: an answer, never a crash. */
	largest(&c);
	n = cdr_encode(&c, buf, sizeof(buf));
	for (int i = 0; i < n; i++) {
		memcpy(copy, buf, (size_t)n);
		copy[i] ^= 0xFF;
		cdr_decode(&c, copy, (size_t)n);
		cdr_decode(&c, buf, (size_t)i);
	}
}

/* More of a list than there is room for is refused, not written beyond it. */
static void too_many_steps(void **state)
{
	uint8_t buf[1 + 4 * (CDR_STEPS_MAX + 1)] = {1};
	struct cdr c;

	(void)state;
	for (size_t i = 0; i <= CDR_STEPS_MAX; i++)
		memcpy(buf + 1 + 4 * i, (uint8_t[]){25, 0, 1, 'x'}, 4);
	assert_int_equal(cdr_decode(&c, buf, sizeof(buf) - 4), 0);
	assert_int_equal(c.n_steps, CDR_STEPS_MAX);
	assert_int_equal(cdr_decode(&c, buf, sizeof(buf)), -EBADMSG);
}

static void identifiers(void **state)
{
	static const char *const bad[] = {
		"",
		"-",
		"1",
		"1-",
		"-1",
		"0-1",
		"1-0",
		"1-01",
		"1 -1",
		"1--1",
		"1-1x",
		"4294967296-1",
		"1-9223372036854775808",
		"1-99999999999999999999999",
	};
	struct cdr_id id = {7, 8};
	char text[40];

	(void)state;
	assert_int_equal(cdr_id_parse("4294967295-9223372036854775807", &id), 0);
	cdr_id_text(id, text, sizeof(text));
	assert_string_equal(text, "4294967295-9223372036854775807");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(cdr_id_parse(bad[i], &id), -EINVAL);
	assert_int_equal(id.site, UINT32_MAX); /* not touched by the bad ones */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),    cmocka_unit_test(an_empty_one),
		cmocka_unit_test(of_other_versions), cmocka_unit_test(broken),
		cmocka_unit_test(too_many_steps),    cmocka_unit_test(identifiers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
