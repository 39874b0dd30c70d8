// SPDX-License-Identifier: GPL-2.0-only
/*
 * falc56_plan.c: configuration to register writes. Pure.
 *
 * Every register is written whole, never read and changed: the same configuration gives the same
 * registers whatever was there before.
 */
#include "framer/falc56.h"

int falc_version(uint8_t vstr)
{
	switch (vstr) {
	case 0x00: return FALC_V12;
	case 0x05:
	case 0x10: return FALC_V2X;
	default: return -ENODEV;
	}
}

static void write_run(struct plan *p, uint8_t reg, const uint8_t *values, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		plan_write(p, reg + i, values[i]);
}

/* Master clock 8.192 MHz; the data sheet's divider tables for the two chip generations. */
static const uint8_t clock_v12[] = {0x00, 0x58, 0xd2, 0xc2, 0x03, 0x10};
static const uint8_t clock_v2x[] = {0x00, 0x18, 0xfb, 0x0b, 0x00, 0x0b, 0xdb, 0xdf};

/*
 * Serial port: 2.048 MHz, 2 Mbit/s, elastic buffers of two frames both ways, frame offsets that fit
 * the bridge. [O] GPC1, IPC and PC1..6: pins of this board, as older drivers set them.
 */
void falc_plan_system(struct plan *p, enum falc_version version)
{
	static const uint8_t ports[] = {0x00, 0x22, 0x65, 0x35, 0x31};
	bool v2 = version == FALC_V2X;

	for (unsigned int i = 0; i < 6; i++) /* nothing is reported yet */
		plan_write(p, FALC_IMR0 + i, 0xff);
	plan_write(p, FALC_GPC1, 0xe0);
	plan_write(p, FALC_IPC, 0x05);
	write_run(p, FALC_GCM1, v2 ? clock_v2x : clock_v12,
		  v2 ? sizeof(clock_v2x) : sizeof(clock_v12));
	plan_write(p, FALC_GCR, FALC_GCR_SCI);
	plan_write(p, FALC_SIC1, 0x02);
	plan_write(p, FALC_SIC2, 0x00);
	plan_write(p, FALC_SIC3, 0x04);
	/* The recovered clock comes from the attenuator's oscillator: it runs on without a signal. */
	plan_write(p, FALC_CMR1, 0x30);
	plan_write(p, FALC_CMR2, 0x00);
	plan_write(p, FALC_XC0, 0x00);
	plan_write(p, FALC_XC1, 0x04);
	plan_write(p, FALC_RC0, 0x07);
	plan_write(p, FALC_RC1, v2 ? 0x05 : 0x04);
	write_run(p, FALC_PC1, ports, sizeof(ports));
	plan_write(p, FALC_PC6, 0x03);
	plan_write(p, FALC_LCR1, 0x00);
}

static uint8_t fmr0(const struct falc_config *c)
{
	return (c->hdb3 ? FALC_FMR0_HDB3 : FALC_FMR0_AMI) | (c->simulate ? FALC_FMR0_SIM : 0);
}

static uint8_t fmr1(const struct falc_config *c)
{
	return FALC_FMR1_AFR | FALC_FMR1_ECM | (c->crc4 ? FALC_FMR1_XFS : 0);
}

/*
 * RAI is sent by the chip itself while there is no frame alignment, which covers LOS and AIS: at
 * once, and without anybody writing XSW in competition.
 */
static uint8_t fmr2(const struct falc_config *c)
{
	return FALC_FMR2_AXRA | FALC_FMR2_ALMF | (c->crc4 ? FALC_FMR2_AUTO : 0) |
	       (c->loop == FALC_LOOP_PAYLOAD ? FALC_FMR2_PLB : 0);
}

static uint8_t lim0(const struct falc_config *c)
{
	return FALC_LIM0_EQON | (c->loop == FALC_LOOP_LOCAL ? FALC_LIM0_LL : 0);
}

static uint8_t lim1(const struct falc_config *c)
{
	return FALC_LIM1_E1 | (c->loop == FALC_LOOP_LINE ? FALC_LIM1_RL | FALC_LIM1_JATT : 0);
}

/*
 * Receive conditioning. Not documented: older E1 drivers of this chip write this sequence after each
 * reset of a V2.x receiver, and nobody says why. Kept as it is; the chip works without, too.
 */
