/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/isdn.h"
#include "engine/isdn_calls.h"
#include "engine/isdn_text.h"

static void digits(void **state)
{
	char d[8];

	(void)state;
	isdn_digits_clean(d, sizeof(d), "0755-26*#");
	assert_string_equal(d, "075526*");
	isdn_digits_clean(d, sizeof(d), "A\x01+\xff");
	assert_string_equal(d, "");
	isdn_digits_clean(d, 1, "1");
	assert_string_equal(d, "");
	assert_true(isdn_digits_valid("", 8));
	assert_true(isdn_digits_valid("12345*#", 8));
	assert_false(isdn_digits_valid("12345678", 8));
	assert_false(isdn_digits_valid("12 4", 8));
	assert_false(isdn_digits_valid("1a", 8));
}

static const char *in(const char *src, int charset)
{
	static char d[64];

	memset(d, 'x', sizeof(d));
	isdn_name_in(d, sizeof(d), src, charset);
	return d;
}

static void names_in(void **state)
{
	(void)state;
	assert_string_equal(in("Ada", ISDN_CHARSET_LATIN1), "Ada");
	assert_string_equal(in("Zo\xeb", ISDN_CHARSET_LATIN1), "Zoë");
	assert_string_equal(in("Zoë", ISDN_CHARSET_LATIN1), "ZoÃ«");
	assert_string_equal(in("Zoë", ISDN_CHARSET_UTF8), "Zoë");
	assert_string_equal(in("Zoë", ISDN_CHARSET_UNKNOWN), "Zoë");
	assert_string_equal(in("Zo\xeb", ISDN_CHARSET_UNKNOWN), "Zoë");
	assert_string_equal(in("Zo\xeb", ISDN_CHARSET_UTF8), "Zo?"); /* it says UTF-8, and lies */
	assert_string_equal(in("Zo\xeb", 6), "Zo?"); /* Cyrillic is not known here */
	assert_string_equal(in("a\x01\x1b\x7f\x9b b", ISDN_CHARSET_LATIN1), "a b");
	assert_string_equal(in("\xc2\x9b", ISDN_CHARSET_UTF8), "");
	assert_string_equal(in("深圳", ISDN_CHARSET_UTF8), "深圳");
	assert_string_equal(in("\xf0\x9f\x98\x80", ISDN_CHARSET_UTF8), "\xf0\x9f\x98\x80");
	assert_string_equal(in("", ISDN_CHARSET_UTF8), "");
}

