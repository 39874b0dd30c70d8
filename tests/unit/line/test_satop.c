/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SAToP packets: what is built, what is refused and why; the lockstep token beside them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/line/lockstep.h"
#include "core/line/satop.h"

/* A copy that ends with its allocation: one octet too far is seen by the sanitizer. */
static int parse(const uint8_t *d, size_t n, struct satop_packet *p, enum satop_refusal *why)
{
	uint8_t *copy = malloc(n ? n : 1);
	int err;

	memcpy(copy, d, n);
	err = satop_parse(copy, n, p, why);
	if (!err && p->payload)
		p->payload = d + (p->payload - copy);
	free(copy);
	return err;
}

static void builds_what_the_rfc_draws(void **state)
{
	uint8_t payload[SATOP_PAYLOAD], out[SATOP_MAX];
	struct satop_packet p = {.seq = 0xabcd, .payload = payload};

	(void)state;
	memset(payload, 0x5a, sizeof(payload));
	assert_int_equal(satop_build(&p, out), SATOP_MAX);
	assert_memory_equal(out, "\x00\x00\xab\xcd", 4);
	assert_memory_equal(out + 4, payload, SATOP_PAYLOAD);
	p.l = true;
	assert_int_equal(satop_build(&p, out), SATOP_MAX);
	assert_memory_equal(out, "\x08\x00\xab\xcd", 4);
	p.r = true;
	p.payload = NULL;
	assert_int_equal(satop_build(&p, out), SATOP_CONTROL);
	assert_memory_equal(out, "\x0c\x04\xab\xcd", 4); /* LEN is given: 4 is below 64 */
	p.l = false;
	assert_int_equal(satop_build(&p, out), -EINVAL);
}

static void reads_what_it_builds(void **state)
{
	uint8_t payload[SATOP_PAYLOAD], out[SATOP_MAX];
	struct satop_packet in = {.payload = payload}, p;
	enum satop_refusal why;

	(void)state;
	for (unsigned int i = 0; i < SATOP_PAYLOAD; i++)
		payload[i] = (uint8_t)i;
	for (unsigned int i = 0; i < 8; i++) {
		int n;

		in.seq = (uint16_t)(0xfffe + i);
		in.l = (i & 1) != 0;
		in.r = (i & 2) != 0;
		in.payload = (i & 4) && in.l ? NULL : payload;
		n = satop_build(&in, out);
		assert_int_equal(parse(out, (size_t)n, &p, &why), 0);
		assert_int_equal(p.seq, in.seq);
		assert_int_equal(p.l, in.l);
		assert_int_equal(p.r, in.r);
		assert_ptr_equal(p.payload, in.payload ? out + SATOP_CONTROL : NULL);
	}
}

static void refuses_by_name(void **state)
{
	static const struct {
		uint8_t control[4];
		size_t n;
		int err; /* reason, or -1 for good */
	} t[] = {
		{{0, 0, 0, 0}, 0, SATOP_SHORT},
		{{0, 0, 0, 0}, 3, SATOP_SHORT},
		{{0x10, 0, 0, 0}, 260, SATOP_VERSION},
		{{0x80, 0, 0, 0}, 260, SATOP_VERSION},
		{{0x53, 0, 0, 0}, 16, SATOP_VERSION},
		{{0, 0x40, 0, 0}, 260, SATOP_FRAGMENT},
		{{0, 0x80, 0, 0}, 260, SATOP_FRAGMENT},
		{{0, 0xc0, 0, 0}, 260, SATOP_FRAGMENT},
		{{0, 0x3f, 0, 0}, 260, SATOP_LENGTH},
		{{0, 0x04, 0, 0}, 260, SATOP_LENGTH},
		{{8, 0x05, 0, 0}, 4, SATOP_LENGTH},
		{{0, 0, 0, 0}, 259, SATOP_SIZE},
		{{0, 0, 0, 0}, 261, SATOP_SIZE},
		{{0, 0x04, 0, 0}, 4, SATOP_SIZE}, /* omitted without L */
		{{0, 0, 0, 0}, 4, SATOP_SIZE},
		{{8, 0, 0, 0}, 132, SATOP_SIZE},
		{{0, 0x20, 0, 0}, 32, SATOP_SIZE}, /* LEN is right, the payload is not an E1's */
		{{0x0c, 0, 0, 0}, 260, -1},
		{{0x03, 0, 0, 0}, 260, -1}, /* RSV is ignored */
		{{8, 0x04, 0, 0}, 4, -1},
		{{8, 0, 0, 0}, 4, -1},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct satop_packet p = {.seq = 0x7777};
		enum satop_refusal why = SATOP_REFUSALS;
		uint8_t d[300] = {0};

		memcpy(d, t[i].control, 4);
		d[2] = 0x12;
		assert_int_equal(parse(d, t[i].n, &p, &why), t[i].err < 0 ? 0 : -EBADMSG);
		assert_int_equal(why, t[i].err < 0 ? SATOP_REFUSALS : t[i].err);
		assert_int_equal(p.seq, t[i].err < 0 ? 0x1200 : 0x7777); /* only on success */
	}
	for (unsigned int i = 0; i < SATOP_REFUSALS; i++)
		assert_non_null(satop_refusal_names[i]);
}

static void token_round_trip(void **state)
{
	struct lockstep_token t = {.tick = 0x0123456789abcdefULL, .packets = 0xfedc}, u = {0};
	uint8_t d[LOCKSTEP_SIZE + 1] = {0};

	(void)state;
	assert_int_equal(lockstep_build(&t, d), LOCKSTEP_SIZE);
	assert_int_equal(lockstep_parse(d, LOCKSTEP_SIZE, &u), 0);
	assert_true(u.tick == t.tick);
	assert_int_equal(u.packets, t.packets);
	for (size_t n = 0; n < LOCKSTEP_SIZE; n++)
		assert_int_equal(lockstep_parse(d, n, &u), -EBADMSG);
	assert_int_equal(lockstep_parse(d, sizeof(d), &u), -EBADMSG);
	d[4]++;
	assert_int_equal(lockstep_parse(d, LOCKSTEP_SIZE, &u), -EPROTO);
	d[4]--;
	d[0] ^= 1;
	assert_int_equal(lockstep_parse(d, LOCKSTEP_SIZE, &u), -EBADMSG);
}

/* The two share a socket. */
static void token_and_packet_differ(void **state)
{
	uint8_t payload[SATOP_PAYLOAD], d[SATOP_MAX];
	struct lockstep_token t = {0};
	struct satop_packet p = {.payload = payload};
	enum satop_refusal why;

	(void)state;
	memset(payload, 'S', sizeof(payload));
	lockstep_build(&t, d);
	assert_int_equal(satop_parse(d, LOCKSTEP_SIZE, &p, &why), -EBADMSG);
	assert_int_equal(why, SATOP_VERSION);
	for (unsigned int seq = 0; seq < 65536; seq += 255) {
		p.seq = (uint16_t)seq;
		p.r = (seq & 1) != 0;
		assert_int_equal(satop_build(&p, d), SATOP_MAX);
		assert_int_equal(lockstep_parse(d, SATOP_MAX, &t), -EBADMSG);
		assert_int_equal(lockstep_parse(d, LOCKSTEP_SIZE, &t), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_what_the_rfc_draws), cmocka_unit_test(reads_what_it_builds),
		cmocka_unit_test(refuses_by_name),           cmocka_unit_test(token_round_trip),
		cmocka_unit_test(token_and_packet_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
