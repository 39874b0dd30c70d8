/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/call/q931_screen.h"

#include <errno.h>
#include <string.h>

#define FRAME_MAX        264 /* address 2 + control 2 + N201 260, Q.921 5.9.3 */
#define ELEMENTS_MAX     32
#define SAME_ELEMENT_MAX 8
#define BER_DEPTH        16
#define BER_COMPONENTS   10

#define SAPI_CALL_CONTROL 0
#define SAPI_MANAGEMENT   63
#define TEI_PRIMARY       0
#define TEI_GROUP         127

enum shape {
	PLAIN,
	OCTET_GROUP, /* begins with octets of which the last has bit 8 set, Q.931 4.5.1 rule e */
	BEARER,
	CAUSE,
	CHANNEL,
	FACILITY,
};

struct element_rule {
	uint8_t codeset, id;
	uint8_t min, max; /* octets after the length octet; max 0: what fits */
	enum shape shape;
};

/*
 * What libpri 1.6.0 reads without looking at the element's length, and what it needs to be right.
 * "Runs on": searches octets with the extension bit beyond the element. "Reads n": that many
 * octets whatever the length says.
 */
static const struct element_rule rules[] = {
	{0, 0x01, 1, 0, PLAIN}, /* change status: reads 1 */
	/* bearer capability: reads 2, 3 for multirate, and looks for octets 5 to 7 in the two octets
	 * behind the element, which the caller has to have there */
	{0, 0x04, 2, 11, BEARER},
	{0, 0x08, 2, 0, CAUSE}, /* cause: reads 2, 3 with octet 3a */
	{0, 0x0c, 1, 0, OCTET_GROUP}, /* connected address: runs on */
	{0, 0x14, 1, 0, PLAIN}, /* call state: reads 1 */
	{0, 0x18, 1, 0,
	 CHANNEL}, /* channel identification: its trace shifts a long map out of an int */
	{0, 0x1c, 2, 0, FACILITY}, /* facility: reads 1 */
	{0, 0x1e, 2, 0, PLAIN}, /* progress indicator: reads 2 */
	{0, 0x20, 2, 0, PLAIN}, /* network-specific facilities: its trace reads 2 */
	{0, 0x27, 1, 0, PLAIN}, /* notification indicator: reads 1 */
	{0, 0x28, 1, 0, PLAIN}, /* display: reads 1, then takes length - 1, which wraps to 255 */
	{0, 0x2c, 1, 0, PLAIN}, /* keypad facility */
	{0, 0x4a, 1, 0, PLAIN}, /* reverse charging: reads 1 */
	{0, 0x4c, 1, 0, OCTET_GROUP}, /* connected number: runs on */
	/* Subaddresses: more than 20 octets are refused as text, but their length is kept and later
	 * copied from and to arrays of 21 and 32 octets. */
	{0, 0x4d, 1, 21, PLAIN}, /* connected subaddress */
	{0, 0x6c, 1, 0, OCTET_GROUP}, /* calling party number: runs on */
	{0, 0x6d, 1, 21, PLAIN}, /* calling party subaddress */
	{0, 0x70, 1, 0, PLAIN}, /* called party number: reads 1 */
	{0, 0x71, 1, 21, PLAIN}, /* called party subaddress */
	{0, 0x73, 1, 0, OCTET_GROUP}, /* original called number: runs on */
	{0, 0x74, 1, 0, OCTET_GROUP}, /* redirecting number: runs on */
	{0, 0x75, 2, 22, PLAIN}, /* redirecting subaddress: its trace reads 1 */
	{0, 0x76, 1, 0, OCTET_GROUP}, /* redirection number: runs on */
	{0, 0x79, 1, 0, PLAIN}, /* restart indicator: reads 1 */
	{0, 0x7e, 1, 0, PLAIN}, /* user-user: reads 1 */
	{5, 0x32, 1, 0, PLAIN}, /* calling party category: its trace reads 1 */
	{6, 0x01, 1, 0, PLAIN}, /* originating line information: reads 1 */
	{6, 0x1c, 2, 0, FACILITY},
	{6, 0x28, 1, 0, PLAIN},
	{6, 0x37, 1, 5, PLAIN}, /* generic digits: its number overflows an int beyond 9 digits */
};

static const char *const reason_names[Q931_REASONS] = {
	[Q931_PASS] = "pass",
	[Q931_SHORT] = "too short",
	[Q931_LONG] = "too long",
	[Q931_ADDRESS] = "address",
	[Q931_CONTROL] = "control field",
	[Q931_INFO_FIELD] = "information field",
	[Q931_DISCRIMINATOR] = "protocol discriminator",
	[Q931_CALL_REFERENCE] = "call reference",
	[Q931_MESSAGE_TYPE] = "message type",
	[Q931_ELEMENT_CUT] = "element cut",
	[Q931_ELEMENT_SIZE] = "element size",
	[Q931_ELEMENT_CONTENT] = "element content",
	[Q931_ELEMENT_COUNT] = "element count",
	[Q931_COMPONENT] = "facility component",
};

