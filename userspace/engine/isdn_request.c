/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/isdn_private.h"

#include <errno.h>
#include <stdio.h>

#include "engine/isdn_text.h"

#define QSIG_NAME_MAX 50 /* ECMA-164 */
#define LAW_A         3 /* Q.931 4.5.5 octet 5 */

/* ---- requests --------------------------------------------------------------------------------- */

static struct pri_party_number number_out(const struct isdn_number *n)
{
	struct pri_party_number p = {
		.valid = 1,
		.presentation = (n->presentation & 3) << 5 | (n->screening & 3),
		.plan = (n->ton & 7) << 4 | (n->npi & 0x0f),
	};

	snprintf(p.str, sizeof(p.str), "%s", n->digits);
	return p;
}

/* Without a number libpri ignores the name too, so an empty number that is "not available" goes. */
static void caller_out(struct pri_sr *sr, const struct isdn_party *party)
{
	struct pri_party_id id = {.name = {.valid = 0}};

	if (!party->calling.digits[0] && !party->name[0] &&
	    party->calling.presentation == ISDN_PRES_ALLOWED)
		return;
	id.number = number_out(&party->calling);
	if (!party->calling.digits[0] && party->calling.presentation == ISDN_PRES_ALLOWED)
		id.number.presentation = PRES_NUMBER_NOT_AVAILABLE;
	if (party->name[0]) {
		id.name.valid = 1;
		id.name.presentation = party->calling.presentation == ISDN_PRES_RESTRICTED
					       ? PRI_PRES_RESTRICTED
					       : PRI_PRES_ALLOWED;
		id.name.char_set = isdn_name_out(id.name.str, QSIG_NAME_MAX + 1, party->name);
	}
	pri_sr_set_caller_party(sr, &id);
}

static void redirecting_out(struct pri_sr *sr, const struct isdn_redirecting *r)
{
	struct pri_party_redirecting p = {.count = r->count, .reason = r->reason};

	if (!r->from.digits[0])
		return;
	p.from.number = number_out(&r->from);
	pri_sr_set_redirecting_parties(sr, &p);
}

static int setup_check(struct isdn_link *l, const struct isdn_setup *s)
{
	if (!isdn_channel_exists(&l->calls, s->channel) ||
	    !isdn_digits_valid(s->party.called.digits, NUMBER_MAX) ||
	    !isdn_digits_valid(s->party.calling.digits, NUMBER_MAX) ||
	    !isdn_digits_valid(s->party.redirecting.from.digits, NUMBER_MAX))
		return -EINVAL;
	if (isdn_call_on_channel(&l->calls, s->channel, NULL))
		return -EBUSY;
	return l->up && l->layer1 ? 0 : -EAGAIN;
}

static int setup_send(struct isdn_link *l, q931_call *q, const struct isdn_setup *s)
{
	const struct isdn_number *called = &s->party.called;
	struct pri_sr *sr = pri_sr_new();
	char digits[NUMBER_MAX];
	int err;

	if (!sr)
		return -ENOMEM;
	snprintf(digits, sizeof(digits), "%s", called->digits);
	pri_sr_set_channel(sr, s->channel, s->exclusive, 0);
	pri_sr_set_bearer(sr, s->party.bearer, 0x20 | (s->party.law ? s->party.law : LAW_A));
	pri_sr_set_called(sr, digits, (called->ton & 7) << 4 | (called->npi & 0x0f), s->complete);
	caller_out(sr, &s->party);
	redirecting_out(sr, &s->party.redirecting);
	err = pri_setup(l->pri, q, sr);
	pri_sr_free(sr);
	return err ? -ENOMEM : 0;
}

int64_t isdn_setup(struct isdn_link *l, const struct isdn_setup *s)
{
	int err = setup_check(l, s);
	struct isdn_call *c;
	q931_call *q;

	if (err)
		return err;
	q = pri_new_call(l->pri);
	if (!q)
		return -ENOMEM;
	c = isdn_call_new(&l->calls, q, link_reference(l, q), true);
	if (c)
		err = setup_send(l, q, s);
	if (!c || err) {
		pri_destroycall(l->pri, q);
		if (c)
			c->state = CALL_FREE;
		return -ENOMEM;
	}
	c->channel = s->channel;
	c->asked = s->channel;
	c->exclusive = s->exclusive;
	return c->id;
}

