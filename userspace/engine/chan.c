/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/chan.h"

#include <errno.h>
#include <string.h>

#include "core/channel/g711.h"
#include "engine/items.h"
#include "engine/playlist.h"
#include "engine/recorder.h"

#define LEVEL_SHIFT 8 /* 32 ms */

/*
 * Below -42 dBm0 over 32 ms is silence: rms 32767 * 10^((-42 - 6.16) / 20) = 128, squared, in the
 * meter's unit of 2^-24.
 */
#define SILENCE_POWER ((uint64_t)128 * 128 << 24)

int chan_init(struct chan *c, struct chan_id id, enum span_law law, unsigned int echo_tail_ms,
	      const struct detect_plan *plan)
{
	memset(c, 0, sizeof(*c));
	c->id = id;
	c->law = law;
	c->detect = detect_new(plan, id.ts * TICK_SAMPLES);
	if (echo_tail_ms)
		c->echo = echo_new(echo_tail_ms, law, id.span * 31u + id.ts * 37u);
	return c->detect && (c->echo || !echo_tail_ms) ? 0 : -ENOMEM;
}

void chan_free(struct chan *c)
{
	if (c->list)
		playlist_free(c->list);
	detect_free(c->detect);
	echo_free(c->echo);
}

uint8_t chan_idle_octet(enum span_law law)
{
	return law == LAW_A ? ALAW_IDLE : ULAW_IDLE;
}

static void emit(const struct chan *c, const struct chan_sink *sink, struct media_event ev)
{
	ev.chan = c->id;
	sink->event(sink->ctx, &ev);
}

static void end_play(struct chan *c, int64_t sample, bool stopped, const struct chan_sink *sink)
{
	if (!c->list)
		return;
	emit(c, sink,
	     (struct media_event){.type = MEV_PLAY_END,
				  .sample = sample,
				  .op = c->play_op,
				  .list = c->list,
				  .value = (int64_t)c->source.total,
				  .stopped = stopped});
	c->list = NULL;
}

static bool records_without_digits(const struct chan *c)
{
	return c->tape.recording && c->tape.no_digits;
}

/* Digits are looked for by those who want to know them, and by those who must not keep them. */
static void listen(struct chan *c)
{
	bool digits = c->is_private || records_without_digits(c) ||
		      (c->peer && records_without_digits(c->peer));

	detect_set(c->detect, c->asked | (digits ? DETECT_DTMF : 0));
}

/* What was not asked for before begins anew: nobody is told the end of what nobody was told. */
static void ask(struct chan *c, uint32_t flags)
{
	detect_set(c->detect, c->detect->flags & ~(flags & ~c->asked));
	c->asked = flags;
	listen(c);
}

enum record_end { RECORD_LET_GO, RECORD_SILENT, RECORD_FULL };

static void end_record(struct chan *c, int64_t sample, enum record_end why,
		       const struct chan_sink *sink)
{
	struct recording *recording = c->tape.recording;

	if (!recording)
		return;
	tape_end(&c->tape);
	listen(c);
	if (c->peer)
		listen(c->peer);
	emit(c, sink,
	     (struct media_event){.type = MEV_RECORD_END,
				  .sample = sample,
				  .op = c->record_op,
				  .recording = recording,
				  .silent = why == RECORD_SILENT,
				  .full = why == RECORD_FULL});
}

static void disconnect(struct chan *c)
{
	struct chan *peer = c->peer;

	if (!peer)
		return;
	peer->peer = NULL;
	c->peer = NULL;
	listen(peer);
	listen(c);
}

static void open_chan(struct chan *c, const struct media_cmd *cmd)
{
	c->open = true;
	c->leg = cmd->op;
	level_meter_init(&c->level, LEVEL_SHIFT);
	c->is_private = false;
	c->asked = 0;
	ask(c, cmd->flags & ~OPEN_DATA);
	c->data = cmd->flags & OPEN_DATA;
	if (c->echo)
		echo_reset(c->echo, c->lag_ms);
}

static void close_chan(struct chan *c, uint32_t op, int64_t sample, const struct chan_sink *sink)
{
	disconnect(c);
	end_play(c, sample, true, sink);
	end_record(c, sample, RECORD_LET_GO, sink);
	c->is_private = false;
	ask(c, 0);
	c->open = false;
	atomic_store_explicit(&c->level_power, 0, memory_order_relaxed);
	emit(c, sink, (struct media_event){.type = MEV_CLOSED, .sample = sample, .op = op});
}

