/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/conf_parts.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void conf_put_int(void *at, size_t size, int64_t v)
{
	switch (size) {
	case 1: memcpy(at, &(int8_t){(int8_t)v}, 1); break;
	case 2: memcpy(at, &(int16_t){(int16_t)v}, 2); break;
	case 4: memcpy(at, &(int32_t){(int32_t)v}, 4); break;
	case 8: memcpy(at, &v, 8); break;
	default: assert(!"integer of 1, 2, 4 or 8 octets");
	}
}

uint64_t conf_get_count(const void *at, size_t size)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (size) {
	case 1: memcpy(&u8, at, 1); return u8;
	case 2: memcpy(&u16, at, 2); return u16;
	case 4: memcpy(&u32, at, 4); return u32;
	default: memcpy(&u64, at, 8); return u64;
	}
}

static void put_float(void *at, size_t size, double v)
{
	if (size == sizeof(float))
		memcpy(at, &(float){(float)v}, size);
	else
		memcpy(at, &v, sizeof(v));
}

static bool limited(const struct conf_field *f)
{
	return f->min != 0 || f->max != 0;
}

/* Without limits: what the size holds as a signed integer, INT64_MAX and MIN excluded
 * because they stand for integers that 64 bits do not hold.
 */
static void int_limits(const struct conf_field *f, int64_t *lo, int64_t *hi)
{
	*hi = INT64_MAX >> (64 - 8 * f->size);
	*lo = -*hi - 1;
	if (limited(f)) {
		assert(f->min >= (double)*lo && f->max <= 2.0 * (double)*hi + 1);
		*lo = (int64_t)f->min;
		*hi = (int64_t)f->max;
	} else if (f->size == 8) {
		++*lo;
		--*hi;
	}
}

static const struct conf_name *find_name(const struct conf_field *f, const char *word)
{
	for (const struct conf_name *n = f->names; n->name; n++) {
		if (strcmp(n->name, word) == 0)
			return n;
	}
	return NULL;
}

void conf_set_default(const struct conf_field *f, void *at)
{
	if (!f->def)
		return;
	switch (f->type) {
	case CONF_STRING:
		assert(strlen(f->def) < f->size);
		memcpy(at, f->def, strlen(f->def) + 1);
		break;
	case CONF_INT: conf_put_int(at, f->size, strtoll(f->def, NULL, 0)); break;
	case CONF_FLOAT: put_float(at, f->size, strtod(f->def, NULL)); break;
	case CONF_BOOL: *(bool *)at = strcmp(f->def, "true") == 0; break;
	case CONF_ENUM:
		assert(find_name(f, f->def));
		conf_put_int(at, f->size, find_name(f, f->def)->value);
		break;
	default: assert(!"only scalars have a default");
	}
}

/* Length of the UTF-8 character at p, 0 if it is none (RFC 3629 section 4) or a control. */
static size_t utf8_len(const unsigned char *p)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

	if (p[0] < 0x20 || p[0] == 0x7F)
		return p[0] == '\t' || p[0] == '\n';
	if ((p[0] >= 0x80 && p[0] < 0xC2) || p[0] > 0xF4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	}
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return n;
}

static bool is_text(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n;

	for (; *p; p += n) {
		n = utf8_len(p);
		if (n == 0)
			return false;
	}
	return true;
}

static int wrong_kind(const config_setting_t *s, char *wrong, size_t size)
{
	snprintf(wrong, size, "is %s", conf_kind(s));
	return -EINVAL;
}

/* Octets without the 0. */
static size_t string_min(const struct conf_field *f)
{
	return f->min > 0 ? (size_t)f->min : 0;
}

static size_t string_max(const struct conf_field *f)
{
	return f->max > 0 && f->max < (double)f->size ? (size_t)f->max : f->size - 1;
}

static int set_string(const struct conf_field *f, const config_setting_t *s, void *at, char *wrong,
		      size_t size)
{
	const char *v = config_setting_get_string(s);
	size_t len = v ? strlen(v) : 0;

	if (!v)
		return wrong_kind(s, wrong, size);
	if (len < string_min(f) || len > string_max(f))
		snprintf(wrong, size, len ? "has %zu octets" : "is empty", len);
	else if (!is_text(v))
		snprintf(wrong, size, "is not UTF-8 text");
	else {
		memcpy(at, v, len + 1);
		return 0;
	}
	return -EINVAL;
}

static int set_enum(const struct conf_field *f, const config_setting_t *s, void *at, char *wrong,
		    size_t size)
{
	const char *v = config_setting_get_string(s);
	const struct conf_name *n;

	if (!v)
		return wrong_kind(s, wrong, size);
	n = find_name(f, v);
	if (!n) {
		snprintf(wrong, size, "\"%.64s\" is not known", is_text(v) ? v : "?");
		return -EINVAL;
	}
	conf_put_int(at, f->size, n->value);
	return 0;
}