/* ---- elements ------------------------------------------------------------------------------- */

struct element {
	uint8_t codeset, id;
	struct reader body; /* empty for a single-octet element */
};

struct element_walk {
	struct reader left;
	uint8_t locked; /* codeset until further notice */
};

/* Q.931 4.5.2 to 4.5.4: shifts are followed here. Return: 1 an element, 0 no more, -EBADMSG cut off. */
static int element_next(struct element_walk *w, struct element *e)
{
	uint8_t codeset = w->locked;

	while (rd_left(&w->left)) {
		uint8_t id = rd_u8(&w->left);

		if ((id & 0xf8) == 0x90) { /* locking shift; to codeset 0 it is forbidden */
			if (id & 7)
				w->locked = id & 7;
			codeset = w->locked;
			continue;
		}
		if ((id & 0xf8) == 0x98) { /* non-locking shift: for the next element only */
			codeset = id & 7;
			continue;
		}
		e->codeset = codeset;
		e->id = id;
		rd_init(&e->body, NULL, 0);
		if (id & 0x80)
			return 1;
		if (!rd_left(&w->left) || rd_take(&w->left, rd_u8(&w->left), &e->body) < 0)
			return -EBADMSG;
		return 1;
	}
	return 0;
}

/* ---- ASN.1 of facility elements: shape only, X.690 8.1 --------------------------------------- */

/* Long form of more than two octets cannot be right in a frame of 264 and overflows in libpri. */
static int ber_length(struct reader *r, bool constructed, bool *indefinite, size_t *len)
{
	uint8_t first = rd_u8(r);

	*indefinite = first == 0x80;
	*len = first;
	if (*indefinite)
		return constructed ? 0 : -EBADMSG;
	if (first == 0x81)
		*len = rd_u8(r);
	else if (first == 0x82)
		*len = rd_be16(r);
	else if (first & 0x80)
		return -EBADMSG;
	return rd_bad(r) || *len > rd_left(r) ? -EBADMSG : 0;
}

/* Return: the identifier's first octet, or -EBADMSG */
static int ber_tag(struct reader *r)
{
	uint8_t tag = rd_u8(r);

	if ((tag & 0x1f) == 0x1f && (rd_u8(r) & 0x80) && (rd_u8(r) & 0x80))
		return -EBADMSG; /* high tag numbers above 14 bits */
	return rd_bad(r) ? -EBADMSG : tag;
}

static bool ber_end_of_contents(struct reader *r)
{
	if (rd_left(r) < 2 || r->at[0] || r->at[1])
		return false;
	rd_skip(r, 2);
	return true;
}

static int ber_check(struct reader all)
{
	struct {
		size_t left_after; /* octets left when this level ends */
		bool indefinite;
	} level[BER_DEPTH] = {{0, false}};
	int depth = 0, components = 0;

	for (;;) {
		bool indefinite;
		size_t len;
		int tag;

		if (level[depth].indefinite ? ber_end_of_contents(&all)
					    : rd_left(&all) == level[depth].left_after) {
			if (depth-- == 0)
				return 0;
			continue;
		}
		if (depth == 0 && ++components > BER_COMPONENTS)
			return -EBADMSG;
		tag = ber_tag(&all);
		if (tag < 0 || ber_length(&all, tag & 0x20, &indefinite, &len) < 0)
			return -EBADMSG;
		if (rd_left(&all) < level[depth].left_after + (indefinite ? 2 : len))
			return -EBADMSG;
		if (!(tag & 0x20)) {
			rd_skip(&all, len);
			continue;
		}
		if (++depth == BER_DEPTH)
			return -EBADMSG;
		level[depth].indefinite = indefinite;
		level[depth].left_after =
			indefinite ? level[depth - 1].left_after : rd_left(&all) - len;
	}
}

/* Q.932 8.2.3: protocol profile, then components; other profiles are not looked into */
static enum q931_reason facility_check(struct reader r)
{
	uint8_t profile = rd_u8(&r);

	if ((profile & 0x1f) != 0x11 && (profile & 0x1f) != 0x1f)
		return Q931_PASS;
	if (!(profile & 0x80))
		rd_u8(&r);
	return ber_check(r) < 0 ? Q931_COMPONENT : Q931_PASS;
}

/* ---- the rules -------------------------------------------------------------------------------- */

