/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/contact/spoken.h"
#include "core/contact/text.h"

struct number {
	int64_t n;
	const char *en, *cmn;
};

static const struct number numbers[] = {
	{0, "zero", "零"},
	{1, "one", "一"},
	{2, "two", "二"},
	{10, "ten", "十"},
	{11, "eleven", "十一"},
	{20, "twenty", "二十"},
	{21, "twenty-one", "二十一"},
	{99, "ninety-nine", "九十九"},
	{100, "one hundred", "一百"},
	{101, "one hundred one", "一百零一"},
	{110, "one hundred ten", "一百一十"},
	{115, "one hundred fifteen", "一百一十五"},
	{200, "two hundred", "二百"},
	{999, "nine hundred ninety-nine", "九百九十九"},
	{1000, "one thousand", "一千"},
	{1001, "one thousand one", "一千零一"},
	{1010, "one thousand ten", "一千零一十"},
	{2026, "two thousand twenty-six", "两千零二十六"},
	{10000, "ten thousand", "一万"},
	{10001, "ten thousand one", "一万零一"},
	{20000, "twenty thousand", "两万"},
	{100000, "one hundred thousand", "十万"},
	{101000, "one hundred one thousand", "十万一千"},
	{120000, "one hundred twenty thousand", "十二万"},
	{1000000, "one million", "一百万"},
	{10000000, "ten million", "一千万"},
	{100000000, "one hundred million", "一亿"},
	{100000001, "one hundred million one", "一亿零一"},
	{200001000, "two hundred million one thousand", "两亿零一千"},
	{1002003004, "one billion two million three thousand four", "十亿零二百万三千零四"},
	{-5, "minus five", "负五"},
	{999999999999,
	 "nine hundred ninety-nine billion nine hundred ninety-nine million nine hundred "
	 "ninety-nine thousand nine hundred ninety-nine",
	 "九千九百九十九亿九千九百九十九万九千九百九十九"},
};

static void numbers_in_words(void **state)
{
	char out[SPOKEN_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assert_int_equal(spoken_number("en", numbers[i].n, out, sizeof(out)),
				 strlen(numbers[i].en));
		assert_string_equal(out, numbers[i].en);
		assert_int_equal(spoken_number("cmn", numbers[i].n, out, sizeof(out)),
				 strlen(numbers[i].cmn));
		assert_string_equal(out, numbers[i].cmn);
	}
}

static void numbers_out_of_range(void **state)
{
	char out[SPOKEN_MAX] = "x";

	(void)state;
	assert_int_equal(spoken_number("en", 1000000000000, out, sizeof(out)), -EINVAL);
	assert_string_equal(out, "");
	assert_int_equal(spoken_number("cmn", INT64_MIN, out, sizeof(out)), -EINVAL);
	assert_int_equal(spoken_number("de", 1, out, sizeof(out)), -EINVAL);
	assert_int_equal(spoken_number("", 1, out, sizeof(out)), -EINVAL);
	assert_true(spoken_lang_ok("en-us"));
	assert_false(spoken_lang_ok("english"));
}

static void digits_one_by_one(void **state)
{
	char out[SPOKEN_MAX];

	(void)state;
	spoken_digits("en", "40-7*#", out, sizeof(out));
	assert_string_equal(out, "four zero seven star pound");
	spoken_digits("cmn", "10086", out, sizeof(out));
	assert_string_equal(out, "幺零零八六");
	assert_int_equal(spoken_digits("en", "", out, sizeof(out)), 0);
	assert_int_equal(spoken_digits("fr", "1", out, sizeof(out)), -EINVAL);
}

