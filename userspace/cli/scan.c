/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strowger scan: cards and lines found, what is wrong and what to do about it.
 */
#include "cli/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <dahdi/user.h>

#include "cli/cli.h"
#include "cli/table.h"

#define CTL     "/dev/dahdi/ctl"
#define COUNTRY "CN"
#define DRIVER  "strowger"

/* The worst first: of several only the first is advised on. */
static const struct {
	int bit;
	const char *name, *advice;
} alarms_known[] = {
	{DAHDI_ALARM_NOTOPEN, "NOTOPEN", "the card does not answer, or the span is not started"},
	{DAHDI_ALARM_LOS, "LOS",
	 "no signal comes in: the cable, its pairs (receive 1-2, send 4-5), the far end's power"},
	{DAHDI_ALARM_BLUE, "AIS",
	 "all ones come in: equipment on the way works, the line behind it does not; ask its "
	 "operator"},
	{DAHDI_ALARM_LFA, "LFA",
	 "a signal without E1 frames comes in: is the far end an E1, unstructured, or AMI?"},
	{DAHDI_ALARM_LMFA, "LMFA",
	 "frames without multiframes come in: CRC-4 at one end only; try --listen"},
	{DAHDI_ALARM_RED, "RED", "no E1 frames come in: cable, far end, framing"},
	{DAHDI_ALARM_YELLOW, "RAI",
	 "the far end does not understand us: our send pair, or it wants another framing"},
	{DAHDI_ALARM_LOOPBACK, "LOOP", "a loop is closed: dahdi_maint -s SPAN --loopback off"},
	{DAHDI_ALARM_RECOVER, "RECOVER", "the line is coming back: look again in a moment"},
};

#define N_ALARMS (sizeof(alarms_known) / sizeof(alarms_known[0]))

const char *scan_alarms(int alarms, char *buf, size_t size)
{
	size_t n = 0;

	snprintf(buf, size, "-");
	for (size_t i = 0; i < N_ALARMS && n < size; i++)
		if (alarms & alarms_known[i].bit)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? "," : "",
					      alarms_known[i].name);
	return buf;
}

/* ---- what is wrong ---- */

static bool dahdi_knows(const struct scan *s, const char *slot)
{
	for (size_t i = 0; i < s->n_devices; i++)
		if (!strcmp(s->devices[i].slot, slot))
			return true;
	return false;
}

bool scan_card_advice(const struct scan *s, const struct scan_card *c, char *text, size_t size)
{
	if (!c->board)
		return false;
	if (!c->driver[0] && s->ours)
		snprintf(text, size,
			 "card %s: our driver is loaded and has not taken it: "
			 "dmesg | grep %s says why",
			 c->slot, c->slot);
	else if (!c->driver[0])
		snprintf(text, size,
			 "card %s: no driver: modprobe strowger (if there is none: "
			 "make modules_install)",
			 c->slot);
	else if (strcmp(c->driver, DRIVER) != 0)
		snprintf(
			text, size,
			"card %s: the driver %s has it: echo %s >/sys/bus/pci/drivers/%s/unbind; "
			"modprobe strowger; echo %s >/sys/bus/pci/drivers/strowger/bind; for good: "
			"\"blacklist %s\" in /etc/modprobe.d/strowger.conf",
			c->slot, c->driver, c->slot, c->driver, c->slot, c->driver);
	else if (!dahdi_knows(s, c->slot))
		snprintf(text, size,
			 "card %s: the driver has it, DAHDI does not know it: "
			 "dmesg | grep %s says why",
			 c->slot, c->slot);
	else
		return false;
	return true;
}

