/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call record: what is kept of one leg when it has ended, as octets and back.
 * Pure; docs/store.md has the encoding.
 */
#ifndef STORE_CDR_H
#define STORE_CDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/names.h"

#define CDR_VERSION      1
#define CDR_SIZE_MAX     8192 /* encoded [octets] */
#define CDR_WORD_MAX     32 /* span, flow, step, outcome, by; with the 0 */
#define CDR_INSTANCE_MAX 64
#define CDR_DIGITS_MAX   256 /* all digits of a call, with the 0 */
#define CDR_STEPS_MAX    32
#define CDR_RECORDINGS   16

struct cdr_id {
	uint32_t site; /* 1.. */
	uint64_t seq; /* 1.. , no number twice at a site */
};

struct cdr {
	struct cdr_id id; /* given by calls_put() */
	/* Together the key against a second record of the same leg. */
	char instance[CDR_INSTANCE_MAX];
	uint64_t leg;

	uint8_t outgoing; /* 1: we called */
	uint16_t channel;
	char span[CDR_WORD_MAX];
	char called[NUMBER_MAX], calling[NUMBER_MAX];
	char presentation[CDR_WORD_MAX]; /* "allowed", "restricted" ... as the engine says */
	char name[NAME_MAX_LEN];
	char redirecting[NUMBER_MAX];
	/* [µs since 1970 UTC] and [samples]; 0 and -1: it did not happen */
	int64_t offered_us, answered_us, ended_us;
	int64_t offered_sample, answered_sample, ended_sample;
	uint8_t cause; /* Q.850; 0 unknown */
	uint8_t location; /* of the cause, Q.850 table 2 */
	char by[CDR_WORD_MAX]; /* who ended it, the engine's word; "engine": it died */
	char digits[CDR_DIGITS_MAX];

	char flow[CDR_WORD_MAX];
	char outcome[CDR_WORD_MAX]; /* what the contact was waiting for at the end */
	char steps[CDR_STEPS_MAX][CDR_WORD_MAX]; /* the last ones, oldest first */
	uint8_t n_steps;
	uint32_t visited; /* steps in all */
	char recordings[CDR_RECORDINGS][PATH_MAX_LEN];
	uint8_t n_recordings;
	uint64_t partner; /* leg it was bridged with last, 0 none */
	uint64_t event; /* number of the engine's event that ended it */
};

/** cdr_encode() - Return: octets written to @buf (CDR_SIZE_MAX), -EMSGSIZE cannot happen for a valid one */
int cdr_encode(const struct cdr *c, void *buf, size_t size);

/**
 * cdr_decode() - octets back, also those of an older or newer version
 * Members that this version does not know are passed over.
 * Return: 0, -EBADMSG (@c is then undefined).
 */
int cdr_decode(struct cdr *c, const void *buf, size_t len);

/** cdr_id_text() - "1-4711" */
void cdr_id_text(struct cdr_id id, char *buf, size_t size);
/** cdr_id_parse() - Return: 0, -EINVAL */
int cdr_id_parse(const char *text, struct cdr_id *id);

#endif
