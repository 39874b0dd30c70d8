/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/contact/spoken.h"

#include <errno.h>
#include <string.h>

#include "core/contact/text.h"

#define LARGEST 999999999999LL

static const char *const en_small[] = {
	"zero",     "one",     "two",     "three",     "four",     "five",     "six",
	"seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen",
	"fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
};
static const char *const en_tens[] = {
	"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
};
static const char *const en_ordinals[] = {
	"zeroth",       "first",        "second",         "third",         "fourth",
	"fifth",        "sixth",        "seventh",        "eighth",        "ninth",
	"tenth",        "eleventh",     "twelfth",        "thirteenth",    "fourteenth",
	"fifteenth",    "sixteenth",    "seventeenth",    "eighteenth",    "nineteenth",
	"twentieth",    "twenty-first", "twenty-second",  "twenty-third",  "twenty-fourth",
	"twenty-fifth", "twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth",
	"thirtieth",    "thirty-first",
};
static const char *const en_days[] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};
static const char *const en_months[] = {
	"",     "January", "February",  "March",   "April",    "May",      "June",
	"July", "August",  "September", "October", "November", "December",
};
static const char *const zh_digits[] = {
	"零", "一", "二", "三", "四", "五", "六", "七", "八", "九",
};
static const char *const zh_days[] = {"日", "一", "二", "三", "四", "五", "六"};

enum lang { NO_LANG, EN, CMN };

static enum lang lang_of(const char *lang)
{
	if (!strcmp(lang, "en") || !strncmp(lang, "en-", 3))
		return EN;
	return strcmp(lang, "cmn") ? NO_LANG : CMN;
}

bool spoken_lang_ok(const char *lang)
{
	return lang_of(lang) != NO_LANG;
}

/* 0..99 */
static void en_two(struct text *t, unsigned int n)
{
	if (n < 20)
		text_add(t, en_small[n]);
	else if (n % 10)
		text_addf(t, "%s-%s", en_tens[n / 10], en_small[n % 10]);
	else
		text_add(t, en_tens[n / 10]);
}

/* 1..999 and the name of its thousand, with a space before unless it is the first */
static void en_group(struct text *t, unsigned int n, const char *name)
{
	if (!n)
		return;
	if (t->len)
		text_add(t, " ");
	if (n >= 100)
		text_addf(t, "%s hundred%s", en_small[n / 100], n % 100 ? " " : "");
	if (n % 100)
		en_two(t, n % 100);
	text_add(t, name);
}

static void en_number(struct text *t, int64_t n)
{
	static const char *const names[] = {" billion", " million", " thousand", ""};
	int64_t unit = 1000000000;

	if (!n)
		text_add(t, en_small[0]);
	if (n < 0) {
		text_add(t, "minus");
		n = -n;
	}
	for (size_t i = 0; i < 4; i++, unit /= 1000)
		en_group(t, (unsigned int)(n / unit % 1000), names[i]);
}

/*
 * One group of four digits. A gap inside a number is said as one zero, whether it is
 * one digit wide or several; two is "liang" before thousand and, alone, before the
 * larger units.
 */
static void zh_group(struct text *t, unsigned int n, bool first, const char *unit)
{
	static const char *const places[] = {"千", "百", "十", ""};
	bool gap = !first && n < 1000, said = false;
	unsigned int div = 1000;

	if (n == 2 && first && *unit) {
		text_addf(t, "两%s", unit);
		return;
	}
	for (size_t i = 0; i < 4; i++, div /= 10) {
		unsigned int digit = n / div % 10;

		if (!digit) {
			gap = gap || said;
			continue;
		}
		if (gap)
			text_add(t, zh_digits[0]);
		gap = false;
		/* 10 to 19 at the very beginning: "ten" without "one" before it */
		if (!(div == 10 && digit == 1 && first && !said))
			text_add(t, div == 1000 && digit == 2 ? "两" : zh_digits[digit]);
		text_add(t, places[i]);
		said = true;
	}
	text_add(t, unit);
}

static void zh_number(struct text *t, int64_t n)
{
	static const char *const units[] = {"亿", "万", ""};
	int64_t unit = 100000000;
	bool first = true, gap = false;

	if (!n)
		text_add(t, zh_digits[0]);
	if (n < 0) {
		text_add(t, "负");
		n = -n;
	}
	for (size_t i = 0; i < 3; i++, unit /= 10000) {
		unsigned int group = (unsigned int)(n / unit % 10000);

		if (group) {
			if (gap && group >= 1000)
				text_add(t, zh_digits[0]);
			zh_group(t, group, first, units[i]);
			first = gap = false;
		} else {
			gap = !first;
		}
	}
}

