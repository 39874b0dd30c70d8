/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk: one pass over the settings of libconfig's tree, guided by the schema,
 * into a scratch struct that becomes the caller's only if no error was found.
 */
#include "base/conf_parts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_MAX   128 /* settings of one group and variant that an unknown one is compared with */
#define PATH_OCTETS 512

struct load {
	const struct conf_text *text;
	struct conf_errors *errs;
	char path[PATH_OCTETS]; /* of the setting at hand */
	size_t path_len;
	int depth;
	bool root_checked; /* the check of the file's own group ran */
	int err; /* -ENOMEM, else 0: wrong content is in errs */
};

/* A group of the file while its check runs. */
struct conf_place {
	struct load *l;
	const config_setting_t *group;
};

static void load_group(struct load *l, const config_setting_t *s, const struct conf_group *g,
		       char *base);

/* ---- paths and errors --------------------------------------------------------------------- */

static void path_add(struct load *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Longer paths are cut; the line number still tells where. */
static void path_add(struct load *l, const char *fmt, ...)
{
	size_t room = sizeof(l->path) - l->path_len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->path + l->path_len, room, fmt, ap);
	va_end(ap);
	l->path_len += (size_t)n < room ? (size_t)n : room - 1;
}

static size_t path_enter(struct load *l, const char *name)
{
	size_t before = l->path_len;

	path_add(l, "%s%s", before ? "." : "", name);
	return before;
}

static size_t path_item(struct load *l, unsigned int i)
{
	size_t before = l->path_len;

	path_add(l, "[%u]", i);
	return before;
}

static void path_leave(struct load *l, size_t before)
{
	l->path_len = before;
	l->path[before] = 0;
}

static size_t count_errors(const struct load *l)
{
	return l->errs->n + l->errs->more;
}

/* An error at a setting's line, with the path of now. */
static struct conf_error *add_error(struct load *l, const config_setting_t *s)
{
	int line, at = (int)s->line;
	const char *file = conf_text_where(l->text, at, &line);

	return conf_error_add(l->errs, at, file, line, l->path);
}

