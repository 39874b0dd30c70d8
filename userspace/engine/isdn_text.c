/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/isdn_text.h"

#include <stdint.h>
#include <string.h>

#include "core/call/q931_screen.h"
#include "engine/isdn.h"

static bool is_digit(char c)
{
	return (c >= '0' && c <= '9') || c == '*' || c == '#';
}

void isdn_digits_clean(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; *src && n + 1 < size; src++) {
		if (is_digit(*src))
			dst[n++] = *src;
	}
	dst[n] = 0;
}

bool isdn_digits_valid(const char *s, size_t size)
{
	size_t n = 0;

	for (; s[n]; n++) {
		if (n + 1 >= size || !is_digit(s[n]))
			return false;
	}
	return true;
}

/*
 * One character of well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, up to 10FFFF).
 * Return: its octets, 0 when it is not well formed.
 */
static int utf8_next(const unsigned char *s, uint32_t *ch)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	int n = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (n == 0 || s[0] > 0xf4)
		return 0;
	*ch = n == 1 ? s[0] : s[0] & (0x7f >> n);
	for (int i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80) /* the terminating 0 ends up here too */
			return 0;
		*ch = *ch << 6 | (s[i] & 0x3f);
	}
	if (*ch < least[n] || *ch > 0x10ffff || (*ch >= 0xd800 && *ch < 0xe000))
		return 0;
	return n;
}

static bool utf8_valid(const char *s)
{
	uint32_t ch;

	while (*s) {
		int n = utf8_next((const unsigned char *)s, &ch);

		if (!n)
			return false;
		s += n;
	}
	return true;
}

/* C0, DEL and C1: nothing of that belongs into a name or a log line. */
static bool is_control(uint32_t ch)
{
	return ch < 0x20 || (ch >= 0x7f && ch < 0xa0);
}

static size_t utf8_put(char *dst, size_t room, uint32_t ch)
{
	size_t n = ch < 0x80 ? 1 : ch < 0x800 ? 2 : ch < 0x10000 ? 3 : 4;

	if (n > room)
		return 0;
	if (n == 1) {
		dst[0] = ch;
		return 1;
	}
	for (size_t i = n - 1; i > 0; i--, ch >>= 6)
		dst[i] = 0x80 | (ch & 0x3f);
	dst[0] = (0xf00 >> n & 0xff) | ch;
	return n;
}

void isdn_name_in(char *dst, size_t size, const char *src, int charset)
{
	bool utf8 = (charset == ISDN_CHARSET_UTF8 || charset == ISDN_CHARSET_UNKNOWN) &&
		    utf8_valid(src);
	bool latin1 = charset == ISDN_CHARSET_LATIN1 || charset == ISDN_CHARSET_UNKNOWN;
	const unsigned char *s = (const unsigned char *)src;
	size_t n = 0, put;

	while (*s) {
		uint32_t ch = *s;

		s += utf8 ? utf8_next(s, &ch) : 1;
		if (!utf8 && !latin1 && ch >= 0x80)
			ch = '?';
		if (is_control(ch))
			continue;
		put = utf8_put(dst + n, size - 1 - n, ch);
		if (!put)
			break;
		n += put;
	}
	dst[n] = 0;
}

int isdn_name_out(char *dst, size_t size, const char *src)
{
	const unsigned char *s = (const unsigned char *)src;
	int charset = ISDN_CHARSET_LATIN1;
	size_t n = 0;
	uint32_t ch;

	for (int step; *s; s += step) {
		step = utf8_next(s, &ch);
		if (!step || ch > 0xff) {
			charset = ISDN_CHARSET_UTF8;
			break;
		}
	}
	if (charset == ISDN_CHARSET_UTF8) {
		isdn_name_in(dst, size, src, ISDN_CHARSET_UTF8);
		return charset;
	}
	for (s = (const unsigned char *)src; *s && n + 1 < size; s += utf8_next(s, &ch)) {
		utf8_next(s, &ch);
		if (!is_control(ch))
			dst[n++] = ch;
	}
	dst[n] = 0;
	return charset;
}

void isdn_peek(const uint8_t *frame, size_t len, struct isdn_event *ev)
{
	struct q931_message m;
	struct reader r;

	if (q931_message(frame, len, &m) < 0)
		return;
	if (!q931_element(&m, Q931_ELEMENT_CAUSE, &r)) {
		uint8_t octet3 = rd_u8(&r);

		if (!(octet3 & 0x80))
			rd_u8(&r); /* octet 3a: recommendation */
		ev->location = octet3 & 0x0f;
		ev->cause = rd_u8(&r) & 0x7f;
	}
	if (!q931_element(&m, Q931_ELEMENT_PROGRESS, &r)) {
		rd_u8(&r); /* coding, location */
		ev->progress = rd_u8(&r) & 0x7f;
		ev->inband = ev->progress == 1 || ev->progress == 8; /* Q.931 table 4-20 */
	}
	if (!q931_element(&m, Q931_ELEMENT_BEARER, &r)) {
		uint8_t layer1;

		ev->party.bearer = rd_u8(&r) & 0x1f;
		ev->party.bearer_rate = rd_u8(&r) & 0x1f;
		layer1 = rd_u8(&r);
		ev->party.law = (layer1 & 0x60) == 0x20 ? layer1 & 0x1f : 0;
	}
}

void isdn_peek_display(const uint8_t *frame, size_t len, char *dst, size_t size)
{
	struct q931_message m;
	char text[256];
	struct reader r;
	size_t n = 0;

	if (q931_message(frame, len, &m) < 0 || q931_element(&m, Q931_ELEMENT_DISPLAY, &r) < 0)
		return;
	if (rd_left(&r) && (r.at[0] & 0xc0) == 0x80)
		rd_u8(&r);
	while (rd_left(&r)) {
		text[n] = rd_u8(&r);
		n += text[n] != 0;
	}
	text[n] = 0;
	isdn_name_in(dst, size, text, ISDN_CHARSET_UNKNOWN);
}

bool isdn_peek_restart_all(const uint8_t *frame, size_t len)
{
	struct q931_message m;
	struct reader r;

	if (q931_message(frame, len, &m) < 0 ||
	    q931_element(&m, Q931_ELEMENT_RESTART_INDICATOR, &r) < 0)
		return false;
	return rd_u8(&r) &
	       7; /* 0 indicated channels, 6 interface, 7 all interfaces, Q.931 4.5.25 */
}
