/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/contact/vars.h"

#include <errno.h>
#include <string.h>

#include "core/contact/text.h"

static bool name_char(char ch, bool first)
{
	return (ch >= 'a' && ch <= 'z') || (!first && ((ch >= '0' && ch <= '9') || ch == '_'));
}

int var_name_ok(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (i == FLOW_VAR_MAX - 1 || !name_char(name[i], i == 0))
			return 0;
	return i > 0;
}

static struct var *find(const struct vars *v, const char *name)
{
	for (uint8_t i = 0; i < v->n; i++)
		if (!strcmp(v->list[i].name, name))
			return (struct var *)&v->list[i];
	return NULL;
}

static size_t total(const struct vars *v)
{
	size_t sum = 0;

	for (uint8_t i = 0; i < v->n; i++)
		sum += strlen(v->list[i].name) + strlen(v->list[i].value);
	return sum;
}

int vars_set(struct vars *v, const char *name, const char *value)
{
	struct var *old, fresh = {0};
	size_t need;
	bool whole;

	if (!var_name_ok(name))
		return -EINVAL;
	strcpy(fresh.name, name); /* var_name_ok() has limited it */
	whole = text_copy(fresh.value, sizeof(fresh.value), value);
	need = total(v) + strlen(fresh.value);
	old = find(v, name);
	if (old)
		need -= strlen(old->value);
	else
		need += strlen(name);
	if (need > VARS_TOTAL_MAX || (!old && v->n == VARS_MAX))
		return -ENOSPC;
	*(old ? old : &v->list[v->n++]) = fresh;
	return !whole;
}

const char *vars_get(const struct vars *v, const char *name)
{
	const struct var *var = find(v, name);

	return var ? var->value : NULL;
}

int template_next(const char **at, char name[FLOW_VAR_MAX])
{
	const char *s = *at;
	size_t n;

	while ((s = strchr(s, '{')) && s[1] == '{')
		s += 2;
	if (!s)
		return 0;
	n = strcspn(++s, "}");
	if (s[n] != '}' || n >= FLOW_VAR_MAX)
		return -EBADMSG;
	memcpy(name, s, n);
	name[n] = 0;
	if (!var_name_ok(name))
		return -EBADMSG;
	*at = s + n + 1;
	return 1;
}

/* The plain text from @s to the next variable, "{{" made one brace; where it ended. */
static const char *add_plain(struct text *t, const char *s)
{
	char one[2] = {0};

	for (; *s; s++) {
		if (*s == '{' && s[1] != '{')
			break;
		if (*s == '{')
			s++;
		/* Octet by octet would cut inside a character: take the whole of it. */
		one[0] = *s;
		if (((unsigned char)*s & 0xC0) == 0xC0) {
			char whole[8] = {*s};
			size_t n = 1;

			while (n < 4 && ((unsigned char)s[n] & 0xC0) == 0x80) {
				whole[n] = s[n];
				n++;
			}
			text_add(t, whole);
			s += n - 1;
		} else {
			text_add(t, one);
		}
	}
	return s;
}

size_t template_expand(const char *template, var_lookup_fn *lookup, const void *ctx, char *out,
		       size_t size)
{
	char name[FLOW_VAR_MAX];
	const char *value;
	struct text t;

	text_init(&t, out, size);
	for (template = add_plain(&t, template); *template; template = add_plain(&t, template)) {
		if (template_next(&template, name) != 1)
			break;
		value = lookup(ctx, name);
		text_add(&t, value ? value : "");
	}
	return t.len;
}