static bool untried_advice(const struct scan_span *p, char *text, size_t size)
{
	if (p->heard.busy_errno == EBUSY)
		snprintf(text, size,
			 "span %d was not tried: a program has it (lsof "
			 "/dev/dahdi/chan/*/*): stop it, or leave it as it is",
			 p->number);
	else if (p->heard.busy_errno)
		snprintf(text, size, "span %d could not be tried: %s", p->number,
			 strerror(p->heard.busy_errno));
	else if (!p->line[0] && !p->heard.tried)
		snprintf(text, size,
			 "span %d is not configured: strowger scan --write /etc, then "
			 "start the engine; or dahdi_cfg",
			 p->number);
	else
		return false;
	return true;
}

bool scan_span_advice(const struct scan_span *p, char *text, size_t size)
{
	if (untried_advice(p, text, size))
		return true;
	for (size_t i = 0; i < N_ALARMS; i++) {
		if (!(p->alarms & alarms_known[i].bit))
			continue;
		snprintf(text, size, "span %d, %s: %s", p->number, alarms_known[i].name,
			 alarms_known[i].advice);
		return true;
	}
	if (p->heard.signal != SCAN_YES || p->heard.dchannel)
		return false;
	snprintf(text, size,
		 "span %d: no D-channel is heard: is it a PRI, and has the far end put "
		 "it into service?",
		 p->number);
	return true;
}

static bool device_advice(const struct scan *s, const struct scan_device *d, char *text,
			  size_t size)
{
	int numbered = 0;

	for (size_t i = 0; i < s->n_spans; i++)
		numbered += !strcmp(s->spans[i].device, d->name);
	if (numbered >= d->spans)
		return false;
	snprintf(text, size,
		 "%s: %d of %d spans have a number: dahdi_span_assignments auto; for good: "
		 "\"options dahdi auto_assign_spans=1\" in /etc/modprobe.d/strowger.conf",
		 d->name, numbered, d->spans);
	return true;
}

bool scan_advice(const struct scan *s, char *text, size_t size)
{
	bool ours = false;

	for (size_t i = 0; i < s->n_cards; i++)
		ours |= s->cards[i].board != NULL;
	if (!ours && !s->n_spans && s->n_cards)
		snprintf(text, size,
			 "no card of ours: one has the bridge of our boards, but a "
			 "subsystem vendor that none has (strowger boards)");
	else if (!ours && !s->n_spans)
		snprintf(text, size,
			 "no card of ours on the PCI bus: is it in its slot? "
			 "(lspci -nn; strowger boards)");
	else if (!s->dahdi)
		snprintf(text, size, "DAHDI is not loaded: modprobe strowger brings it along");
	else if (s->ctl_errno == ENOENT)
		snprintf(text, size, CTL " is missing: is udev running?");
	else if (s->ctl_errno)
		snprintf(text, size, CTL ": %s: be root, or in group dialout",
			 strerror(s->ctl_errno));
	else
		return false;
	return true;
}

static void add_advice(json_t *list, const char *text)
{
	json_array_append_new(list, json_string(text));
}

static json_t *all_advice(const struct scan *s)
{
	char text[SCAN_ADVICE_MAX];
	json_t *list = json_array();

	if (scan_advice(s, text, sizeof(text)))
		add_advice(list, text);
	for (size_t i = 0; i < s->n_cards; i++)
		if (scan_card_advice(s, &s->cards[i], text, sizeof(text)))
			add_advice(list, text);
	for (size_t i = 0; i < s->n_devices; i++)
		if (device_advice(s, &s->devices[i], text, sizeof(text)))
			add_advice(list, text);
	for (size_t i = 0; i < s->n_spans; i++)
		if (scan_span_advice(&s->spans[i], text, sizeof(text)))
			add_advice(list, text);
	return list;
}

/* ---- what is shown ---- */

static const char *or_dash(const char *text)
{
	return text[0] ? text : "-";
}

/* Which of the boards with the same ids it is, only our driver was told. */
static const char *kind_of(const struct scan_card *c)
{
	if (c->kind[0])
		return c->kind;
	return c->board ? c->board->name : "unknown";
}