/* Octets 3, 3a, 3b: the last one has bit 8 set, and it must be here. */
static enum q931_reason octet_group_check(struct reader r)
{
	for (int i = 0; i < 3 && rd_left(&r); i++) {
		if (rd_u8(&r) & 0x80)
			return Q931_PASS;
	}
	return Q931_ELEMENT_CONTENT;
}

/* Q.931 4.5.13: a slot map of an E1 has four octets, one of 24 channels three. */
static enum q931_reason channel_check(struct reader r)
{
	uint8_t octet = rd_u8(&r);

	if (octet & 0x40) { /* octet 3.1: interface identifier, as long as its bit 8 is 0 */
		while (rd_left(&r) && !(rd_u8(&r) & 0x80))
			;
	}
	if (rd_u8(&r) & 0x10)
		return rd_left(&r) > 4 ? Q931_ELEMENT_SIZE : Q931_PASS;
	return Q931_PASS;
}

static enum q931_reason shape_check(enum shape shape, struct reader r)
{
	switch (shape) {
	case OCTET_GROUP: return octet_group_check(r);
	case BEARER: /* multirate has its multiplier in octet 4.1, Q.931 4.5.5 */
		return (r.at[1] & 0x7f) == 0x18 && rd_left(&r) < 3 ? Q931_ELEMENT_SIZE : Q931_PASS;
	case CAUSE: /* octet 3a when octet 3 says so, Q.850 2.2.2 */
		return !(r.at[0] & 0x80) && rd_left(&r) < 3 ? Q931_ELEMENT_SIZE : Q931_PASS;
	case CHANNEL: return channel_check(r);
	case FACILITY: return facility_check(r);
	case PLAIN: break;
	}
	return Q931_PASS;
}

static enum q931_reason element_check(const struct element *e)
{
	size_t len = rd_left(&e->body);

	if (e->id & 0x80)
		return Q931_PASS;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct element_rule *rule = &rules[i];

		if (rule->codeset != e->codeset || rule->id != e->id)
			continue;
		if (len < rule->min || (rule->max && len > rule->max))
			return Q931_ELEMENT_SIZE;
		return shape_check(rule->shape, e->body);
	}
	return Q931_PASS;
}

static enum q931_reason elements_check(struct reader elements)
{
	struct element_walk w = {elements, 0};
	uint8_t seen[128] = {0}; /* over all codesets */
	enum q931_reason r;
	struct element e;
	int total = 0, more;

	while ((more = element_next(&w, &e)) > 0) {
		if (++total > ELEMENTS_MAX)
			return Q931_ELEMENT_COUNT;
		if (!(e.id & 0x80) && ++seen[e.id] > SAME_ELEMENT_MAX)
			return Q931_ELEMENT_COUNT;
		r = element_check(&e);
		if (r)
			return r;
	}
	return more < 0 ? Q931_ELEMENT_CUT : Q931_PASS;
}

/* Q.931 4.3. The dummy reference (length 0) would reach a record that libpri does not guard. */
static int reference_read(struct reader *r, struct q931_message *m)
{
	uint8_t length = rd_u8(r);
	uint16_t v;

	if (length == 1) {
		v = rd_u8(r);
		m->flag = v & 0x80;
		m->reference = v & 0x7f;
	} else if (length == 2) {
		v = rd_be16(r);
		m->flag = v & 0x8000;
		m->reference = v & 0x7fff;
	} else {
		return -EBADMSG;
	}
	return rd_bad(r) ? -EBADMSG : 0;
}

/*
 * Q.931 5.8.3.2: the global reference belongs to RESTART and STATUS, and only to these; a SETUP or
 * RESTART comes from the side that chose the reference, RESTART ACKNOWLEDGE goes to it. Libpri
 * lets a RESTART freeze the call it names and a SETUP overwrite one of ours.
 */
static bool reference_fits(const struct q931_message *m)
{
	switch (m->type) {
	case Q931_TYPE_RESTART: return !m->reference && !m->flag;
	case Q931_TYPE_RESTART_ACK: return !m->reference && m->flag;
	case Q931_TYPE_STATUS: return true;
	case Q931_TYPE_SETUP: return m->reference && !m->flag;
	default: return m->reference;
	}
}

static enum q931_reason head_read(struct reader r, struct q931_message *m)
{
	if (rd_u8(&r) != 0x08)
		return Q931_DISCRIMINATOR;
	if (reference_read(&r, m) < 0)
		return Q931_CALL_REFERENCE;
	if (!rd_left(&r))
		return Q931_MESSAGE_TYPE;
	m->type = rd_u8(&r);
	if (m->type & 0x80)
		return Q931_MESSAGE_TYPE;
	m->elements = r;
	return reference_fits(m) ? Q931_PASS : Q931_CALL_REFERENCE;
}

