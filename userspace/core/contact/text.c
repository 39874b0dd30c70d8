/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/contact/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_init(struct text *t, char *buf, size_t size)
{
	*t = (struct text){.buf = buf, .size = size};
	buf[0] = 0;
}

/* The longest beginning of @s of at most @max octets that ends between characters. */
static size_t whole(const char *s, size_t max)
{
	while (max > 0 && ((unsigned char)s[max] & 0xC0) == 0x80)
		max--;
	return max;
}

void text_add(struct text *t, const char *s)
{
	size_t n = strlen(s), room = t->size - 1 - t->len;

	if (t->cut)
		return;
	if (n > room) {
		n = whole(s, room);
		t->cut = true;
	}
	memcpy(t->buf + t->len, s, n);
	t->len += n;
	t->buf[t->len] = 0;
}

void text_addf(struct text *t, const char *fmt, ...)
{
	char part[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(part, sizeof(part), fmt, ap);
	va_end(ap);
	text_add(t, part);
}

bool text_copy(char *buf, size_t size, const char *s)
{
	struct text t;

	text_init(&t, buf, size);
	text_add(&t, s);
	return !t.cut;
}
