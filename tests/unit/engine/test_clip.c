/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clip.h"

static struct clip *add(struct clip_store *s, const char *key, size_t n, int fill)
{
	uint8_t *octets = malloc(n);

	memset(octets, fill, n);
	return clip_store_add(s, key, NULL, octets, n);
}

static void test_find(void **state)
{
	struct clip_store *s = clip_store_new(1000);
	struct clip_stamp stamp = {1, 2, 3, 4, 5}, got = {0};
	uint8_t *octets = calloc(1, 10);
	struct clip *a = clip_store_add(s, "a", &stamp, octets, 10), *b;

	(void)state;
	assert_non_null(a);
	assert_int_equal(a->refs, 1);
	assert_ptr_equal(a->octets, octets);
	b = clip_store_find(s, "a", &got);
	assert_ptr_equal(a, b);
	assert_int_equal(a->refs, 2);
	assert_memory_equal(&got, &stamp, sizeof(got));
	assert_null(clip_store_find(s, "b", NULL));
	assert_int_equal(clip_store_octets(s), 10);
	clip_put(a);
	clip_put(b);
	clip_put(NULL);
	assert_int_equal(a->refs, 0);
	clip_store_free(s);
	clip_store_free(NULL);
}

static void test_many_names(void **state)
{
	struct clip_store *s = clip_store_new(1 << 20);
	char key[16];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "n%d", i);
		clip_put(add(s, key, 7, i));
	}
	for (int i = 0; i < 5000; i++) {
		struct clip *c;

		snprintf(key, sizeof(key), "n%d", i);
		c = clip_store_find(s, key, NULL);
		assert_non_null(c);
		assert_int_equal(c->octets[6], i & 0xff);
		clip_put(c);
	}
	clip_store_free(s);
}

/* The longest unused one goes, and never one in use. */
static void test_eviction(void **state)
{
	struct clip_store *s = clip_store_new(300);
	struct clip *a = add(s, "a", 100, 'a'), *b = add(s, "b", 100, 'b'),
		    *c = add(s, "c", 100, 'c'), *d;

	(void)state;
	/* All in use: no room, and nothing is lost. */
	assert_null(add(s, "d", 1, 'd'));
	assert_int_equal(clip_store_octets(s), 300);
	clip_put(a);
	clip_put(b);
	a = clip_store_find(s, "a", NULL); /* now b is the older one */
	clip_put(a);
	d = add(s, "d", 50, 'd');
	assert_non_null(d);
	assert_null(clip_store_find(s, "b", NULL));
	a = clip_store_find(s, "a", NULL);
	assert_non_null(a);
	assert_int_equal(clip_store_octets(s), 250);
	assert_int_equal(c->octets[99], 'c');
	clip_put(a);
	clip_put(c);
	clip_put(d);
	/* Larger than everything: refused, although all could go. */
	assert_null(add(s, "e", 301, 'e'));
	assert_int_equal(clip_store_octets(s), 250);
	d = add(s, "e", 300, 'e');
	assert_non_null(d);
	assert_int_equal(clip_store_octets(s), 300);
	clip_put(d);
	clip_store_free(s);
}

/* A new version does not touch what is being played. */
static void test_replace(void **state)
{
	struct clip_store *s = clip_store_new(1000);
	struct clip *old = add(s, "a", 100, 1), *new = add(s, "a", 200, 2), *found;

	(void)state;
	assert_ptr_not_equal(old, new);
	assert_int_equal(old->octets[99], 1);
	found = clip_store_find(s, "a", NULL);
	assert_ptr_equal(found, new);
	assert_int_equal(clip_store_octets(s), 300);
	clip_put(found);
	clip_put(old);
	/* The next addition clears it away, with room enough too. */
	clip_put(add(s, "b", 1, 3));
	assert_int_equal(clip_store_octets(s), 201);
	clip_put(new);
	clip_store_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_eviction),
		cmocka_unit_test(test_replace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
