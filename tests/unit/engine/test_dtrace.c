/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The D-channel trace: both files octet by octet, limits and errors, and what tshark makes of a
 * real call.
 */
#include "isdn_rig.h"

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/dtrace.h"

static char dir[] = "/tmp/dtrace-XXXXXX";
static char pcap[64], text[64];

static int group_setup(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR_);
	assert_non_null(mkdtemp(dir));
	snprintf(pcap, sizeof(pcap), "%s/d.pcap", dir);
	snprintf(text, sizeof(text), "%s/d.txt", dir);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	unlink(pcap);
	unlink(text);
	return rmdir(dir);
}

static size_t slurp(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, size - 1, f);
	fclose(f);
	buf[n] = 0;
	return n;
}

static void files_are_right(void **state)
{
	static const uint8_t sabme[] = {0x02, 0x01, 0x7f};
	static const uint8_t want[] = {
		0xa1,
		0xb2,
		0xc3,
		0xd4,
		0,
		2,
		0,
		4,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0xff,
		0xff,
		0,
		0,
		0,
		177,
		/* 1000000001 s and 125 us */
		0x3b,
		0x9a,
		0xca,
		0x01,
		0,
		0,
		0,
		125,
		0,
		0,
		0,
		19,
		0,
		0,
		0,
		19,
		/* outgoing, ARPHRD_LAPD, address of one octet: network side, ETH_P_LAPD */
		0,
		4,
		0x20,
		0xfd,
		0,
		1,
		1,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0x30,
		0x02,
		0x01,
		0x7f,
	};
	const struct dtrace_cfg cfg = {
		.name = "E1-1",
		.pcap_path = pcap,
		.text_path = text,
		.network = true,
		.utc0_us = 1000000000000000LL,
	};
	struct dtrace_stats st;
	struct dtrace *d;
	char buf[1000];

	(void)state;
	assert_int_equal(dtrace_open(&d, &cfg), 0);
	dtrace_frame(d, 8001, DTRACE_SENT, sabme, 3);
	dtrace_line(d, 8001, "> SABME\n");
	dtrace_line(d, 80000000000LL, "two\nlines");
	dtrace_flush(d);
	assert_int_equal(slurp(pcap, buf, sizeof(buf)), sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
	slurp(text, buf, sizeof(buf));
	assert_string_equal(buf, "1.000125 > SABME\n10000000.000000 two\n");
	dtrace_stats(d, &st);
	assert_int_equal(st.frames, 1);
	assert_int_equal(st.lines, 2);
	assert_int_equal(st.dropped, 0);
	assert_int_equal(st.pcap_octets, sizeof(want));
	dtrace_close(d);
	dtrace_close(NULL);
}

static void one_file_only(void **state)
{
	struct dtrace_cfg cfg = {.name = "E1-1", .text_path = text};
	struct dtrace_stats st;
	struct dtrace *d;

	(void)state;
	assert_int_equal(dtrace_open(&d, &cfg), 0);
	dtrace_frame(d, 1, DTRACE_SENT, (const uint8_t *)"\2\1\177", 3);
	dtrace_line(d, 1, "x");
	dtrace_stats(d, &st);
	assert_int_equal(st.frames, 0);
	assert_int_equal(st.lines, 1);
	assert_int_equal(st.dropped, 0);
	dtrace_close(d);
	cfg.text_path = NULL;
	assert_int_equal(dtrace_open(&d, &cfg), -EINVAL);
	cfg.text_path = "/nonexistent/file";
	cfg.pcap_path = pcap;
	assert_int_equal(dtrace_open(&d, &cfg), -ENOENT);
}

static void size_is_limited(void **state)
{
	const struct dtrace_cfg cfg = {
		.name = "E1-1",
		.pcap_path = pcap,
		.text_path = text,
		.max_octets = 200,
	};
	uint8_t frame[260] = {0};
	struct dtrace_stats st;
	struct dtrace *d;
	char buf[1000];

	(void)state;
	assert_int_equal(dtrace_open(&d, &cfg), 0);
	dtrace_frame(d, 0, DTRACE_SENT, frame, 260); /* never fits */
	for (int i = 0; i < 10; i++) {
		dtrace_frame(d, i, DTRACE_RECEIVED, frame, 4);
		dtrace_line(d, i, "0123456789012345678901234567890123456789");
	}
	dtrace_stats(d, &st);
	assert_int_equal(st.frames, 4); /* 24 + 4 * 36 = 168 */
	assert_int_equal(st.lines, 4); /* 4 * 50 */
	assert_int_equal(st.dropped, 13);
	dtrace_close(d);
	assert_int_equal(slurp(pcap, buf, sizeof(buf)), 168); /* whole records only */
	assert_int_equal(slurp(text, buf, sizeof(buf)), 200);
}

static void full_disk(void **state)
{
	const struct dtrace_cfg cfg = {.name = "E1-1", .pcap_path = "/dev/full", .text_path = text};
	struct dtrace_stats st;
	struct dtrace *d;

	(void)state;
	assert_int_equal(dtrace_open(&d, &cfg), 0);
	dtrace_flush(d); /* fails */
	dtrace_frame(d, 0, DTRACE_SENT, (const uint8_t *)"\2\1\177", 3);
	dtrace_line(d, 0, "goes on");
	dtrace_stats(d, &st);
	assert_int_equal(st.frames, 0);
	assert_int_equal(st.dropped, 1);
	assert_int_equal(st.lines, 1);
	dtrace_close(d);
}

static void long_lines(void **state)
{
	const struct dtrace_cfg cfg = {.name = "E1-1", .text_path = text};
	static char line[5000], buf[5000];
	struct dtrace *d;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	assert_int_equal(dtrace_open(&d, &cfg), 0);
	dtrace_line(d, 0, line);
	dtrace_close(d);
	assert_int_equal(slurp(text, buf, sizeof(buf)), strlen("0.000000 ") + 2100 + 1);
}

/* ---- a real call, read by tshark -------------------------------------------------------------- */

static struct dtrace *tap; /* at the user side */
static struct isdn_link *at_user;

static void tap_sent(void *ctx, const uint8_t *frame, size_t len)
{
	dtrace_frame(tap, rig_now, DTRACE_SENT, frame, len);
	rig_send(ctx, frame, len);
}

/* What the network side sends is what the user side receives. */
static void tap_received(void *ctx, const uint8_t *frame, size_t len)
{
	dtrace_frame(tap, rig_now, DTRACE_RECEIVED, frame, len);
	rig_send(ctx, frame, len);
}

static void tap_line(void *ctx, const char *line)
{
	(void)ctx;
	dtrace_line(tap, rig_now, line);
}

static void record_call(void)
{
	struct isdn_cfg ucfg = {.name = "u", .side = ISDN_USER, .dchannel = 16};
	struct isdn_cfg ncfg = {.name = "n", .side = ISDN_NETWORK, .dchannel = 16};
	struct rig *r = calloc(1, sizeof(*r));
	const struct isdn_callbacks ucb = {tap_sent, rig_event, tap_line, &r->user};
	const struct isdn_callbacks ncb = {tap_received, rig_event, NULL, &r->net};
	uint32_t a, b;

	isdn_set_now(rig_now);
	r->user.link = isdn_link_new(&ucfg, &ucb);
	r->net.link = isdn_link_new(&ncfg, &ncb);
	at_user = r->user.link;
	isdn_link_trace(at_user, true);
	rig_run(r, SECOND);
	rig_expect(&r->user, ISDN_LINK_UP);
	rig_expect(&r->net, ISDN_LINK_UP);
	rig_talk(r, &r->net, &r->user, 5, &a, &b);
	rig_hang_up(r, &r->user, b, &r->net, a, CAUSE_USER_BUSY);
	rig_free(r);
}

static void tshark_reads_it(void **state)
{
	const struct dtrace_cfg cfg = {.name = "E1-1",
				       .pcap_path = pcap,
				       .text_path = text,
				       .utc0_us = 1790000000000000LL};
	/* direction: 1 network to user, 0 user to network */
	static const char *const messages[] = {
		"1\t0x05\t95550", "0\t0x02\t", "0\t0x01\t", "0\t0x07\t",
		"1\t0x0f\t",      "0\t0x45\t", "1\t0x4d\t", "0\t0x5a\t",
	};
	char command[300], out[4000];
	const char *at = out;
	FILE *f;
	size_t n;

	(void)state;
	assert_int_equal(dtrace_open(&tap, &cfg), 0);
	record_call();
	dtrace_close(tap);
	slurp(text, out, sizeof(out));
	assert_non_null(strstr(out, "data link is up"));
	if (system("tshark -v >/dev/null 2>&1"))
		skip();
	snprintf(command, sizeof(command),
		 "tshark -r %s -Y q931 -T fields -e lapd.direction -e "
		 "q931.message_type"
		 " -e q931.called_party_number.digits 2>/dev/null",
		 pcap);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = 0;
	assert_int_equal(pclose(f), 0);
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		at = strstr(at, messages[i]);
		assert_non_null(at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_right), cmocka_unit_test(one_file_only),
		cmocka_unit_test(size_is_limited), cmocka_unit_test(full_disk),
		cmocka_unit_test(long_lines),      cmocka_unit_test(tshark_reads_it),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