static const char *heard_text(const struct scan_heard *h, char *buf, size_t size)
{
	static const char *const crc4[] = {"CRC-4 ?", "no CRC-4", "CRC-4"};
	static const char *const sides[] = {"", ", far end network", ", far end user"};

	if (!h->tried || h->busy_errno)
		snprintf(buf, size, "-");
	else if (h->signal != SCAN_YES)
		snprintf(buf, size, "no frames");
	else if (h->dchannel)
		snprintf(buf, size, "%s, Q.921 in %d%s", crc4[h->crc4], h->dchannel,
			 sides[h->side]);
	else
		snprintf(buf, size, "%s, no Q.921", crc4[h->crc4]);
	return buf;
}

static void print_cards(const struct cli *cli, const struct scan *s)
{
	struct table t;

	table_init(&t, "card|PCI ids|board|driver");
	for (size_t i = 0; i < s->n_cards; i++) {
		const struct scan_card *c = &s->cards[i];

		table_add(&t, TABLE_PLAIN, "%s", c->slot);
		table_add(&t, TABLE_PLAIN, "%04x:%04x/%04x", c->ids.vendor, c->ids.device,
			  c->ids.subvendor);
		table_add(&t, c->board ? TABLE_PLAIN : TABLE_DIM, "%s", kind_of(c));
		table_add(&t, strcmp(c->driver, DRIVER) != 0 && c->board ? TABLE_BAD : TABLE_PLAIN,
			  "%s", or_dash(c->driver));
	}
	table_print(&t, cli->out, cli->terminal);
}

static void add_count(struct table *t, const struct scan_span *p, int count)
{
	if (p->counted)
		table_add(t, count ? TABLE_BAD : TABLE_PLAIN, "%d", count);
	else
		table_add(t, TABLE_DIM, "-");
}

static void print_spans(const struct cli *cli, const struct scan *s)
{
	struct table t;
	char text[128];

	table_init(&t, ">span|name|place|type|>channels|line|alarms|>fas|>crc-4|>e-bit|>bpv|heard");
	for (size_t i = 0; i < s->n_spans; i++) {
		const struct scan_span *p = &s->spans[i];

		table_add(&t, TABLE_PLAIN, "%d", p->number);
		table_add(&t, TABLE_PLAIN, "%s", p->name);
		table_add(&t, TABLE_PLAIN, "%s", or_dash(p->slot[0] ? p->slot : p->location));
		table_add(&t, TABLE_PLAIN, "%s", or_dash(p->type));
		table_add(&t, TABLE_PLAIN, "%d-%d", p->first, p->first + p->channels - 1);
		table_add(&t, TABLE_PLAIN, "%s", or_dash(p->line));
		table_add(&t, p->alarms ? TABLE_BAD : TABLE_GOOD, "%s",
			  scan_alarms(p->alarms, text, sizeof(text)));
		add_count(&t, p, p->fas);
		add_count(&t, p, p->crc4);
		add_count(&t, p, p->ebit);
		add_count(&t, p, p->bpv);
		table_add(&t, TABLE_PLAIN, "%s", heard_text(&p->heard, text, sizeof(text)));
	}
	table_print(&t, cli->out, cli->terminal);
}

static json_t *card_json(const struct scan_card *c)
{
	char ids[24];

	snprintf(ids, sizeof(ids), "%04x:%04x/%04x", c->ids.vendor, c->ids.device,
		 c->ids.subvendor);
	return json_pack("{s:s, s:s, s:s*, s:s*}", "card", c->slot, "ids", ids, "board",
			 c->board ? kind_of(c) : NULL, "driver", c->driver[0] ? c->driver : NULL);
}

static json_t *heard_json(const struct scan_heard *h)
{
	static const char *const states[] = {NULL, "no", "yes"};
	static const char *const sides[] = {NULL, "pri-user", "pri-network"};
	json_t *o = json_pack("{s:s*, s:s*, s:s*, s:i}", "frames", states[h->signal], "crc4",
			      states[h->crc4], "signalling", sides[h->side], "violations",
			      h->violations);

	if (h->dchannel)
		json_object_set_new(o, "dchannel", json_integer(h->dchannel));
	if (h->busy_errno)
		json_object_set_new(o, "error", json_string(strerror(h->busy_errno)));
	return o;
}