static void error_at(struct load *l, const config_setting_t *s, const struct conf_field *f,
		     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void error_at(struct load *l, const config_setting_t *s, const struct conf_field *f,
		     const char *fmt, ...)
{
	struct conf_error *e = add_error(l, s);
	va_list ap;

	if (!e)
		return;
	va_start(ap, fmt);
	vsnprintf(e->wrong, sizeof(e->wrong), fmt, ap);
	va_end(ap);
	if (f)
		conf_describe(f, e->right, sizeof(e->right));
}

/* ---- one setting -------------------------------------------------------------------------- */

static void put_count(const struct conf_field *f, char *base, size_t n)
{
	if (f->count_size)
		conf_put_int(base + f->count_offset, f->count_size, (int64_t)n);
}

static void load_scalar(struct load *l, const config_setting_t *s, const struct conf_field *f,
			void *at)
{
	char wrong[200];

	if (conf_set_scalar(f, s, at, wrong, sizeof(wrong)) < 0)
		error_at(l, s, f, "%s", wrong);
}

/* Number of items to load, at most what there is room for. */
static unsigned int check_items(struct load *l, const config_setting_t *s,
				const struct conf_field *f)
{
	unsigned int n = (unsigned int)config_setting_length(s);

	if (n >= f->min_items && n <= f->max_items)
		return n;
	error_at(l, s, f, "has %u items", n);
	return n < f->max_items ? n : (unsigned int)f->max_items;
}

static void load_scalars(struct load *l, config_setting_t *s, const struct conf_field *f,
			 char *base)
{
	unsigned int n;

	if (!config_setting_is_array(s) && !config_setting_is_list(s)) {
		error_at(l, s, f, "is %s", conf_kind(s));
		return;
	}
	n = check_items(l, s, f);
	for (unsigned int i = 0; i < n; i++) {
		size_t before = path_item(l, i);

		load_scalar(l, config_setting_get_elem(s, i), f, base + f->offset + i * f->size);
		path_leave(l, before);
	}
	put_count(f, base, n);
}

/* Where the items of a list go: in place, or freshly allocated and known to the struct. */
static char *list_room(struct load *l, const struct conf_field *f, char *base, unsigned int n)
{
	char *items = base + f->offset;

	if (f->type == CONF_TREE && n > 0) {
		items = calloc(n, f->group->size);
		memcpy(base + f->offset, &items, sizeof(items));
	}
	if (items)
		put_count(f, base, n);
	else
		l->err = -ENOMEM;
	return items;
}

static void load_list(struct load *l, config_setting_t *s, const struct conf_field *f, char *base)
{
	unsigned int n;
	char *items;

	assert(f->count_size && f->size == f->group->size);
	/* An empty [] is as good as an empty (). */
	if (!config_setting_is_list(s) &&
	    !(config_setting_is_array(s) && config_setting_length(s) == 0)) {
		error_at(l, s, f, "is %s", conf_kind(s));
		return;
	}
	n = check_items(l, s, f);
	items = list_room(l, f, base, n);
	for (unsigned int i = 0; i < n && items; i++) {
		const config_setting_t *item = config_setting_get_elem(s, i);
		size_t before = path_item(l, i);

		if (config_setting_is_group(item))
			load_group(l, item, f->group, items + i * f->group->size);
		else
			error_at(l, item, NULL, "is %s, must be a group { .. }", conf_kind(item));
		path_leave(l, before);
	}
}

static void load_setting(struct load *l, config_setting_t *s, const struct conf_field *f,
			 char *base)
{
	switch (f->type) {
	case CONF_STRINGS:
	case CONF_INTS: load_scalars(l, s, f, base); break;
	case CONF_LIST:
	case CONF_TREE: load_list(l, s, f, base); break;
	case CONF_GROUP:
		put_count(f, base, 1);
		if (config_setting_is_group(s))
			load_group(l, s, f->group, base + f->offset);
		else
			error_at(l, s, f, "is %s", conf_kind(s));
		break;
	default: put_count(f, base, 1); load_scalar(l, s, f, base + f->offset);
	}
}

static void set_defaults(const struct conf_field *fields, char *base)
{
	for (const struct conf_field *f = fields; f && f->name; f++) {
		if (f->type == CONF_GROUP)
			set_defaults(f->group->fields, base + f->offset);
		else
			conf_set_default(f, base + f->offset);
	}
}

/* ---- one group ---------------------------------------------------------------------------- */

static void load_fields(struct load *l, const config_setting_t *s, const struct conf_field *fields,
			char *base)
{
	set_defaults(fields, base);
	for (const struct conf_field *f = fields; f && f->name; f++) {
		config_setting_t *member = config_setting_get_member(s, f->name);
		size_t before = path_enter(l, f->name);

		if (member)
			load_setting(l, member, f, base);
		else if (f->required)
			error_at(l, s, f, "is missing");
		path_leave(l, before);
	}
}

static void wrong_selector(struct load *l, const config_setting_t *s, const struct conf_group *g,
			   const config_setting_t *given)
{
	const char *word = given ? config_setting_get_string(given) : NULL;
	struct conf_name names[KNOWN_MAX] = {0};
	struct conf_field f = {.type = CONF_ENUM, .names = names};
	size_t before = path_enter(l, g->selector), n = 0;

	for (const struct conf_variant *v = g->variants; v->name && n < KNOWN_MAX - 1; v++)
		names[n++].name = v->name;
	if (word)
		error_at(l, given, &f, "\"%.64s\" is not known", word);
	else if (given)
		error_at(l, given, &f, "is %s", conf_kind(given));
	else
		error_at(l, s, &f, "is missing");
	path_leave(l, before);
}

static const struct conf_variant *find_variant(struct load *l, const config_setting_t *s,
					       const struct conf_group *g, char *base)
{
	const config_setting_t *given = config_setting_get_member(s, g->selector);
	const char *word = given ? config_setting_get_string(given) : NULL;

	for (const struct conf_variant *v = g->variants; word && v->name; v++) {
		if (strcmp(v->name, word) == 0) {
			conf_put_int(base + g->selector_offset, g->selector_size, v->value);
			return v;
		}
	}
	wrong_selector(l, s, g, given);
	return NULL;
}

static size_t list_known(const struct conf_field *fields, const char **known, size_t n)
{
	for (const struct conf_field *f = fields; f && f->name && n < KNOWN_MAX; f++)
		known[n++] = f->name;
	return n;
}

static bool is_known(const char *name, const char *const *known, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(known[i], name) == 0)
			return true;
	}
	return false;
}

static void unknown_setting(struct load *l, const config_setting_t *s, const char *const *known,
			    size_t n)
{
	const char *near = conf_nearest(s->name, known, n);
	struct conf_error *e = add_error(l, s);
	size_t len = 0;

	if (!e)
		return;
	snprintf(e->wrong, sizeof(e->wrong), "is not a known setting");
	if (near) {
		snprintf(e->right, sizeof(e->right), "did you mean \"%s\"?", near);
		return;
	}
	for (size_t i = 0; i < n && len < sizeof(e->right); i++)
		len += (size_t)snprintf(e->right + len, sizeof(e->right) - len, "%s%s",
					i ? ", " : "known here: ", known[i]);
}

