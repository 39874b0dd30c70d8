/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the protocol's items (file, say, tone, silence) to a playlist of sound in memory.
 */
#ifndef ENGINE_ITEMS_H
#define ENGINE_ITEMS_H

#include <jansson.h>
#include <stddef.h>

struct op;
struct playlist;

/**
 * items_load() - fill op->list and ask for the clips that are missing
 * @why: receives a sentence when the items are refused
 *
 * op->loading counts the clips under way; op_clip_ready() is called after each of them,
 * never from within this call. A clip that cannot be had leaves its reason in op->error.
 *
 * Return: 0, -EINVAL: the items are not right, -EAGAIN: too many requests under way.
 */
int items_load(struct op *op, const json_t *items, char *why, size_t n);

/** op_clip_ready() - in ops.c: one clip more is there, or could not be had */
void op_clip_ready(struct op *op);

/** playlist_free() - give the clips back */
void playlist_free(struct playlist *list);

#endif