static int set_int(const struct conf_field *f, const config_setting_t *s, void *at, char *wrong,
		   size_t size)
{
	int64_t v, lo, hi;

	if (s->type != CONFIG_TYPE_INT && s->type != CONFIG_TYPE_INT64)
		return wrong_kind(s, wrong, size);
	v = config_setting_get_int64(s);
	int_limits(f, &lo, &hi);
	if (v < lo || v > hi) {
		snprintf(wrong, size, "%lld is out of range", (long long)v);
		return -EINVAL;
	}
	conf_put_int(at, f->size, v);
	return 0;
}

static int set_float(const struct conf_field *f, const config_setting_t *s, void *at, char *wrong,
		     size_t size)
{
	double v;

	if (s->type == CONFIG_TYPE_FLOAT)
		v = config_setting_get_float(s);
	else if (s->type == CONFIG_TYPE_INT || s->type == CONFIG_TYPE_INT64)
		v = (double)config_setting_get_int64(s);
	else
		return wrong_kind(s, wrong, size);
	if (!isfinite(v) || (limited(f) && (v < f->min || v > f->max))) {
		snprintf(wrong, size, "%g is out of range", v);
		return -EINVAL;
	}
	put_float(at, f->size, v);
	return 0;
}

static int set_bool(const config_setting_t *s, void *at, char *wrong, size_t size)
{
	if (s->type != CONFIG_TYPE_BOOL)
		return wrong_kind(s, wrong, size);
	*(bool *)at = config_setting_get_bool(s);
	return 0;
}

int conf_set_scalar(const struct conf_field *f, const config_setting_t *s, void *at, char *wrong,
		    size_t size)
{
	const char *complaint;
	int err = 0;

	switch (f->type) {
	case CONF_STRING:
	case CONF_STRINGS: err = set_string(f, s, at, wrong, size); break;
	case CONF_INT:
	case CONF_INTS: err = set_int(f, s, at, wrong, size); break;
	case CONF_FLOAT: err = set_float(f, s, at, wrong, size); break;
	case CONF_BOOL: err = set_bool(s, at, wrong, size); break;
	case CONF_ENUM: err = set_enum(f, s, at, wrong, size); break;
	default: assert(!"scalar");
	}
	if (err < 0 || !f->check)
		return err;
	complaint = f->check(at);
	if (!complaint)
		return 0;
	snprintf(wrong, size, "%s", complaint);
	return -EINVAL;
}

const char *conf_kind(const config_setting_t *s)
{
	switch (s->type) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64: return "an integer";
	case CONFIG_TYPE_FLOAT: return "a number with a fraction";
	case CONFIG_TYPE_STRING: return "a string";
	case CONFIG_TYPE_BOOL: return "true or false";
	case CONFIG_TYPE_GROUP: return "a group { .. }";
	case CONFIG_TYPE_ARRAY: return "an array [ .. ]";
	default: return "a list ( .. )";
	}
}

/* Text that is cut off when the buffer is full. */
struct words {
	char *buf;
	size_t size, len;
};

static void say(struct words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct words *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(w->buf + w->len, w->size - w->len, fmt, ap);
	va_end(ap);
	w->len += (size_t)n < w->size - w->len ? (size_t)n : w->size - w->len - 1;
}

static void say_string(struct words *w, const struct conf_field *f)
{
	if (string_min(f) > 0)
		say(w, " of %zu to %zu octets", string_min(f), string_max(f));
	else
		say(w, " of at most %zu octets", string_max(f));
}

static void say_int(struct words *w, const struct conf_field *f)
{
	int64_t lo, hi;

	int_limits(f, &lo, &hi);
	say(w, " from %lld to %lld", (long long)lo, (long long)hi);
}

static void say_float(struct words *w, const struct conf_field *f)
{
	if (limited(f))
		say(w, " from %g to %g", f->min, f->max);
}

static void say_names(struct words *w, const struct conf_field *f)
{
	for (const struct conf_name *n = f->names; n->name; n++)
		say(w, "%s\"%s\"", n == f->names ? " " : ", ", n->name);
}

static void say_items(struct words *w, const struct conf_field *f)
{
	if (f->min_items > 0)
		say(w, ", %zu to %zu of them", f->min_items, f->max_items);
	else
		say(w, ", at most %zu", f->max_items);
}

void conf_describe(const struct conf_field *f, char *buf, size_t size)
{
	struct words w = {.buf = buf, .size = size};

	switch (f->type) {
	case CONF_STRING: say(&w, "must be a string"), say_string(&w, f); break;
	case CONF_INT: say(&w, "must be an integer"), say_int(&w, f); break;
	case CONF_FLOAT: say(&w, "must be a number"), say_float(&w, f); break;
	case CONF_BOOL: say(&w, "must be true or false"); break;
	case CONF_ENUM: say(&w, "must be one of"), say_names(&w, f); break;
	case CONF_GROUP: say(&w, "must be a group { .. }"); break;
	case CONF_LIST:
	case CONF_TREE: say(&w, "must be a list of groups ( {..}, {..} )"), say_items(&w, f); break;
	case CONF_STRINGS:
		say(&w, "must be strings [ \"..\", \"..\" ]"), say_string(&w, f), say_items(&w, f);
		break;
	case CONF_INTS:
		say(&w, "must be integers [ .., .. ]"), say_int(&w, f), say_items(&w, f);
		break;
	}
	if (f->help)
		say(&w, " (%s)", f->help);
}