static void check_names(struct load *l, const config_setting_t *s, const struct conf_group *g,
			const struct conf_variant *v)
{
	const char *known[KNOWN_MAX];
	size_t n = 0;

	if (g->selector)
		known[n++] = g->selector;
	n = list_known(g->fields, known, n);
	n = list_known(v ? v->fields : NULL, known, n);
	for (unsigned int i = 0; i < (unsigned int)config_setting_length(s); i++) {
		const config_setting_t *member = config_setting_get_elem(s, i);
		size_t before;

		if (is_known(member->name, known, n))
			continue;
		before = path_enter(l, member->name);
		unknown_setting(l, member, known, n);
		path_leave(l, before);
	}
}

static void load_group(struct load *l, const config_setting_t *s, const struct conf_group *g,
		       char *base)
{
	const struct conf_variant *v = NULL;
	size_t errors = count_errors(l);

	if (l->depth == CONF_DEPTH_MAX) {
		error_at(l, s, NULL, "groups are nested deeper than %d", CONF_DEPTH_MAX);
		return;
	}
	l->depth++;
	if (g->selector)
		v = find_variant(l, s, g, base);
	load_fields(l, s, g->fields, base);
	if (v)
		load_fields(l, s, v->fields, base);
	/* Without a variant nobody knows which settings belong here. */
	if (v || !g->selector)
		check_names(l, s, g, v);
	if (g->check && count_errors(l) == errors && l->err == 0) {
		l->root_checked |= l->depth == 1;
		g->check(base, &(struct conf_place){.l = l, .group = s});
	}
	l->depth--;
}

/* ---- names of other items, when the check that knows them could not run -------------------- */

static bool names_item(const config_setting_t *list, const char *word)
{
	for (int i = 0; list && i < config_setting_length(list); i++) {
		const config_setting_t *item = config_setting_get_elem(list, (unsigned int)i);
		const char *name;

		if (config_setting_is_group(item) &&
		    config_setting_lookup_string(item, "name", &name) && strcmp(name, word) == 0)
			return true;
	}
	return false;
}

static void refer(struct load *l, const config_setting_t *root, const config_setting_t *s,
		  const struct conf_field *f)
{
	const config_setting_t *list = config_setting_get_member(root, f->refers_to);
	const char *word = config_setting_get_string(s);
	/* "steps" is a list of which each is a step */
	int one = (int)strlen(f->refers_to) - 1;

	if (word && word[0] && !names_item(list, word))
		error_at(l, s, f, "there is no %.*s \"%.64s\"", one, f->refers_to, word);
}

static void refer_fields(struct load *l, const config_setting_t *root, const config_setting_t *s,
			 const struct conf_field *fields);

static void refer_group(struct load *l, const config_setting_t *root, const config_setting_t *s,
			const struct conf_group *g)
{
	const config_setting_t *given =
		g->selector ? config_setting_get_member(s, g->selector) : NULL;
	const char *word = given ? config_setting_get_string(given) : NULL;

	if (!config_setting_is_group(s) || l->depth == CONF_DEPTH_MAX)
		return;
	l->depth++;
	refer_fields(l, root, s, g->fields);
	for (const struct conf_variant *v = g->variants; word && v->name; v++) {
		if (strcmp(v->name, word) == 0)
			refer_fields(l, root, s, v->fields);
	}
	l->depth--;
}

static void refer_items(struct load *l, const config_setting_t *root, const config_setting_t *s,
			const struct conf_group *g)
{
	for (int i = 0; config_setting_is_list(s) && i < config_setting_length(s); i++) {
		size_t before = path_item(l, (unsigned int)i);

		refer_group(l, root, config_setting_get_elem(s, (unsigned int)i), g);
		path_leave(l, before);
	}
}

static void refer_fields(struct load *l, const config_setting_t *root, const config_setting_t *s,
			 const struct conf_field *fields)
{
	for (const struct conf_field *f = fields; f && f->name; f++) {
		const config_setting_t *member = config_setting_get_member(s, f->name);
		size_t before = path_enter(l, f->name);

		if (member && f->refers_to)
			refer(l, root, member, f);
		else if (member && f->type == CONF_GROUP)
			refer_group(l, root, member, f->group);
		else if (member && (f->type == CONF_LIST || f->type == CONF_TREE))
			refer_items(l, root, member, f->group);
		path_leave(l, before);
	}
}

static const config_setting_t *find_item(const config_setting_t *s, const char *index)
{
	if (config_setting_is_group(s))
		return NULL;
	return config_setting_get_elem(s, (unsigned int)strtoul(index, NULL, 10));
}

/* The nearest setting of the file on the way to path: "spans[1].name" is spans, 1, name. */
static const config_setting_t *find_setting(const config_setting_t *s, const char *path)
{
	char name[64];
	const config_setting_t *next = s;

	while (next && *path) {
		size_t len = strcspn(path, ".[]");

		s = next;
		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		if (path[len] == ']')
			next = find_item(s, name);
		else if (len > 0)
			next = config_setting_get_member(s, name);
		path += len + (path[len] != 0);
	}
	return next ? next : s;
}