static void play(struct chan *c, const struct media_cmd *cmd, int64_t sample,
		 const struct chan_sink *sink)
{
	end_play(c, sample, true, sink);
	source_init(&c->source, cmd->list->rounds);
	for (unsigned int i = 0; i < cmd->list->n; i++)
		source_add(&c->source, &cmd->list->items[i]);
	c->list = cmd->list;
	c->play_op = cmd->op;
	c->leaving_ms = 0;
	if (!c->open)
		end_play(c, sample, true, sink);
}

static void record(struct chan *c, const struct media_cmd *cmd, int64_t sample,
		   const struct chan_sink *sink)
{
	end_record(c, sample, RECORD_LET_GO, sink);
	tape_start(&c->tape, cmd->recording, cmd->flags & RECORD_NO_DIGITS);
	c->record_op = cmd->op;
	c->silence = cmd->silence;
	c->record_left = cmd->max ? cmd->max : INT64_MAX;
	c->silent_for = 0;
	listen(c);
	if (c->peer)
		listen(c->peer);
	if (!c->open)
		end_record(c, sample, RECORD_LET_GO, sink);
}

static void connect_chans(struct chan *c, struct chan *peer)
{
	if (!c->open || !peer || !peer->open || peer == c)
		return;
	disconnect(c);
	disconnect(peer);
	c->peer = peer;
	peer->peer = c;
	listen(c);
	listen(peer);
}

void chan_command(struct chan *c, struct chan *peer, const struct media_cmd *cmd, int64_t sample,
		  const struct chan_sink *sink)
{
	switch (cmd->type) {
	case MCMD_OPEN: open_chan(c, cmd); break;
	case MCMD_CLOSE: close_chan(c, cmd->op, sample, sink); break;
	case MCMD_PLAY: play(c, cmd, sample, sink); break;
	case MCMD_STOP_PLAY:
		if (c->list && c->play_op == cmd->op)
			end_play(c, sample, true, sink);
		break;
	case MCMD_RECORD: record(c, cmd, sample, sink); break;
	case MCMD_STOP_RECORD:
		if (c->tape.recording && c->record_op == cmd->op)
			end_record(c, sample, RECORD_LET_GO, sink);
		break;
	case MCMD_DETECT:
		if (c->open)
			ask(c, cmd->flags);
		break;
	case MCMD_PRIVATE:
	case MCMD_PUBLIC:
		c->is_private = c->open && cmd->type == MCMD_PRIVATE;
		listen(c);
		break;
	case MCMD_CONNECT: connect_chans(c, peer); break;
	case MCMD_DISCONNECT: disconnect(c); break;
	case MCMD_CAS:
	case MCMD_DCHAN_FRAME: break; /* a span's, not a channel's */
	}
}

static struct media_event digit_event(const struct dtmf_event *d)
{
	return (struct media_event){
		.type = d->type == DTMF_BEGIN ? MEV_DIGIT : MEV_DIGIT_END,
		.at = d->start,
		.value = d->end,
		.digit = d->digit,
		.heard = {.dbm0 = {d->dbm0[0], d->dbm0[1]},
			  .offset = {d->offset[0], d->offset[1]},
			  .snr_db = d->snr_db},
	};
}

static struct media_event fax_event(const struct faxtone_event *f)
{
	static const char names[] = {[FAXTONE_CNG] = 'c',
				     [FAXTONE_ANS] = 'a',
				     [FAXTONE_ANSAM] = 'm',
				     [FAXTONE_REVERSAL] = 'r',
				     [FAXTONE_V21] = 'v'};

	return (struct media_event){.type = MEV_FAX,
				    .at = f->at,
				    .digit = names[f->type],
				    .heard = {.dbm0 = {f->dbm0}, .hz = f->hz}};
}

static struct media_event tone_event(const struct progress_event *p)
{
	return (struct media_event){.type = MEV_TONE,
				    .at = p->at,
				    .value = p->tone,
				    .stopped = p->over,
				    .heard = {.dbm0 = {p->dbm0}, .hz = p->hz}};
}

static void tell_detected(struct chan *c, int64_t sample, const struct chan_sink *sink)
{
	for (unsigned int i = 0; i < c->detect->n_ev; i++) {
		const struct toneset_event *t = &c->detect->ev[i];
		struct media_event ev;

		switch (t->type) {
		case TONESET_DIGIT:
			if (!(c->asked & DETECT_DTMF))
				continue;
			ev = digit_event(&t->digit);
			break;
		case TONESET_FAX: ev = fax_event(&t->fax); break;
		case TONESET_NETWORK: ev = tone_event(&t->progress); break;
		default: continue; /* not asked for */
		}
		ev.sample = sample;
		ev.op = c->leg;
		emit(c, sink, ev);
	}
}