int spoken_number(const char *lang, int64_t n, char *out, size_t size)
{
	enum lang l = lang_of(lang);
	struct text t;

	text_init(&t, out, size);
	if (l == NO_LANG || n > LARGEST || n < -LARGEST)
		return -EINVAL;
	if (l == EN)
		en_number(&t, n);
	else
		zh_number(&t, n);
	return (int)t.len;
}

static const char *digit_word(enum lang l, char ch)
{
	if (ch == '*')
		return l == EN ? "star" : "星号";
	if (ch == '#')
		return l == EN ? "pound" : "井号";
	if (ch < '0' || ch > '9')
		return NULL;
	if (l == CMN && ch == '1')
		return "幺"; /* "yi" and "qi" are too alike on the telephone */
	return l == EN ? en_small[ch - '0'] : zh_digits[ch - '0'];
}

int spoken_digits(const char *lang, const char *digits, char *out, size_t size)
{
	enum lang l = lang_of(lang);
	const char *word;
	struct text t;

	text_init(&t, out, size);
	if (l == NO_LANG)
		return -EINVAL;
	for (; *digits; digits++) {
		word = digit_word(l, *digits);
		if (!word)
			continue;
		if (t.len && l == EN)
			text_add(&t, " ");
		text_add(&t, word);
	}
	return (int)t.len;
}

static void en_clock(struct text *t, const struct moment *m)
{
	unsigned int hour = m->hour % 12 ? m->hour % 12 : 12;

	if (m->minute == 0 && m->hour % 12 == 0) {
		text_add(t, m->hour ? "noon" : "midnight");
		return;
	}
	en_two(t, hour);
	if (m->minute) {
		text_add(t, m->minute < 10 ? " oh " : " ");
		en_two(t, m->minute);
	}
	text_add(t, m->hour < 12 ? " a m" : " p m");
}

static const char *zh_part_of_day(unsigned int hour)
{
	if (hour < 6)
		return "凌晨";
	if (hour < 12)
		return "上午";
	if (hour == 12)
		return "中午";
	return hour < 18 ? "下午" : "晚上";
}

static void zh_clock(struct text *t, const struct moment *m)
{
	unsigned int hour = m->hour > 12 ? m->hour - 12u : m->hour;

	text_add(t, zh_part_of_day(m->hour));
	if (hour == 2)
		text_add(t, "两");
	else
		zh_number(t, hour);
	text_add(t, "点");
	if (!m->minute) {
		text_add(t, "整");
		return;
	}
	if (m->minute < 10)
		text_add(t, zh_digits[0]);
	zh_number(t, m->minute);
	text_add(t, "分");
}

int spoken_clock(const char *lang, const struct moment *m, char *out, size_t size)
{
	enum lang l = lang_of(lang);
	struct text t;

	text_init(&t, out, size);
	if (l == NO_LANG || m->hour > 23 || m->minute > 59)
		return -EINVAL;
	if (l == EN)
		en_clock(&t, m);
	else
		zh_clock(&t, m);
	return (int)t.len;
}

/* 1999 nineteen ninety-nine, 2000 two thousand, 2007 two thousand seven, 2026 twenty twenty-six */
static void en_year(struct text *t, unsigned int year)
{
	unsigned int rest = year % 100;

	if (year % 1000 < 10) {
		text_addf(t, "%s thousand%s", en_small[year / 1000], rest ? " " : "");
		if (rest)
			en_two(t, rest);
		return;
	}
	en_two(t, year / 100);
	if (!rest) {
		text_add(t, " hundred");
		return;
	}
	text_add(t, rest < 10 ? " oh " : " ");
	en_two(t, rest);
}

static void zh_date(struct text *t, const struct moment *m)
{
	unsigned int div = 1000, year = (unsigned int)m->year;

	for (; div; div /= 10)
		text_add(t, zh_digits[year / div % 10]);
	text_add(t, "年");
	zh_number(t, m->month);
	text_add(t, "月");
	zh_number(t, m->day);
	text_addf(t, "日，星期%s", zh_days[m->weekday]);
}

int spoken_date(const char *lang, const struct moment *m, char *out, size_t size)
{
	enum lang l = lang_of(lang);
	struct text t;

	text_init(&t, out, size);
	if (l == NO_LANG || m->year < 1970 || m->year > 2999 || m->month < 1 || m->month > 12 ||
	    m->day < 1 || m->day > 31 || m->weekday > 6)
		return -EINVAL;
	if (l == CMN) {
		zh_date(&t, m);
		return (int)t.len;
	}
	text_addf(&t, "%s, %s the %s, ", en_days[m->weekday], en_months[m->month],
		  en_ordinals[m->day]);
	en_year(&t, (unsigned int)m->year);
	return (int)t.len;
}
