/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's configuration file: see configs/engine.conf, where each setting is
 * explained. Read once at the start.
 */
#ifndef ENGINE_CONFIG_H
#define ENGINE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/names.h"
#include "core/span/e1.h"

#define SPANS_MAX     16
#define SPAN_NAME_MAX 16
#define ADDRESS_MAX   64
#define DEVICE_MAX    64
#define LANGS_MAX     16

enum span_signalling { SIG_NONE, SIG_PRI_USER, SIG_PRI_NETWORK };
enum span_law { LAW_A, LAW_U };
enum span_clock { SPAN_CLOCK_AUTO, SPAN_CLOCK_LINE, SPAN_CLOCK_OWN };

struct span_cfg {
	char name[SPAN_NAME_MAX];
	char backend[16];
	char local[ADDRESS_MAX], remote[ADDRESS_MAX]; /* pseudowire */
	char device[DEVICE_MAX]; /* dahdi: span's number or name, or its card's location or id */
	int port; /* dahdi: of the spans that @device names, from 1 */
	bool configure; /* dahdi: the engine configures the span, not dahdi_cfg */
	bool ami; /* dahdi: line code is AMI, not HDB3 */
	enum span_clock clock; /* dahdi: what the card sends by */
	int block_ms, margin_ms; /* dahdi */
	enum e1_crc4 crc4;
	bool cas;
	enum span_law law;
	int echo_tail_ms; /* 0: no echo cancelling */
	enum span_signalling signalling;
	bool qsig; /* variant */
	bool overlap; /* accept overlap receiving */
	int dchannel; /* timeslot */
	int t309_s;
	int clock_priority; /* 1 first choice as clock reference, 0 never */
	int jitter_ms, jitter_max_ms;
	int weight; /* for hunting */
	char group[SPAN_NAME_MAX]; /* trunk group for originate */
};

struct lang_cfg {
	char lang[8];
	char voice[32];
	int rate, pitch;
};

struct capacity_cfg {
	int legs; /* calls at once */
	int load_percent; /* of the media thread's time */
	int prompt_cache_mb;
};

struct no_controller_cfg {
	int hold_ms;
	char announcement[PATH_MAX_LEN]; /* prompt, "" none */
	int cause; /* Q.850 */
};

struct engine_cfg {
	char socket[108]; /* sun_path */
	char tones[PATH_MAX_LEN]; /* country's tone plan */
	char prompt_dirs[8][PATH_MAX_LEN];
	size_t n_prompt_dirs;
	char speech_cache[PATH_MAX_LEN];
	char recordings[PATH_MAX_LEN]; /* directory */
	char traces[PATH_MAX_LEN]; /* directory */
	struct lang_cfg langs[LANGS_MAX];
	size_t n_langs;
	struct capacity_cfg capacity;
	struct no_controller_cfg no_controller;
	struct span_cfg spans[SPANS_MAX];
	size_t n_spans;
};

/** engine_config_load() - Return: 0, or negative with all errors in @errs */
int engine_config_load(const char *file, struct engine_cfg *cfg, struct conf_errors *errs);

#endif
