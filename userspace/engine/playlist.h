/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one play operation plays: made by the call thread, read by the media thread,
 * freed by the call thread when the operation has ended.
 */
#ifndef ENGINE_PLAYLIST_H
#define ENGINE_PLAYLIST_H

#include <stdint.h>

#include "core/channel/source.h"
#include "engine/clip.h"

struct playlist {
	unsigned int n;
	uint32_t rounds; /* how often the list is played; SOURCE_FOREVER */
	struct source_item items[SOURCE_ITEMS_MAX];
	struct clip *clips[SOURCE_ITEMS_MAX]; /* references held, NULL for tones and silence */
};

#endif