void conf_fail(struct conf_place *at, const char *setting, const char *right, const char *fmt, ...)
{
	size_t before = at->l->path_len;
	const config_setting_t *s = at->group;
	struct conf_error *e;
	va_list ap;

	if (setting) {
		path_enter(at->l, setting);
		s = find_setting(s, setting);
	}
	e = add_error(at->l, s);
	path_leave(at->l, before);
	if (!e)
		return;
	va_start(ap, fmt);
	vsnprintf(e->wrong, sizeof(e->wrong), fmt, ap);
	va_end(ap);
	snprintf(e->right, sizeof(e->right), "%s", right ? right : "");
}

/* ---- a whole file ------------------------------------------------------------------------- */

static void free_fields(const struct conf_field *fields, char *base);

static void free_group(const struct conf_group *g, char *base)
{
	free_fields(g->fields, base);
	for (const struct conf_variant *v = g->selector ? g->variants : NULL; v && v->name; v++) {
		char value[8] = {0};

		conf_put_int(value, g->selector_size, v->value);
		if (memcmp(value, base + g->selector_offset, g->selector_size) == 0)
			free_fields(v->fields, base);
	}
}

static void free_items(const struct conf_field *f, char *base)
{
	size_t n = conf_get_count(base + f->count_offset, f->count_size);
	char *items = base + f->offset, *none = NULL;

	if (f->type == CONF_TREE)
		memcpy(&items, base + f->offset, sizeof(items));
	for (size_t i = 0; i < n; i++)
		free_group(f->group, items + i * f->group->size);
	if (f->type == CONF_LIST)
		return;
	free(items);
	memcpy(base + f->offset, &none, sizeof(none));
	memset(base + f->count_offset, 0, f->count_size);
}

static void free_fields(const struct conf_field *fields, char *base)
{
	for (const struct conf_field *f = fields; f && f->name; f++) {
		if (f->type == CONF_GROUP)
			free_group(f->group, base + f->offset);
		else if (f->type == CONF_LIST || f->type == CONF_TREE)
			free_items(f, base);
	}
}

void conf_free(const struct conf_group *schema, void *loaded)
{
	free_group(schema, loaded);
}

static int syntax_error(struct load *l, const config_t *c)
{
	int line;
	const char *file = conf_text_where(l->text, c->error_line, &line);
	struct conf_error *e = conf_error_add(l->errs, c->error_line, file, line, "");

	if (!e)
		return -EINVAL;
	snprintf(e->wrong, sizeof(e->wrong), "%s", c->error_text ? c->error_text : "syntax error");
	if (!c->error_text || strcmp(c->error_text, "syntax error") == 0)
		snprintf(e->right, sizeof(e->right),
			 "look here and on the line before for \"name = value;\" and brackets");
	return -EINVAL;
}

static int load_text(const struct conf_text *t, const struct conf_group *schema, void *out,
		     struct conf_errors *errs)
{
	struct load l = {.text = t, .errs = errs};
	char *scratch = calloc(1, schema->size);
	config_t c;
	int err;

	if (!scratch)
		return -ENOMEM;
	config_init(&c);
	if (config_read_string(&c, t->text)) {
		const config_setting_t *root = config_root_setting(&c);

		load_group(&l, root, schema, scratch);
		if (!l.root_checked)
			refer_group(&l, root, root, schema);
		err = l.err ? l.err : count_errors(&l) ? -EINVAL : 0;
	} else {
		err = syntax_error(&l, &c);
	}
	if (err == 0)
		memcpy(out, scratch, schema->size);
	else
		conf_free(schema, scratch);
	config_destroy(&c);
	free(scratch);
	return err;
}

static int load(const char *file, const char *text, const struct conf_group *schema, void *out,
		struct conf_errors *errs)
{
	struct conf_text t;
	struct conf_error *e;
	int err;

	errs->n = 0;
	errs->more = 0;
	err = conf_text_read(&t, file, text, errs);
	if (err == 0)
		err = load_text(&t, schema, out, errs);
	conf_text_free(&t);
	if (err == -ENOMEM && errs->n == 0) {
		e = conf_error_add(errs, 0, file, 0, "");
		snprintf(e->wrong, sizeof(e->wrong), "there is no memory to read it");
	}
	return err;
}

int conf_load(const char *file, const struct conf_group *schema, void *out,
	      struct conf_errors *errs)
{
	return load(file, NULL, schema, out, errs);
}

int conf_load_text(const char *text, const char *name, const struct conf_group *schema, void *out,
		   struct conf_errors *errs)
{
	return load(name, text, schema, out, errs);
}
