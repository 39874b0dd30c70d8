/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger scan: made-up /sys trees, what is advised on them, and what is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdlib.h>

#include "cli/boards.c"
#include "cli/scan.c"
#include "cli/scan_listen.c"
#include "cli/scan_sysfs.c"
#include "cli/scan_write.c"
#include "cli/table.c"
#include "cli/talk.c"

#define CARD   "/sys/devices/pci0000:00/0000:03:05.0"
#define DEVICE CARD "/pci:0000:03:05.0"

int cli_usage(const char *name)
{
	(void)name;
	return CLI_BLIND;
}

static char root[64];
static struct scan s;

static void put(const char *path, const char *text)
{
	char full[PATH_MAX];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", text);
	fclose(f);
}

static void put_link(const char *path, const char *to)
{
	char full[PATH_MAX], target[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	unlink(full);
	put(path, "");
	snprintf(target, sizeof(target), "%s%s", root, to);
	unlink(full);
	assert_int_equal(symlink(target, full), 0);
}

static void put_card(const char *subvendor)
{
	put(CARD "/vendor", "0xe159");
	put(CARD "/device", "0x0001");
	put(CARD "/subsystem_vendor", subvendor);
	put_link("/sys/bus/pci/devices/0000:03:05.0", CARD);
}

static void put_driver(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s", name);
	put("/sys/bus/pci/drivers/x", "");
	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind", name);
	put(path, "");
	*strrchr(path, '/') = '\0';
	put_link(CARD "/driver", path);
}

static void put_dahdi(const char *spans)
{
	put(DEVICE "/location", "PCI 0000:03:05.0");
	put(DEVICE "/type", "digital-E1");
	put(DEVICE "/span_count", spans);
	put_link("/sys/bus/dahdi_devices/devices/pci:0000:03:05.0", DEVICE);
	put("/dev/dahdi/ctl", "");
}

static void put_span(int number, const char *line, const char *alarms)
{
	static const char *const names[] = {"name",     "spantype",      "lineconfig",
					    "alarms",   "local_spanno",  "basechan",
					    "channels", "is_sync_master"};
	const char *values[] = {"E1/0000:03:05.0", "E1", line, alarms, "1", "1", "31", "1"};
	char path[PATH_MAX], to[PATH_MAX];

	for (size_t i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), DEVICE "/span-%d/%s", number, names[i]);
		put(path, values[i]);
	}
	snprintf(path, sizeof(path), "/sys/bus/dahdi_spans/devices/span-%d", number);
	snprintf(to, sizeof(to), DEVICE "/span-%d", number);
	put_link(path, to);
}

