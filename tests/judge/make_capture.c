/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cable with one fault on it, captured, for the judge.
 *
 *	make_capture CASE PREFIX	writes PREFIX.pcap, PREFIX.frames and PREFIX.json
 *	make_capture --list		names of the cases
 *
 * Two ports talk for RUN_MS milliseconds in lockstep; the direction from a to b has the fault between
 * FROM_MS and TO_MS. The pcap holds what arrived, both directions (to b: UDP port 2001). The frames are
 * what our deframer makes of the packets to b in the order of their numbers, fed octet by octet so
 * that each counter is seen to move in its frame; one line each as e1judge.py writes them, without the
 * second column. The JSON has the counters of that deframer, and of port b as a whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/line/impair.h"
#include "core/line/pw_port.h"

#define RUN_MS  2000
#define FROM_MS 500
#define TO_MS   800
#define LEAD_MS 250
#define NUMBER  0xfe00 /* of the first packet: the numbers wrap */
#define PORT_A  2000
#define PORT_B  2001

struct scene {
	const char *name;
	struct e1_fault_cfg rest; /* from a to b, while the fault is not there */
	struct e1_fault_cfg line; /* from a to b, the fault */
	struct e1_fault_cfg back; /* from b to a: a tells it in its E bits and RAI */
	struct impair_cfg net;
	uint32_t fas, nfas, cas; /* wrong alignment signals, from FROM_MS on */
	enum e1_slip slip;
	uint32_t lead; /* frames that the multiframe leads the packets, from LEAD_MS on */
	bool for_ever; /* the fault lasts to the end */
	uint32_t ms; /* ... or so long, 0 = TO_MS - FROM_MS */
	enum e1_crc4 crc4;
	bool cas_on;
};

/* clang-format off */
static const struct scene scenes[] = {
	{.name = "clean", .crc4 = E1_CRC4_ON},
	{.name = "clean-cas", .crc4 = E1_CRC4_ON, .cas_on = true},
	{.name = "clean-no-crc4"},
	{.name = "shift-1", .crc4 = E1_CRC4_ON, .rest = {.shift = 1}, .line = {.shift = 1}},
	{.name = "shift-77", .crc4 = E1_CRC4_ON, .rest = {.shift = 77}, .line = {.shift = 77}},
	{.name = "shift-255", .crc4 = E1_CRC4_ON, .rest = {.shift = 255}, .line = {.shift = 255}},
	{.name = "shift-jump", .crc4 = E1_CRC4_ON, .line = {.shift = 13}},
	{.name = "ber-1e-4", .crc4 = E1_CRC4_ON, .line = {.ber_ppb = 100000}, .for_ever = true},
	{.name = "ber-1e-3", .crc4 = E1_CRC4_ON, .line = {.ber_ppb = 1000000}, .for_ever = true},
	{.name = "ber-2e-2", .crc4 = E1_CRC4_ON, .line = {.ber_ppb = 20000000}, .for_ever = true},
	{.name = "crc-every-3", .crc4 = E1_CRC4_ON, .line = {.crc_every = 3}},
	{.name = "crc-all", .crc4 = E1_CRC4_ON, .line = {.crc_every = 1}, .for_ever = true},
	{.name = "crc-2e-2", .crc4 = E1_CRC4_ON, .line = {.crc_ppm = 20000}, .for_ever = true},
	{.name = "ebits", .crc4 = E1_CRC4_ON, .back = {.crc_every = 5}},
	{.name = "ais", .crc4 = E1_CRC4_ON, .line = {.ais = true}},
	{.name = "rai", .crc4 = E1_CRC4_ON, .line = {.rai = true}},
	{.name = "rai-answered", .crc4 = E1_CRC4_ON, .back = {.ais = true}},
	{.name = "no-signal", .crc4 = E1_CRC4_ON, .line = {.no_signal = true}},
	{.name = "no-signal-shift", .crc4 = E1_CRC4_ON, .rest = {.shift = 77},
	 .line = {.shift = 77, .no_signal = true}},
	{.name = "no-signal-99", .crc4 = E1_CRC4_ON, .line = {.no_signal = true}, .ms = 99},
	{.name = "no-signal-100", .crc4 = E1_CRC4_ON, .line = {.no_signal = true}, .ms = 100},
	{.name = "no-signal-100-shift", .crc4 = E1_CRC4_ON, .rest = {.shift = 77},
	 .line = {.shift = 77, .no_signal = true}, .ms = 100},
	{.name = "slip-drop", .crc4 = E1_CRC4_ON, .slip = E1_SLIP_DROP},
	{.name = "slip-repeat", .crc4 = E1_CRC4_ON, .slip = E1_SLIP_REPEAT},
	{.name = "fas-2", .crc4 = E1_CRC4_ON, .fas = 2},
	{.name = "fas-3", .crc4 = E1_CRC4_ON, .fas = 3},
	{.name = "nfas-2", .crc4 = E1_CRC4_ON, .nfas = 2},
	{.name = "nfas-3", .crc4 = E1_CRC4_ON, .nfas = 3},
	{.name = "nfas-3-end", .crc4 = E1_CRC4_ON, .nfas = 3, .lead = 2},
	{.name = "cas-1", .crc4 = E1_CRC4_ON, .cas = 1, .cas_on = true},
	{.name = "cas-2", .crc4 = E1_CRC4_ON, .cas = 2, .cas_on = true},
	{.name = "loss-1", .crc4 = E1_CRC4_ON, .net = {.loss_ppm = 10000}, .for_ever = true},
	{.name = "loss-1-shift", .crc4 = E1_CRC4_ON, .net = {.loss_ppm = 10000}, .for_ever = true,
	 .rest = {.shift = 203}, .line = {.shift = 203}},
	{.name = "loss-cas", .crc4 = E1_CRC4_ON, .net = {.loss_ppm = 20000}, .for_ever = true,
	 .cas_on = true},
	{.name = "loss-burst", .crc4 = E1_CRC4_ON, .net = {.burst_ppm = 5000, .burst_len = 40},
	 .for_ever = true},
	{.name = "disorder", .crc4 = E1_CRC4_ON, .for_ever = true,
	 .net = {.reorder_ppm = 50000, .reorder_ms = 2, .duplicate_ppm = 50000}},
	{.name = "delay-jump", .crc4 = E1_CRC4_ON, .net = {.delay_ms = 50}},
};
/* clang-format on */