static void receive_conditioning(struct plan *p)
{
	static const uint8_t steps[][2] = {
		{FALC_COND_A, 0x17}, {FALC_COND_B, 0x55}, {FALC_COND_A, 0x97}, {FALC_COND_A, 0x11},
		{FALC_COND_B, 0xaa}, {FALC_COND_A, 0x91}, {FALC_COND_A, 0x12}, {FALC_COND_B, 0x55},
		{FALC_COND_A, 0x92}, {FALC_COND_A, 0x0c}, {FALC_COND_A, 0x00}, {FALC_COND_A, 0x8c}};

	for (unsigned int i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		plan_write(p, steps[i][0], steps[i][1]);
}

/* What GIS is to tell of: alarms and slips always, changed bits with CAS. */
static void reports(struct plan *p, bool cas)
{
	uint8_t masks[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	masks[2] = 0xff ^ FALC_ISR2_ALL;
	masks[3] = 0xff ^ (FALC_ISR3_SEC | FALC_ISR3_SLIP);
	masks[4] = 0xff ^ FALC_ISR4_SLIP;
	if (cas) {
		masks[0] = 0xff ^ FALC_ISR0_CASC;
		masks[3] ^= FALC_ISR3_TS16;
	}
	write_run(p, FALC_IMR0, masks, sizeof(masks));
}

void falc_plan_line(struct plan *p, const struct falc_config *c, const struct board *b,
		    const uint8_t *cas)
{
	plan_write(p, FALC_FMR1, fmr1(c));
	plan_write(p, FALC_FMR2, fmr2(c));
	plan_write(p, FALC_FMR0, fmr0(c));
	plan_write(p, FALC_LOOP, 0x00);
	plan_write(p, FALC_LIM1, lim1(c));
	plan_write(p, FALC_LIM0, lim0(c)); /* must follow LIM1 */
	plan_write(p, FALC_CMDR, FALC_CMDR_RRES | FALC_CMDR_XRES);
	plan_write(p, FALC_CMDR, 0x00);
	if (c->version == FALC_V2X)
		receive_conditioning(p);
	plan_write(p, FALC_LIM2, FALC_LIM2_SLT);
	plan_write(p, FALC_PCD, 0x0a); /* LOS: 176 bits without pulse; G.775 4.2: 10..255 */
	plan_write(p, FALC_PCR, 0x15); /* ends with 22 pulses in 176 bits */
	plan_write(p, FALC_XSW, FALC_XSW_IDLE);
	if (c->cas) /* what is sent must be right from the first multiframe on */
		write_run(p, FALC_CAS, cas, 16);
	plan_write(p, FALC_XSP, FALC_XSP_E1 | (c->cas ? FALC_XSP_CASEN : 0));
	write_run(p, FALC_XPM0, b->line.pulse, sizeof(b->line.pulse));
	plan_write(p, FALC_LCR1, c->prbs ? FALC_LCR1_PRBS : 0);
	reports(p, c->cas);
}

void falc_plan_maint(struct plan *p, const struct falc_config *c)
{
	plan_write(p, FALC_FMR0, fmr0(c));
	plan_write(p, FALC_FMR2, fmr2(c));
	plan_write(p, FALC_LIM1, lim1(c));
	plan_write(p, FALC_LIM0, lim0(c));
	plan_write(p, FALC_LCR1, c->prbs ? FALC_LCR1_PRBS : 0);
}

void falc_plan_stop(struct plan *p, const struct falc_config *c)
{
	for (unsigned int i = 0; i < 6; i++)
		plan_write(p, FALC_IMR0 + i, 0xff);
	plan_write(p, FALC_FMR1, fmr1(c) | FALC_FMR1_XAIS);
}

void falc_cas_init(uint8_t *cas)
{
	cas[0] = FALC_XS1_IDLE;
	memset(cas + 1, FALC_CAS_IDLE << 4 | FALC_CAS_IDLE, 15);
}

/* Channel n and n + 16 share octet n: bits 8..5 and 4..1 of the frame's timeslot 16. */
unsigned int falc_cas_put(uint8_t *cas, unsigned int channel, unsigned int bits)
{
	unsigned int n = channel & 15;
	uint8_t old;

	if (!n || channel > 31)
		return 0;
	old = cas[n];
	bits &= 0x0f;
	if (!bits && channel < 16) /* would look like the multiframe alignment signal: G.704 5.1.3.2.2 */
		bits = 1;
	cas[n] = channel < 16 ? (bits << 4 | (old & 0x0f)) : ((old & 0xf0) | bits);
	return cas[n] != old ? n : 0;
}

unsigned int falc_cas_get(const uint8_t *cas, unsigned int channel)
{
	uint8_t octet = cas[channel & 15];

	return channel < 16 ? octet >> 4 : octet & 0x0f;
}