/* RFC 3629: each of these is not UTF-8, so it is taken for Latin-1 where that may be. */
static void not_utf8(void **state)
{
	static const char *const bad[] = {"\xc0\x80",
					  "\xc1\xbf",
					  "\xe0\x80\x80",
					  "\xed\xa0\x80",
					  "\xf0\x80\x80\x80",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\x80",
					  "\xe6\xb7",
					  "\xe6",
					  "\xff",
					  "\xe6\x41\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(strspn(in(bad[i], ISDN_CHARSET_UTF8), "?A"), strlen(bad[i]));
}

/* A name that does not fit is cut between characters. */
static void names_are_cut(void **state)
{
	char d[8];

	(void)state;
	for (size_t size = 1; size <= 8; size++) {
		memset(d, 'x', sizeof(d));
		isdn_name_in(d, size, "深圳市", ISDN_CHARSET_UTF8);
		assert_int_equal(strlen(d), (size - 1) / 3 * 3);
	}
	isdn_name_in(d, 3, "\xeb\xeb", ISDN_CHARSET_LATIN1);
	assert_string_equal(d, "ë");
}

static void names_out(void **state)
{
	char d[64];

	(void)state;
	assert_int_equal(isdn_name_out(d, sizeof(d), "Zoë"), ISDN_CHARSET_LATIN1);
	assert_string_equal(d, "Zo\xeb");
	assert_int_equal(isdn_name_out(d, sizeof(d), "深圳"), ISDN_CHARSET_UTF8);
	assert_string_equal(d, "深圳");
	assert_int_equal(isdn_name_out(d, sizeof(d), "a\tb\xc2\x85"), ISDN_CHARSET_LATIN1);
	assert_string_equal(d, "ab");
	assert_int_equal(isdn_name_out(d, 4, "Größe"), ISDN_CHARSET_LATIN1);
	assert_string_equal(d, "Gr\xf6");
	assert_int_equal(isdn_name_out(d, sizeof(d), "\xe6"), ISDN_CHARSET_UTF8);
	assert_string_equal(d, "?");
}

#define HEAD 0x02, 0x01, 0x00, 0x00, 0x08, 0x02, 0x00, 0x01

static void peeks(void **state)
{
	static const uint8_t disconnect[] = {HEAD, 0x45, 0x08, 0x02, 0x84,
					     0x91, 0x1e, 0x02, 0x84, 0x88};
	static const uint8_t setup[] = {HEAD, 0x05, 0x04, 0x03, 0x88, 0x90, 0xa2};
	static const uint8_t data[] = {HEAD, 0x05, 0x04, 0x02, 0x88, 0x90,
				       0x08, 0x03, 0x02, 0x80, 0x9b};
	struct isdn_event ev = {.cause = 99};

	(void)state;
	isdn_peek(setup, 3, &ev);
	assert_int_equal(ev.cause, 99);
	isdn_peek(disconnect, sizeof(disconnect), &ev);
	assert_int_equal(ev.cause, 17);
	assert_int_equal(ev.location, 4);
	assert_int_equal(ev.progress, 8);
	assert_true(ev.inband);
	memset(&ev, 0, sizeof(ev));
	isdn_peek(setup, sizeof(setup), &ev);
	assert_int_equal(ev.party.bearer, ISDN_BEARER_UNRESTRICTED);
	assert_int_equal(ev.party.bearer_rate, 0x10);
	assert_int_equal(ev.party.law, 2);
	isdn_peek(data, sizeof(data), &ev);
	assert_int_equal(ev.party.law, 0);
	assert_int_equal(ev.cause, 27);
	assert_int_equal(ev.location, 2);
}

static void peeks_display(void **state)
{
	static const uint8_t plain[] = {HEAD, 0x05, 0x28, 0x03, 'A', 'd', 'a'};
	static const uint8_t charset[] = {HEAD, 0x05, 0x28, 0x04, 0xb1, 'A', 'd', 'a'};
	static const uint8_t umlaut[] = {HEAD, 0x05, 0x28, 0x04, 0xd6, 'd', 0x00, 'n'};
	static const uint8_t none[] = {HEAD, 0x05};
	char d[64] = "kept";

	(void)state;
	isdn_peek_display(none, sizeof(none), d, sizeof(d));
	assert_string_equal(d, "kept");
	isdn_peek_display(plain, sizeof(plain), d, sizeof(d));
	assert_string_equal(d, "Ada");
	isdn_peek_display(charset, sizeof(charset), d, sizeof(d));
	assert_string_equal(d, "Ada");
	isdn_peek_display(umlaut, sizeof(umlaut), d, sizeof(d));
	assert_string_equal(d, "Ödn");
}

static void peeks_restart(void **state)
{
	static const uint8_t all[] = {0x02, 0x01, 0, 0, 0x08, 0x02, 0, 0, 0x46, 0x79, 0x01, 0x87};
	static const uint8_t one[] = {0x02, 0x01, 0, 0, 0x08, 0x02, 0, 0, 0x46, 0x79, 0x01, 0x80};

	(void)state;
	assert_true(isdn_peek_restart_all(all, sizeof(all)));
	assert_false(isdn_peek_restart_all(one, sizeof(one)));
	assert_false(isdn_peek_restart_all(one, 9));
}

static void call_table(void **state)
{
	static struct isdn_calls t = {.dchannel = 16, .last_id = UINT32_MAX - 1};
	struct isdn_call *a, *b;
	int x, y;

	(void)state;
	a = isdn_call_new(&t, &x, 7, false);
	b = isdn_call_new(&t, &y, 7, true);
	assert_int_equal(a->id, UINT32_MAX);
	assert_int_equal(b->id, 1); /* 0 is nobody's */
	assert_ptr_equal(isdn_call_by_id(&t, UINT32_MAX), a);
	assert_null(isdn_call_by_id(&t, 0));
	assert_ptr_equal(isdn_call_by_record(&t, &y), b);
	assert_null(isdn_call_by_record(&t, NULL));
	assert_ptr_equal(isdn_call_by_reference(&t, 7, false), a);
	assert_ptr_equal(isdn_call_by_reference(&t, 7, true), b);
	a->channel = 1;
	assert_ptr_equal(isdn_call_on_channel(&t, 1, NULL), a);
	assert_null(isdn_call_on_channel(&t, 1, a));
	assert_null(isdn_call_on_channel(&t, 0, NULL));
	assert_int_equal(isdn_channel_free(&t), 2);
	assert_false(isdn_channel_exists(&t, 16));
	assert_false(isdn_channel_exists(&t, 0));
	assert_false(isdn_channel_exists(&t, 32));
	isdn_call_cause(a, 0, 1);
	isdn_call_cause(a, 128, 1);
	assert_int_equal(a->cause, 0);
	isdn_call_cause(a, 17, 4);
	isdn_call_gone(a, 16, 0);
	assert_int_equal(a->cause, 17);
	assert_int_equal(a->location, 4);
	assert_null(isdn_call_by_record(&t, &x));
	assert_null(isdn_call_on_channel(&t, 1, NULL));
	assert_ptr_equal(isdn_call_by_id(&t, a->id), a);
	for (int i = 2; i < ISDN_CALLS_MAX; i++)
		assert_non_null(isdn_call_new(&t, &t.call[i], i, false));
	assert_null(isdn_call_new(&t, &t, 99, false));
	for (int i = 0; i < 31; i++)
		t.call[i + 2].channel = i + 1;
	assert_int_equal(isdn_channel_free(&t), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits),        cmocka_unit_test(names_in),
		cmocka_unit_test(not_utf8),      cmocka_unit_test(names_are_cut),
		cmocka_unit_test(names_out),     cmocka_unit_test(peeks),
		cmocka_unit_test(peeks_display), cmocka_unit_test(peeks_restart),
		cmocka_unit_test(call_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