static void watch_silence(struct chan *c, int64_t sample, const struct chan_sink *sink)
{
	if (!c->tape.recording || !c->silence)
		return;
	c->silent_for = c->level.power < SILENCE_POWER ? c->silent_for + TICK_SAMPLES : 0;
	if (c->silent_for >= c->silence)
		end_record(c, sample, RECORD_SILENT, sink);
}

void chan_rx(struct chan *c, int64_t sample, const uint8_t octets[TICK_SAMPLES],
	     const struct chan_sink *sink)
{
	int16_t pcm[TICK_SAMPLES], linear[TICK_SAMPLES];
	bool echo = c->echo && !c->data;

	memcpy(c->line_rx, octets, TICK_SAMPLES);
	if (echo)
		echo_cancel(c->echo, c->line_rx, linear, TICK_SAMPLES);
	for (int i = 0; i < TICK_SAMPLES; i++)
		c->rx[i] = c->law == LAW_A ? c->line_rx[i] : ulaw_to_a(c->line_rx[i]);
	alaw_decode_block(pcm, c->rx, TICK_SAMPLES);
	level_meter_feed(&c->level, pcm, TICK_SAMPLES);
	atomic_store_explicit(&c->level_power, c->level.power, memory_order_relaxed);
	if (c->detect->flags && detect_feed(c->detect, sample, echo ? linear : pcm, TICK_SAMPLES))
		tell_detected(c, sample, sink);
	watch_silence(c, sample, sink);
}

/* What the channel says to its line: playing first, then the peer, then nothing. */
static void choose_tx(struct chan *c, int64_t sample, uint8_t out[TICK_SAMPLES], bool *line_law,
		      const struct chan_sink *sink)
{
	size_t n = 0;

	*line_law = false;
	if (c->list) {
		n = source_read(&c->source, out, TICK_SAMPLES);
		if (c->source.state != SOURCE_PLAYING && c->leaving_ms++ >= c->lag_ms)
			end_play(c, sample, false, sink);
	}
	if (n == 0 && c->peer && c->peer->law == c->law) {
		*line_law = true;
		memcpy(out, c->peer->line_rx, TICK_SAMPLES);
	} else if (n == 0 && !c->peer) {
		*line_law = true;
		memset(out, chan_idle_octet(c->law), TICK_SAMPLES);
	} else if (c->peer) {
		memcpy(out + n, c->peer->rx + n, TICK_SAMPLES - n);
	} else {
		memset(out + n, ALAW_IDLE, TICK_SAMPLES - n);
	}
}

static struct tape_voice voice_of(const struct chan *c)
{
	if (!c)
		return (struct tape_voice){0};
	return (struct tape_voice){.dtmf = &c->detect->tones.dtmf, .is_private = c->is_private};
}

static void put_on_tape(struct chan *c, int64_t sample, const uint8_t out[TICK_SAMPLES],
			const struct chan_sink *sink)
{
	const uint8_t *octets[TAPE_TRACKS] = {[TAPE_FROM_LINE] = c->rx, [TAPE_TO_LINE] = out};
	struct tape_voice voice[TAPE_TRACKS] = {
		[TAPE_FROM_LINE] = voice_of(c), [TAPE_TO_LINE] = voice_of(c->peer)};

	tape_put(&c->tape, sample, octets, voice, TICK_SAMPLES);
	c->record_left -= TICK_SAMPLES;
	if (c->record_left <= 0)
		end_record(c, sample, RECORD_FULL, sink);
}

void chan_tx(struct chan *c, int64_t sample, uint8_t octets[TICK_SAMPLES],
	     const struct chan_sink *sink)
{
	uint8_t out[TICK_SAMPLES];
	bool line_law;

	choose_tx(c, sample, out, &line_law, sink);
	for (int i = 0; i < TICK_SAMPLES; i++) {
		bool as_is = line_law || c->law == LAW_A;

		octets[i] = as_is ? out[i] : alaw_to_u(out[i]);
		if (line_law && c->law == LAW_U)
			out[i] = ulaw_to_a(out[i]);
	}
	if (c->echo && !c->data)
		echo_sent(c->echo, octets, TICK_SAMPLES);
	if (c->tape.recording)
		put_on_tape(c, sample, out, sink);
}