#define SCENES (sizeof(scenes) / sizeof(scenes[0]))

static struct pw_port a, b;
static struct impair net;
static FILE *pcap;
static uint8_t arrived[RUN_MS][SATOP_PAYLOAD]; /* to b, by number */
static bool there[RUN_MS];
static uint32_t frames_made;

static FILE *open_for_writing(const char *prefix, const char *suffix)
{
	char name[512];
	FILE *f;

	snprintf(name, sizeof(name), "%s%s", prefix, suffix);
	f = fopen(name, "wb");
	if (!f) {
		perror(name);
		exit(2);
	}
	return f;
}

static void put_u32(uint32_t v)
{
	fwrite(&v, sizeof(v), 1, pcap);
}

static void begin_pcap(void)
{
	static const uint16_t version[2] = {2, 4};

	put_u32(0xa1b2c3d4);
	fwrite(version, sizeof(version), 1, pcap);
	put_u32(0);
	put_u32(0);
	put_u32(65535);
	put_u32(101); /* raw IP */
}

static uint16_t header_sum(const uint8_t *ip)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < 20; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

static void capture(uint32_t ms, uint16_t from, uint16_t to, const uint8_t *d, size_t n)
{
	uint8_t h[28] = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1};
	uint16_t sum;

	h[2] = (uint8_t)((n + 28) >> 8);
	h[3] = (uint8_t)(n + 28);
	sum = header_sum(h);
	h[10] = (uint8_t)(sum >> 8);
	h[11] = (uint8_t)sum;
	h[20] = (uint8_t)(from >> 8);
	h[21] = (uint8_t)from;
	h[22] = (uint8_t)(to >> 8);
	h[23] = (uint8_t)to;
	h[24] = (uint8_t)((n + 8) >> 8);
	h[25] = (uint8_t)(n + 8);
	put_u32(ms / 1000);
	put_u32(ms % 1000 * 1000);
	put_u32((uint32_t)(n + 28));
	put_u32((uint32_t)(n + 28));
	fwrite(h, sizeof(h), 1, pcap);
	fwrite(d, n, 1, pcap);
}