/* ---- Q.921 ------------------------------------------------------------------------------------ */

/* TEI management, Q.921 5.3: entity 0x0f, reference number 2, type, action indicator */
static enum q931_reason management_check(const uint8_t *f, size_t len)
{
	if (f[2] != 0x03)
		return Q931_CONTROL;
	return len >= 8 && f[3] == 0x0f ? Q931_PASS : Q931_INFO_FIELD;
}

static enum q931_reason unnumbered_check(const uint8_t *f, size_t len)
{
	switch (f[2] & ~0x10) {
	case 0x6f: /* SABME */
	case 0x0f: /* DM */
	case 0x43: /* DISC */
	case 0x63: /* UA */ return len == 3 ? Q931_PASS : Q931_INFO_FIELD;
	case 0x87: /* FRMR: five octets, Q.921 3.6.11 */
		return len == 8 ? Q931_PASS : Q931_INFO_FIELD;
	default: /* UI, XID, undefined */ return Q931_CONTROL;
	}
}

static enum q931_reason supervisory_check(const uint8_t *f, size_t len)
{
	if (f[2] != 0x01 && f[2] != 0x05 && f[2] != 0x09) /* RR, RNR, REJ */
		return Q931_CONTROL;
	if (len < 4)
		return Q931_SHORT;
	return len == 4 ? Q931_PASS : Q931_INFO_FIELD;
}

static enum q931_reason message_check(const uint8_t *f, size_t len)
{
	struct q931_message m;
	struct reader r;
	enum q931_reason why;

	if (len == 4)
		return Q931_INFO_FIELD;
	rd_init(&r, f + 4, len - 4);
	why = head_read(r, &m);
	return why ? why : elements_check(m.elements);
}

static enum q931_reason address_check(const uint8_t *f, size_t len, bool *management)
{
	uint8_t sapi, tei;

	if (len < 3)
		return Q931_SHORT;
	if (len > FRAME_MAX)
		return Q931_LONG;
	if ((f[0] & 1) || !(f[1] & 1))
		return Q931_ADDRESS;
	sapi = f[0] >> 2;
	tei = f[1] >> 1;
	*management = sapi == SAPI_MANAGEMENT && tei == TEI_GROUP;
	return *management || (sapi == SAPI_CALL_CONTROL && tei == TEI_PRIMARY) ? Q931_PASS
										: Q931_ADDRESS;
}

static enum q931_reason frame_check(const uint8_t *f, size_t len, size_t *keep)
{
	bool management;
	enum q931_reason r = address_check(f, len, &management);

	*keep = 0;
	if (r)
		return r;
	if (management) {
		r = management_check(f, len);
	} else if ((f[2] & 3) == 3) {
		r = unnumbered_check(f, len);
	} else if (f[2] & 1) {
		r = supervisory_check(f, len);
	} else {
		if (len < 4)
			return Q931_SHORT;
		*keep = 4;
		r = message_check(f, len);
	}
	if (!r)
		*keep = len;
	return r;
}

/* ---- public ----------------------------------------------------------------------------------- */

enum q931_reason q931_screen_frame(struct q931_screen *s, const uint8_t *frame, size_t len,
				   size_t *keep)
{
	enum q931_reason r = frame_check(frame, len, keep);

	if (s && r)
		s->refused[r]++;
	else if (s)
		s->passed++;
	return r;
}

uint64_t q931_screen_refused(const struct q931_screen *s)
{
	uint64_t sum = 0;

	for (int i = 0; i < Q931_REASONS; i++)
		sum += s->refused[i];
	return sum;
}

const char *q931_reason_name(enum q931_reason r)
{
	return (unsigned)r < Q931_REASONS ? reason_names[r] : "?";
}

int q931_message(const uint8_t *frame, size_t len, struct q931_message *m)
{
	struct q931_message found;
	struct reader r;
	bool management;

	if (address_check(frame, len, &management) || management || (frame[2] & 1) || len <= 4)
		return -ENOENT;
	rd_init(&r, frame + 4, len - 4);
	switch (head_read(r, &found)) {
	case Q931_PASS: *m = found; return 0;
	case Q931_DISCRIMINATOR: return -ENOENT;
	default: return -EBADMSG;
	}
}

int q931_element(const struct q931_message *m, uint8_t id, struct reader *contents)
{
	struct element_walk w = {m->elements, 0};
	struct element e;

	while (element_next(&w, &e) > 0) {
		if (e.codeset == 0 && e.id == id) {
			*contents = e.body;
			return 0;
		}
	}
	return -ENOENT;
}