static json_t *alarms_json(int alarms)
{
	json_t *list = json_array();

	for (size_t i = 0; i < N_ALARMS; i++)
		if (alarms & alarms_known[i].bit)
			json_array_append_new(list, json_string(alarms_known[i].name));
	return list;
}

static json_t *span_json(const struct scan_span *p)
{
	json_t *o = json_pack("{s:i, s:s, s:s, s:s*, s:s, s:i, s:i, s:i, s:s, s:b, s:o}", "span",
			      p->number, "name", p->name, "type", p->type, "card",
			      p->slot[0] ? p->slot : NULL, "location", p->location, "port", p->port,
			      "first", p->first, "channels", p->channels, "line", p->line, "master",
			      p->master, "alarms", alarms_json(p->alarms));

	if (p->counted)
		json_object_set_new(o, "counters",
				    json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "fas", p->fas,
					      "crc4", p->crc4, "ebit", p->ebit, "bpv", p->bpv,
					      "irq_misses", p->irq_misses, "errored_s",
					      (int)p->errored_s));
	if (p->heard.tried)
		json_object_set_new(o, "heard", heard_json(&p->heard));
	return o;
}

static void print_json(const struct cli *cli, const struct scan *s, const json_t *advice)
{
	json_t *cards = json_array(), *spans = json_array();
	json_t *all =
		json_pack("{s:o, s:o, s:O}", "cards", cards, "spans", spans, "advice", advice);

	for (size_t i = 0; i < s->n_cards; i++)
		json_array_append_new(cards, card_json(&s->cards[i]));
	for (size_t i = 0; i < s->n_spans; i++)
		json_array_append_new(spans, span_json(&s->spans[i]));
	cli_json(cli, all);
	json_decref(all);
}

/* Return: exit status. */
static int show(const struct cli *cli, const struct scan *s)
{
	json_t *advice = all_advice(s), *text;
	int status = json_array_size(advice) ? CLI_FAULT : CLI_GOOD;
	size_t i;

	if (cli->json) {
		print_json(cli, s, advice);
	} else {
		if (s->n_cards)
			print_cards(cli, s);
		if (s->n_spans)
			print_spans(cli, s);
		json_array_foreach(advice, i, text)
			fprintf(cli->out, "%s\n", json_string_value(text));
	}
	json_decref(advice);
	return status;
}

static void listen_to_spans(struct scan *s, int ctl)
{
	for (size_t i = 0; i < s->n_spans; i++) {
		if (strcmp(s->spans[i].type, "E1") != 0)
			continue;
		cli_talk("listening on span %d, up to %d s", s->spans[i].number, SCAN_LISTEN_S);
		scan_listen(&s->spans[i], &scan_sys_linux, ctl);
	}
}

int cmd_scan(struct cli *cli, int argc, char **argv)
{
	static struct scan s;
	int ctl, status, written = CLI_GOOD;

	if (argc != 1 || ((cli->force || cli->country) && !cli->write))
		return cli_usage(argv[0]);
	scan_sysfs(&s, "");
	if (!s.pci && !s.dahdi) {
		cli_talk("neither a PCI bus nor DAHDI in /sys: nothing to look at");
		return CLI_BLIND;
	}
	ctl = scan_sys_linux.open(CTL, O_RDWR | O_CLOEXEC);
	if (ctl >= 0) {
		if (cli->listen || cli->write)
			listen_to_spans(&s, ctl);
		scan_counters(&s, &scan_sys_linux, ctl);
		scan_sys_linux.close(ctl);
	}
	status = show(cli, &s);
	if (cli->write)
		written = scan_write(&s, cli->write, cli->country ? cli->country : COUNTRY,
				     cli->force);
	return written > status ? written : status;
}