static int begin(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/strowger-scan.XXXXXX");
	assert_non_null(mkdtemp(root));
	put("/sys/bus/pci/devices/.keep", "");
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static int end(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* All advice as one text. */
static const char *advice(void)
{
	static char all[4096];
	const json_t *text;
	json_t *list;
	size_t i;

	scan_sysfs(&s, root);
	list = all_advice(&s);
	all[0] = '\0';
	json_array_foreach(list, i, text)
	{
		strcat(all, json_string_value(text));
		strcat(all, "\n");
	}
	json_decref(list);
	return all;
}

static void no_card(void **state)
{
	(void)state;
	assert_non_null(strstr(advice(), "no card of ours on the PCI bus"));
	assert_true(s.pci);
	assert_int_equal(s.n_cards, 0);
}

static void the_same_bridge_on_another_board(void **state)
{
	(void)state;
	put_card("0x0059");
	assert_non_null(strstr(advice(), "a subsystem vendor that none has"));
	assert_int_equal(s.n_cards, 1);
	assert_null(s.cards[0].board);
}

static void no_driver(void **state)
{
	(void)state;
	put_card("0x79fe");
	assert_non_null(strstr(advice(), "card 0000:03:05.0: no driver: modprobe strowger"));
	assert_non_null(strstr(advice(), "DAHDI is not loaded"));
	assert_string_equal(s.cards[0].board->name, "te110p");
	put("/sys/bus/pci/drivers/strowger/bind", "");
	assert_non_null(strstr(advice(), "has not taken it: dmesg | grep 0000:03:05.0"));
}

static void the_wrong_driver(void **state)
{
	(void)state;
	put_card("0x79fe");
	put_driver("netjet");
	assert_non_null(strstr(advice(), "echo 0000:03:05.0 >/sys/bus/pci/drivers/netjet/unbind"));
	assert_non_null(strstr(advice(), "\"blacklist netjet\""));
}

static void all_is_well(void **state)
{
	(void)state;
	put_card("0x79fe");
	put_driver("strowger");
	put_dahdi("1");
	put_span(1, "CCS/HDB3/CRC4", "0x0");
	assert_string_equal(advice(), "");
	assert_int_equal(s.n_spans, 1);
	assert_string_equal(s.spans[0].slot, "0000:03:05.0");
	assert_string_equal(s.spans[0].location, "PCI 0000:03:05.0");
	assert_string_equal(s.spans[0].line, "CCS/HDB3/CRC4");
	assert_int_equal(s.spans[0].channels, 31);
	assert_true(s.spans[0].master);
}

static void a_driver_without_dahdi(void **state)
{
	(void)state;
	put_card("0x79fe");
	put_driver("strowger");
	put("/sys/bus/dahdi_devices/devices/.keep", "");
	put("/dev/dahdi/ctl", "");
	assert_non_null(strstr(advice(), "the driver has it, DAHDI does not know it"));
}

static void spans_without_numbers(void **state)
{
	(void)state;
	put_card("0x79fe");
	put_driver("strowger");
	put_dahdi("2");
	put_span(7, "CCS/HDB3", "0x0");
	assert_non_null(strstr(advice(), "1 of 2 spans have a number"));
	assert_non_null(strstr(advice(), "auto_assign_spans=1"));
	assert_int_equal(s.spans[0].number, 7);
}

static void each_alarm_has_advice(void **state)
{
	static const struct {
		const char *mask, *text;
	} cases[] = {
		{"0x108", "span 1, LOS: no signal"},
		{"0x208", "span 1, LFA: "},
		{"0x8", "span 1, RED: "},
		{"0x10", "span 1, AIS: "},
		{"0x4", "span 1, RAI: "},
		{"0x400", "span 1, LMFA: "},
		{"0x20", "span 1, NOTOPEN: "},
		{"0x2", "span 1, LOOP: "},
		{"0x1", "span 1, RECOVER: "},
	};

	(void)state;
	put_card("0x79fe");
	put_driver("strowger");
	put_dahdi("1");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_span(1, "CCS/HDB3", cases[i].mask);
		assert_non_null(strstr(advice(), cases[i].text));
	}
	put_span(1, "", "0x0");
	assert_non_null(strstr(advice(), "span 1 is not configured"));
}

static void a_missing_device_file(void **state)
{
	char path[PATH_MAX];

	(void)state;
	put_card("0x79fe");
	put_driver("strowger");
	put_dahdi("1");
	put_span(1, "CCS/HDB3", "0x0");
	snprintf(path, sizeof(path), "%s/dev/dahdi/ctl", root);
	unlink(path);
	assert_non_null(strstr(advice(), "/dev/dahdi/ctl is missing"));
}

/* ---- a made-up line ---- */

static struct {
	bool far_crc4, says_without, busy, silent;
	int dchannel; /* timeslot in which the frame is sent */
	uint8_t frame[3];
	struct hdlc_link *far;
	bool crc4; /* as configured */
	int configured, opened, number[64];
} line;

static int line_open(const char *path, int flags)
{
	(void)path, (void)flags;
	return line.opened < 60 ? line.opened++ : -EMFILE;
}

static void line_close(int fd)
{
	(void)fd;
	line.opened--;
}

static int line_ioctl(int fd, unsigned long request, void *arg)
{
	struct dahdi_lineconfig *lc = arg;
	struct dahdi_spaninfo *info = arg;

	switch (request) {
	case DAHDI_SPECIFY:
		if (!line.configured)
			return line.busy ? -EBUSY : -ENXIO;
		line.number[fd] = *(int *)arg;
		return 0;
	case DAHDI_SPANCONFIG:
		line.crc4 = lc->lineconfig & DAHDI_CONFIG_CRC4;
		line.configured++;
		return 0;
	case DAHDI_SPANSTAT:
		info->alarms = line.silent ? DAHDI_ALARM_RED | DAHDI_ALARM_LOS : 0;
		if (line.crc4 && !line.far_crc4 && !line.says_without)
			info->alarms |= DAHDI_ALARM_LMFA;
		return 0;
	default: return 0;
	}
}

/* One frame each 40 ms, flags between; all ones in the other timeslots. */
static long line_read(int fd, void *buf, size_t n)
{
	static int turn;

	if (++turn % 2)
		return -EAGAIN;
	memset(buf, 0xff, n);
	if (line.number[fd] == line.dchannel) {
		hdlc_link_send(line.far, line.frame, sizeof(line.frame));
		hdlc_link_transmit(line.far, buf, n);
	}
	return (long)n;
}

static int waited_ms;

static void line_wait(int ms)
{
	waited_ms += ms;
}

static void line_crc4_state(const struct scan_span *span, char *text, size_t size)
{
	(void)span;
	snprintf(text, size, "%s",
		 line.says_without && !line.far_crc4 ? "on, far end without" : "on");
}

static const struct scan_sys line_sys = {.open = line_open,
					 .close = line_close,
					 .ioctl = line_ioctl,
					 .read = line_read,
					 .wait_ms = line_wait,
					 .crc4_state = line_crc4_state};

static struct scan_span listen_to(void)
{
	struct scan_span span = {.number = 1, .type = "E1", .first = 1, .channels = 31};
	struct hdlc_link *far = hdlc_link_new(NULL, NULL);

	line.far = far;
	line.configured = line.opened = waited_ms = 0;
	scan_listen(&span, &line_sys, 99);
	hdlc_link_free(far);
	assert_int_equal(line.opened, 0);
	assert_in_range(waited_ms, 0, SCAN_LISTEN_S * 1000 + 2 * GIVE_UP_MS);
	return span;
}

static void hears_both_sides(void **state)
{
	struct scan_span span;

	(void)state;
	memset(&line, 0, sizeof(line));
	line.far_crc4 = true;
	line.dchannel = 16;
	memcpy(line.frame, (uint8_t[]){0x02, 0x01, 0x7f}, 3); /* SABME of the network */
	span = listen_to();
	assert_int_equal(span.heard.crc4, SCAN_YES);
	assert_int_equal(span.heard.dchannel, 16);
	assert_int_equal(span.heard.side, SCAN_WE_ARE_USER);
	assert_true(line.crc4);

	line.far_crc4 = false;
	line.dchannel = 31;
	memcpy(line.frame, (uint8_t[]){0x00, 0x01, 0x7f}, 3); /* of the user */
	span = listen_to();
	assert_int_equal(span.heard.crc4, SCAN_NO);
	assert_int_equal(span.heard.dchannel, 31);
	assert_int_equal(span.heard.side, SCAN_WE_ARE_NETWORK);
	assert_false(line.crc4);
	line.says_without = true; /* a driver that goes on without CRC-4 by itself */
	span = listen_to();
	assert_int_equal(span.heard.crc4, SCAN_NO);
	assert_false(line.crc4);
}

static void hears_nothing(void **state)
{
	struct scan_span span;

	(void)state;
	memset(&line, 0, sizeof(line));
	line.far_crc4 = true;
	span = listen_to();
	assert_int_equal(span.heard.signal, SCAN_YES);
	assert_int_equal(span.heard.dchannel, 0);
	line.silent = true;
	span = listen_to();
	assert_int_equal(span.heard.signal, SCAN_NO);
	assert_int_equal(span.heard.crc4, SCAN_UNKNOWN);
	memset(&line, 0, sizeof(line));
	line.busy = true;
	span = listen_to();
	assert_int_equal(span.heard.busy_errno, EBUSY);
	assert_int_equal(line.configured, 0);
}

static void sides_of_frames(void **state)
{
	static const struct {
		uint8_t frame[4];
		size_t len;
		enum scan_side side;
	} cases[] = {
		{{0x02, 0x01, 0x7f}, 3, SCAN_WE_ARE_USER}, /* SABME, command of the network */
		{{0x00, 0x01, 0x7f}, 3, SCAN_WE_ARE_NETWORK},
		{{0x00, 0x01, 0x73}, 3, SCAN_WE_ARE_USER}, /* UA, answer of the network */
		{{0x02, 0x01, 0x73}, 3, SCAN_WE_ARE_NETWORK},
		{{0x02, 0x01, 0x53}, 3, SCAN_WE_ARE_USER}, /* DISC */
		{{0x02, 0x01, 0x1f}, 3, SCAN_WE_ARE_NETWORK}, /* DM */
		{{0x02, 0x01, 0x00, 0x00}, 4, SCAN_WE_ARE_USER}, /* I frame */
		{{0x02, 0x01, 0x01, 0x00}, 4, SCAN_SIDE_UNKNOWN}, /* RR: of either */
		{{0xfe, 0xff, 0x03}, 3, SCAN_SIDE_UNKNOWN}, /* management */
		{{0x03, 0x01, 0x7f}, 3, SCAN_SIDE_UNKNOWN}, /* one octet of address */
		{{0x02, 0x00, 0x7f}, 3, SCAN_SIDE_UNKNOWN}, /* three */
		{{0x02, 0x01}, 2, SCAN_SIDE_UNKNOWN},
		{{0}, 0, SCAN_SIDE_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(scan_hear_frame(cases[i].frame, cases[i].len), cases[i].side);
}

/* ---- what is written ---- */

static void put_line(void)
{
	put_card("0x79fe");
	put_driver("strowger");
	put_dahdi("1");
	put_span(1, "CCS/HDB3", "0x0");
	scan_sysfs(&s, root);
}

static char *text_of(void (*print)(const struct scan *, const char *, FILE *))
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	print(&s, "CN", f);
	fclose(f);
	return text;
}

static void expect_text(void (*print)(const struct scan *, const char *, FILE *), const char *part)
{
	char *text = text_of(print);

	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
	free(text);
}

static void choices_have_reasons(void **state)
{
	struct scan_heard *h = &s.spans[0].heard;

	(void)state;
	put_line();
	expect_text(scan_engine_conf, "device = \"PCI 0000:03:05.0\";");
	expect_text(scan_engine_conf, "crc4 = \"off\";  # not tried; as the span is configured");
	expect_text(scan_engine_conf, "signalling = \"pri-user\";  # a guess");
	*h = (struct scan_heard){.tried = true,
				 .signal = SCAN_YES,
				 .crc4 = SCAN_YES,
				 .side = SCAN_WE_ARE_NETWORK,
				 .dchannel = 20};
	expect_text(scan_engine_conf, "crc4 = \"on\";  # tried");
	expect_text(scan_engine_conf, "signalling = \"pri-network\";  # heard");
	expect_text(scan_engine_conf, "dchannel = 20;");
	expect_text(scan_engine_conf, "clock = \"own\";");
	expect_text(scan_engine_conf, "clock_priority = 0;");
	expect_text(scan_system_conf, "span=1,0,0,ccs,hdb3,crc4\nbchan=1-19,21-31\ndchan=20\n");
	h->dchannel = 1;
	expect_text(scan_system_conf, "bchan=2-31\ndchan=1\n");
	h->dchannel = 31;
	h->side = SCAN_WE_ARE_USER;
	h->crc4 = SCAN_NO;
	expect_text(scan_system_conf, "span=1,1,0,ccs,hdb3\nbchan=1-30\ndchan=31\n");
	h->violations = 3;
	expect_text(scan_engine_conf, "is it AMI?");
	h->signal = SCAN_NO;
	h->crc4 = SCAN_UNKNOWN;
	expect_text(scan_engine_conf, "crc4 = \"auto\";  # no signal");
}

static void a_location_is_not_trusted(void **state)
{
	(void)state;
	put_line();
	strcpy(s.spans[0].location, "PCI \"; evil = 1; \"");
	expect_text(scan_engine_conf, "device = \"1\";");
}

static void files_are_left_alone(void **state)
{
	char path[PATH_MAX], text[64] = "";
	FILE *f;

	(void)state;
	put_line();
	put("/etc/dahdi/system.conf", "mine");
	snprintf(path, sizeof(path), "%s/etc", root);
	assert_int_equal(scan_write(&s, path, "CN", false), CLI_FAULT);
	strcat(path, "/strowger");
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/etc", root);
	assert_int_equal(scan_write(&s, path, "CN", true), CLI_GOOD);
	strcat(path, "/dahdi/system.conf");
	f = fopen(path, "r");
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_int_equal(text[0], '#');
}

static void bad_requests_write_nothing(void **state)
{
	char path[PATH_MAX];

	(void)state;
	put_line();
	put("/etc/x", "");
	snprintf(path, sizeof(path), "%s/etc", root);
	assert_int_equal(scan_write(&s, path, "../../x", false), CLI_BLIND);
	assert_int_equal(scan_write(&s, path, "", false), CLI_BLIND);
	assert_int_equal(scan_write(&s, "/nowhere/at/all", "CN", false), CLI_BLIND);
	s.n_spans = 0;
	assert_int_equal(scan_write(&s, path, "CN", false), CLI_FAULT);
	strcat(path, "/strowger");
	assert_int_equal(access(path, F_OK), -1);
}

static void both_forms_are_printed(void **state)
{
	char *text = NULL;
	size_t size;
	struct cli cli = {.out = open_memstream(&text, &size)};
	json_t *all;

	(void)state;
	put_line();
	assert_int_equal(show(&cli, &s), CLI_GOOD);
	cli.json = true;
	fputs("\n#", cli.out);
	show(&cli, &s);
	fclose(cli.out);
	assert_non_null(strstr(text, "0000:03:05.0  e159:0001/79fe  te110p  strowger"));
	all = json_loads(strchr(text, '#') + 1, 0, NULL);
	assert_non_null(all);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(json_object_get(all, "spans"), 0), "card")),
			    "0000:03:05.0");
	json_decref(all);
	free(text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_card),
		TEST(the_same_bridge_on_another_board),
		TEST(no_driver),
		TEST(the_wrong_driver),
		TEST(all_is_well),
		TEST(a_driver_without_dahdi),
		TEST(spans_without_numbers),
		TEST(each_alarm_has_advice),
		TEST(a_missing_device_file),
		cmocka_unit_test(hears_both_sides),
		cmocka_unit_test(hears_nothing),
		cmocka_unit_test(sides_of_frames),
		TEST(choices_have_reasons),
		TEST(a_location_is_not_trusted),
		TEST(files_are_left_alone),
		TEST(bad_requests_write_nothing),
		TEST(both_forms_are_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