/* Noise, the same each time: whatever looks like an alignment signal turns up in it now and then. */
static uint8_t noise(uint64_t n)
{
	n = (n + 1) * 0x9e3779b97f4a7c15ULL;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9ULL;
	return (uint8_t)(n >> 56);
}

static size_t send_one(struct pw_port *from, uint8_t *d)
{
	uint8_t ts[PW_FRAMES][E1_OCTETS];

	for (unsigned int i = 0; i < PW_FRAMES; i++, frames_made++)
		for (unsigned int n = 0; n < E1_OCTETS; n++)
			ts[i][n] = noise((uint64_t)frames_made * E1_OCTETS + n);
	return pw_port_tick_tx(from, (const uint8_t(*)[E1_OCTETS])ts, d, SATOP_MAX);
}

static void keep(const uint8_t *d, size_t n)
{
	struct satop_packet p;
	enum satop_refusal why;
	uint16_t number;

	if (satop_parse(d, n, &p, &why) < 0)
		return;
	number = (uint16_t)(p.seq - NUMBER);
	if (number >= RUN_MS)
		return;
	there[number] = true;
	memcpy(arrived[number], p.payload, SATOP_PAYLOAD);
}

static void set_faults(const struct scene *s, uint32_t ms)
{
	static const struct e1_fault_cfg good;
	static const struct impair_cfg clean;

	if (ms == 0)
		e1_fault_set(pw_port_fault(&a), &s->rest);
	if (ms >= LEAD_MS && ms < LEAD_MS + s->lead)
		e1_fault_slip(pw_port_fault(&a), E1_SLIP_DROP);
	if (ms == FROM_MS) {
		e1_fault_set(pw_port_fault(&a), &s->line);
		e1_fault_set(pw_port_fault(&b), &s->back);
		impair_set(&net, &s->net);
		e1_fault_slip(pw_port_fault(&a), s->slip);
		e1_fault_fas(pw_port_fault(&a), s->fas);
		e1_fault_nfas(pw_port_fault(&a), s->nfas);
		e1_fault_cas(pw_port_fault(&a), s->cas);
	}
	if (ms == (s->ms ? FROM_MS + s->ms : TO_MS) && !s->for_ever) {
		e1_fault_set(pw_port_fault(&a), &s->rest);
		e1_fault_set(pw_port_fault(&b), &good);
		impair_set(&net, &clean);
	}
}

static void step(uint32_t ms)
{
	struct e1_frame frames[PW_FRAMES];
	uint8_t d[IMPAIR_BYTES];
	size_t n = send_one(&a, d);

	if (n)
		impair_put(&net, d, n);
	while ((n = impair_get(&net, d)) > 0) {
		capture(ms, PORT_A, PORT_B, d, n);
		keep(d, n);
		pw_port_receive(&b, d, n);
	}
	impair_tick(&net);
	n = send_one(&b, d);
	if (n) {
		capture(ms, PORT_B, PORT_A, d, n);
		pw_port_receive(&a, d, n);
	}
	pw_port_tick_rx(&a, frames);
	pw_port_tick_rx(&b, frames);
}

static void write_frame(FILE *f, size_t octet, const struct e1_counters *was,
			const struct e1_counters *is, bool rai)
{
	fprintf(f, "%zu %u %u %u %u %u %u %u %d %u %u\n", octet,
		(unsigned int)(is->erased_frames - was->erased_frames),
		(unsigned int)(is->fas_errors - was->fas_errors),
		(unsigned int)(is->nfas_errors - was->nfas_errors),
		(unsigned int)(is->crc4_blocks - was->crc4_blocks),
		(unsigned int)(is->crc4_errors - was->crc4_errors),
		(unsigned int)(is->ebits - was->ebits), (unsigned int)(is->lfa - was->lfa), rai,
		(unsigned int)(is->cas_multiframes - was->cas_multiframes),
		(unsigned int)(is->cas_errors - was->cas_errors));
}