int isdn_digits(struct isdn_link *l, uint32_t call, const char *digits)
{
	struct isdn_call *c = isdn_call_by_id(&l->calls, call);

	if (!c)
		return -ENOENT;
	if (c->state != CALL_OVERLAP_OUT)
		return -EPROTO;
	if (!isdn_digits_valid(digits, DIGITS_MAX))
		return -EINVAL;
	for (; *digits; digits++)
		pri_information(l->pri, c->record, *digits);
	return 0;
}

/*
 * Find an offered call whose state is at most @last, and settle its channel: the one that was
 * offered, or another free one if the offer left the choice. Return: 0 or negative errno
 */
static int answerable(struct isdn_link *l, uint32_t call, int channel, enum isdn_call_state last,
		      struct isdn_call **out)
{
	struct isdn_call *c = isdn_call_by_id(&l->calls, call);

	if (!c)
		return -ENOENT;
	if (c->outgoing || c->state > last)
		return -EPROTO;
	if (!channel)
		channel = c->channel;
	if (!isdn_channel_exists(&l->calls, channel) || isdn_call_on_channel(&l->calls, channel, c))
		return -EINVAL;
	if (channel != c->channel && (c->settled || (c->exclusive && c->channel)))
		return -EINVAL;
	c->channel = channel;
	c->settled = true;
	*out = c;
	return 0;
}

int isdn_need_more(struct isdn_link *l, uint32_t call, int channel)
{
	struct isdn_call *c;
	int err = answerable(l, call, channel, CALL_OFFERED, &c);

	if (err)
		return err;
	c->state = CALL_OVERLAP_IN;
	return pri_need_more_info(l->pri, c->record, c->channel, 0) ? -ENOMEM : 0;
}

int isdn_proceeding(struct isdn_link *l, uint32_t call, int channel)
{
	struct isdn_call *c;
	int err = answerable(l, call, channel, CALL_OVERLAP_IN, &c);

	if (err)
		return err;
	c->state = CALL_PROCEEDING_IN;
	return pri_proceeding(l->pri, c->record, c->channel, 0) ? -ENOMEM : 0;
}

int isdn_alerting(struct isdn_link *l, uint32_t call, int channel, bool inband)
{
	struct isdn_call *c;
	int err = answerable(l, call, channel, CALL_PROCEEDING_IN, &c);

	if (err)
		return err;
	c->state = CALL_ALERTING_IN;
	return pri_acknowledge(l->pri, c->record, c->channel, inband) ? -ENOMEM : 0;
}

int isdn_progress(struct isdn_link *l, uint32_t call, int channel, bool inband, int cause)
{
	struct isdn_call *c;
	int err;

	if (!inband || cause < 0 || cause > 127)
		return -EINVAL; /* a progress indicator is mandatory, and libpri has no other */
	err = answerable(l, call, channel, CALL_ALERTING_IN, &c);
	if (err)
		return err;
	if (c->state == CALL_OFFERED) {
		c->state = CALL_PROCEEDING_IN;
		pri_proceeding(l->pri, c->record, c->channel, 0);
	}
	if (cause)
		err = pri_progress_with_cause(l->pri, c->record, c->channel, 1, cause);
	else
		err = pri_progress(l->pri, c->record, c->channel, 1);
	return err ? -ENOMEM : 0;
}

int isdn_connect(struct isdn_link *l, uint32_t call, int channel)
{
	struct isdn_call *c;
	int err = answerable(l, call, channel, CALL_ALERTING_IN, &c);

	if (err)
		return err;
	c->state = CALL_CONNECTING;
	return pri_answer(l->pri, c->record, c->channel, 0) ? -ENOMEM : 0;
}

int isdn_hangup(struct isdn_link *l, uint32_t call, int cause)
{
	struct isdn_call *c = isdn_call_by_id(&l->calls, call);

	if (!c)
		return -ENOENT;
	if (cause < 1 || cause > 127)
		return -EINVAL;
	if (c->state != CALL_CLEARING && c->state != CALL_GONE)
		link_clear_call(l, c, cause);
	return 0;
}

int isdn_restart(struct isdn_link *l, int channel)
{
	if (channel && !isdn_channel_exists(&l->calls, channel))
		return -EINVAL;
	for (int ch = 1; ch <= 31; ch++) {
		if (isdn_channel_exists(&l->calls, ch) && (!channel || channel == ch))
			l->restart.wanted |= 1u << ch;
	}
	link_restart_next(l);
	return 0;
}

int isdn_service(struct isdn_link *l, int channel, int service)
{
	(void)service;
	if (channel && !isdn_channel_exists(&l->calls, channel))
		return -EINVAL;
	return -EOPNOTSUPP; /* SERVICE is North American; EuroISDN and QSIG have no such message */
}
