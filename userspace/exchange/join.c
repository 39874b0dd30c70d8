/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Digits sent and digits understood, joined by calling number. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/results.h"

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* An array, an object with "calls", or one object a line. Return: an array, NULL */
static json_t *load_records(const char *file)
{
	json_error_t err;
	json_t *root = json_load_file(file, 0, &err), *list;
	FILE *in;

	if (json_is_array(root))
		return root;
	list = json_incref(json_object_get(root, "calls"));
	json_decref(root);
	if (json_is_array(list))
		return list;
	json_decref(list);
	in = fopen(file, "r");
	if (!in)
		return NULL;
	list = json_array();
	while ((root = json_loadf(in, JSON_DISABLE_EOF_CHECK, &err)))
		json_array_append_new(list, root);
	fclose(in);
	return list;
}

/* Earlier calls first, so that the n-th call of a number meets its n-th record. */
static int compare_offered(const void *a, const void *b)
{
	double x = json_number_value(json_object_get(*(json_t *const *)a, "offered_utc"));
	double y = json_number_value(json_object_get(*(json_t *const *)b, "offered_utc"));

	return x < y ? -1 : x > y;
}

static json_t **sorted_records(const json_t *list, size_t *n)
{
	json_t **v = malloc((json_array_size(list) + 1) * sizeof(*v));
	size_t i;

	*n = json_array_size(list);
	for (i = 0; v && i < *n; i++)
		v[i] = json_array_get(list, i);
	if (v)
		qsort(v, *n, sizeof(*v), compare_offered);
	return v;
}

/* The first record of this number that no call has taken yet. */
static json_t *take_record(json_t **records, size_t n, const char *calling)
{
	size_t i;
	json_t *r;

	for (i = 0; i < n; i++) {
		if (!records[i] || strcmp(text_of(records[i], "calling"), calling) != 0)
			continue;
		r = records[i];
		records[i] = NULL;
		return r;
	}
	return NULL;
}

struct tally {
	size_t calls, sent, seen, missing, differ;
};

static void join_call(json_t *call, json_t **records, size_t n, struct tally *t, FILE *to)
{
	const char *sent = text_of(call, "digits"), *calling = text_of(call, "calling");
	const json_t *record = take_record(records, n, calling);
	const char *seen = text_of(record, "digits");

	t->calls++;
	t->sent += strlen(sent);
	t->seen += strlen(seen);
	if (!record) {
		t->missing++;
		fprintf(to, "  call %lld from %s: no record\n",
			(long long)json_integer_value(json_object_get(call, "call")), calling);
		return;
	}
	json_object_set_new(call, "digits_seen", json_string(seen));
	if (strcmp(sent, seen) == 0)
		return;
	t->differ++;
	fprintf(to, "  call %lld from %s: sent \"%s\", understood \"%s\"\n",
		(long long)json_integer_value(json_object_get(call, "call")), calling, sent, seen);
}

int results_join(const char *results, const char *calls, FILE *to)
{
	json_error_t err;
	json_t *root = json_load_file(results, 0, &err), *list = load_records(calls), *call;
	struct tally t = {0};
	json_t **records;
	size_t n = 0, i;
	int result = -EBADMSG;

	if (!json_is_array(json_object_get(root, "calls")) || !list) {
		fprintf(to, "%s: %s\n", list ? results : calls,
			list ? "not the result of a run" : "cannot be read");
		goto out;
	}
	records = sorted_records(list, &n);
	if (!records) {
		result = -ENOMEM;
		goto out;
	}
	json_array_foreach(json_object_get(root, "calls"), i, call)
		join_call(call, records, n, &t, to);
	free(records);
	fprintf(to,
		"digits: %zu calls, %zu sent, %zu understood; %zu calls differ, %zu have no "
		"record\n",
		t.calls, t.sent, t.seen, t.differ, t.missing);
	json_object_set_new(json_object_get(root, "totals"), "digits_seen",
			    json_integer((json_int_t)t.seen));
	result = json_dump_file(root, results, JSON_INDENT(1)) < 0 ? -EIO
								   : (int)(t.differ + t.missing);
out:
	json_decref(root);
	json_decref(list);
	return result;
}