/* All packets to b through a deframer of its own, octet by octet. */
static void deframe(struct e1_rx *rx, const struct e1_cfg *cfg, FILE *f)
{
	struct e1_frame out[E1_RX_FRAMES(1)];
	uint32_t first = 0, end = RUN_MS;

	while (first < end && !there[first])
		first++;
	while (end > first && !there[end - 1])
		end--;
	e1_rx_init(rx, cfg);
	for (size_t i = 0; i < (size_t)(end - first) * SATOP_PAYLOAD; i++) {
		uint32_t number = first + (uint32_t)(i / SATOP_PAYLOAD);
		struct e1_counters was = *e1_rx_counters(rx);

		e1_rx_feed(rx, there[number] ? E1_IN_DATA : E1_IN_ERASED,
			   &arrived[number][i % SATOP_PAYLOAD], 1, out, E1_RX_FRAMES(1));
		if (e1_rx_counters(rx)->frames != was.frames)
			write_frame(f, i, &was, e1_rx_counters(rx),
				    (e1_rx_alarms(rx) & E1_RAI) != 0);
	}
}

static void write_counters(FILE *f, const char *name, const struct e1_counters *c)
{
	fprintf(f, "\"%s\": {", name);
	for (unsigned int i = 0; i < E1_COUNTERS; i++)
		fprintf(f, "%s\"%s\": %llu", i ? ", " : "", e1_counter_name(i),
			(unsigned long long)e1_counter(c, i));
	fprintf(f, "}");
}

static void write_json(FILE *f, const struct scene *s, const struct e1_rx *rx)
{
	struct pw_port_status st;

	pw_port_status(&b, &st);
	fprintf(f, "{\"case\": \"%s\", \"crc4\": %s, \"cas\": %s, \"lasting\": %s, ", s->name,
		s->crc4 == E1_CRC4_OFF ? "false" : "true", s->cas_on ? "true" : "false",
		s->for_ever ? "true" : "false");
	fprintf(f, "\"bit_errors\": %llu, \"crc_errors\": %llu, ",
		(unsigned long long)pw_port_fault(&a)->bit_errors,
		(unsigned long long)pw_port_fault(&a)->crc_errors);
	fprintf(f, "\"net\": {\"lost\": %llu, \"reordered\": %llu, \"duplicated\": %llu}, ",
		(unsigned long long)net.n.lost, (unsigned long long)net.n.reordered,
		(unsigned long long)net.n.duplicated);
	fprintf(f, "\"packets\": {\"received\": %llu, \"lost\": %llu, \"duplicate\": %llu}, ",
		(unsigned long long)st.packets.received, (unsigned long long)st.packets.lost,
		(unsigned long long)st.packets.duplicate);
	write_counters(f, "framer", e1_rx_counters(rx));
	fprintf(f, ", ");
	write_counters(f, "port", &st.e1);
	fprintf(f, "}\n");
}

static const struct scene *find_scene(const char *name)
{
	for (unsigned int i = 0; i < SCENES; i++)
		if (!strcmp(scenes[i].name, name))
			return &scenes[i];
	return NULL;
}

static void run(const struct scene *s, const char *prefix)
{
	struct pw_port_cfg cfg = {
		.e1 = {.crc4 = s->crc4, .cas = s->cas_on}, .jitter_ms = 4, .jitter_max_ms = 64};
	static struct e1_rx rx;
	FILE *f;

	pw_port_init(&a, &cfg);
	pw_port_init(&b, &cfg);
	a.seq = NUMBER;
	impair_init(&net, 1);
	pcap = open_for_writing(prefix, ".pcap");
	begin_pcap();
	for (uint32_t ms = 0; ms < RUN_MS; ms++) {
		set_faults(s, ms);
		step(ms);
	}
	fclose(pcap);
	f = open_for_writing(prefix, ".frames");
	deframe(&rx, &cfg.e1, f);
	fclose(f);
	f = open_for_writing(prefix, ".json");
	write_json(f, s, &rx);
	fclose(f);
}

int main(int argc, char **argv)
{
	const struct scene *s = argc == 3 ? find_scene(argv[1]) : NULL;

	if (argc == 2 && !strcmp(argv[1], "--list")) {
		for (unsigned int i = 0; i < SCENES; i++)
			printf("%s\n", scenes[i].name);
		return 0;
	}
	if (!s) {
		fprintf(stderr, "usage: make_capture CASE PREFIX | --list\n");
		return 2;
	}
	run(s, argv[2]);
	return 0;
}