static void clocks(void **state)
{
	static const struct {
		uint8_t hour, minute;
		const char *en, *cmn;
	} times[] = {
		{0, 0, "midnight", "凌晨零点整"},
		{0, 5, "twelve oh five a m", "凌晨零点零五分"},
		{2, 2, "two oh two a m", "凌晨两点零二分"},
		{6, 0, "six a m", "上午六点整"},
		{11, 59, "eleven fifty-nine a m", "上午十一点五十九分"},
		{12, 0, "noon", "中午十二点整"},
		{12, 30, "twelve thirty p m", "中午十二点三十分"},
		{13, 10, "one ten p m", "下午一点十分"},
		{14, 0, "two p m", "下午两点整"},
		{18, 20, "six twenty p m", "晚上六点二十分"},
		{23, 59, "eleven fifty-nine p m", "晚上十一点五十九分"},
	};
	char out[SPOKEN_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct moment m = {.hour = times[i].hour, .minute = times[i].minute};

		spoken_clock("en", &m, out, sizeof(out));
		assert_string_equal(out, times[i].en);
		spoken_clock("cmn", &m, out, sizeof(out));
		assert_string_equal(out, times[i].cmn);
	}
	assert_int_equal(spoken_clock("en", &(struct moment){.hour = 24}, out, sizeof(out)),
			 -EINVAL);
}

static void dates(void **state)
{
	struct moment m = {.year = 2026, .month = 11, .day = 22, .weekday = 0};
	static const struct {
		int16_t year;
		const char *said;
	} years[] = {
		{1970, "nineteen seventy"},   {1999, "nineteen ninety-nine"},
		{2000, "two thousand"},       {2007, "two thousand seven"},
		{2010, "twenty ten"},         {2026, "twenty twenty-six"},
		{2100, "twenty-one hundred"}, {2105, "twenty-one oh five"},
	};
	char out[SPOKEN_MAX];

	(void)state;
	spoken_date("en", &m, out, sizeof(out));
	assert_string_equal(out, "Sunday, November the twenty-second, twenty twenty-six");
	spoken_date("cmn", &m, out, sizeof(out));
	assert_string_equal(out, "二零二六年十一月二十二日，星期日");
	for (size_t i = 0; i < sizeof(years) / sizeof(years[0]); i++) {
		m.year = years[i].year;
		spoken_date("en", &m, out, sizeof(out));
		assert_string_equal(strrchr(out, ',') + 2, years[i].said);
	}
	m.month = 13;
	assert_int_equal(spoken_date("en", &m, out, sizeof(out)), -EINVAL);
	m.month = 0;
	assert_int_equal(spoken_date("cmn", &m, out, sizeof(out)), -EINVAL);
}

/* Whatever the room, what is written is whole characters and ends with a 0. */
static void every_room(void **state)
{
	char full[SPOKEN_MAX], out[SPOKEN_MAX];

	(void)state;
	spoken_number("cmn", 1002003004, full, sizeof(full));
	for (size_t size = 1; size <= strlen(full) + 1; size++) {
		memset(out, 'x', sizeof(out));
		int n = spoken_number("cmn", 1002003004, out, size);

		assert_in_range(n, 0, size - 1);
		assert_int_equal(out[n], 0);
		assert_int_equal(n % 3, 0); /* each of these characters has three octets */
		assert_memory_equal(out, full, n);
	}
}

static void text_is_cut_once(void **state)
{
	char buf[6];
	struct text t;

	(void)state;
	text_init(&t, buf, sizeof(buf));
	text_add(&t, "abc");
	text_add(&t, "é€"); /* two octets fit, three do not */
	assert_string_equal(buf, "abcé");
	text_add(&t, ""); /* nothing comes after the cut, however short */
	text_addf(&t, "%d", 1);
	assert_string_equal(buf, "abcé");
	assert_true(t.cut);
	assert_true(text_copy(buf, sizeof(buf), "12345"));
	assert_false(text_copy(buf, sizeof(buf), "123456"));
	assert_string_equal(buf, "12345");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_in_words),
		cmocka_unit_test(numbers_out_of_range),
		cmocka_unit_test(digits_one_by_one),
		cmocka_unit_test(clocks),
		cmocka_unit_test(dates),
		cmocka_unit_test(every_room),
		cmocka_unit_test(text_is_cut_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
