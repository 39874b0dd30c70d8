/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The framer against a far end of another make: alignment, alarms, counters, CAS, loops. */
#include "rig.h"

#define ALIGNED_MS 100 /* jitter buffer, frame and CRC-4 alignment at both ends */

static int setup(void **state)
{
	struct rig *r = rig_new();

	rig_bring_up(r);
	rig_start(r);
	rig_run(r, ALIGNED_MS);
	rig_pld_out(r, PLD_CLOCK, PLD_CLOCK_ON);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	rig_free(*state);
	return 0;
}

static uint8_t frs0(struct rig *r)
{
	return rig_framer_in(r, FALC_FRS0);
}

static unsigned int counter(struct rig *r, unsigned int n)
{
	unsigned int low = rig_framer_in(r, (uint8_t)(FALC_FEC + 2 * n));

	return low | (unsigned int)rig_framer_in(r, (uint8_t)(FALC_FEC + 2 * n + 1)) << 8;
}

/* Until the next second of the chip has ended: its counters then hold what came before. */
static void to_second(struct rig *r)
{
	do
		rig_run(r, 1);
	while (r->board.framer.second_ms);
}

static void set_fault(struct rig *r, const struct e1_fault_cfg *cfg)
{
	assert_int_equal(e1_fault_set(pw_port_fault(&r->far), cfg), 0);
}

static void test_in_step(void **state)
{
	struct rig *r = *state;

	assert_int_equal(frs0(r), 0);
	assert_int_equal(pw_port_alarms(&r->far), 0);
	assert_int_equal(r->board.checks.total, 0);
	/* What the bridge gets carries the alignment signal in every second frame. */
	for (unsigned int y = 0; y < FRAMER_FRAMES; y++) {
		uint8_t ts0 = r->memory[512 + 32 * y + 3],
			next = r->memory[512 + 32 * ((y + 1) % 8) + 3];

		assert_true(((ts0 & 0x7f) == 0x1b) != ((next & 0x7f) == 0x1b));
	}
}

static void test_alarms_of_the_line(void **state)
{
	struct rig *r = *state;

	set_fault(r, &(struct e1_fault_cfg){.ais = true});
	rig_run(r, 20);
	assert_int_equal(frs0(r), FALC_FRS0_AIS | FALC_FRS0_LFA);
	assert_true(pw_port_alarms(&r->far) & E1_RAI); /* FMR2.AXRA */
	set_fault(r, &(struct e1_fault_cfg){.rai = true});
	rig_run(r, 50);
	assert_int_equal(frs0(r), FALC_FRS0_RRA);
	assert_false(pw_port_alarms(&r->far) & E1_RAI);
	set_fault(r, &(struct e1_fault_cfg){.no_signal = true});
	rig_run(r, LINE_PAUSE_MS + 20);
	assert_int_equal(frs0(r), FALC_FRS0_LOS | FALC_FRS0_LFA);
	set_fault(r, &(struct e1_fault_cfg){0});
	rig_run(r, 60);
	assert_int_equal(frs0(r), 0);
}

static void test_pair_cut(void **state)
{
	struct rig *r = *state;

	r->board.line.rx_cut = true;
	rig_run(r, 4); /* the rest of the receive buffer, then at once */
	assert_int_equal(frs0(r), FALC_FRS0_LOS | FALC_FRS0_LFA);
	r->board.line.rx_cut = false;
	r->board.line.tx_cut = true;
	rig_run(r, LINE_PAUSE_MS + 20);
	assert_true(pw_port_alarms(&r->far) & E1_LOS);
	assert_int_equal(frs0(r), FALC_FRS0_RRA);
}

static void test_alarms_sent(void **state)
{
	struct rig *r = *state;

	rig_framer_out(r, FALC_XSW, 0x9f | FALC_XSW_XRA);
	rig_run(r, 20);
	assert_int_equal(pw_port_alarms(&r->far), E1_RAI);
	rig_framer_out(r, FALC_XSW, 0x95);
	rig_framer_out(r, FALC_FMR1, 0x4c);
	rig_run(r, 20);
	assert_int_equal(pw_port_alarms(&r->far), 0);
	assert_int_equal(pw_port_get_sa(&r->far), 0x15);
	rig_framer_out(r, FALC_FMR1, 0x4c | FALC_FMR1_XAIS);
	rig_run(r, 20);
	assert_true(pw_port_alarms(&r->far) & E1_AIS);
}

static void test_counters_of_a_second(void **state)
{
	struct rig *r = *state;

	to_second(r);
	e1_fault_fas(pw_port_fault(&r->far), 2); /* two in a row: no loss of alignment */
	framer_violations(&r->board.framer, 300);
	rig_run(r, 20);
	assert_int_equal(counter(r, 0), 0); /* not before the second has ended */
	to_second(r);
	assert_int_equal(counter(r, 0), 2);
	assert_int_equal(counter(r, 1), 300);
	assert_true(counter(r, 2) >= 1 &&
		    counter(r, 2) <= 2); /* their CRC-4 blocks are wrong, too */
	to_second(r);
	assert_int_equal(counter(r, 0), 0);
	assert_int_equal(counter(r, 1), 0);
	assert_int_equal(frs0(r), 0);
}

static void test_counters_latched_by_hand(void **state)
{
	struct rig *r = *state;

	rig_framer_out(r, FALC_FMR1, 0x48); /* ECM off */
	rig_run(r, 20);
	rig_framer_out(r, FALC_DEC, 0x3f);
	rig_framer_out(r, FALC_DEC, 0x00);
	framer_violations(&r->board.framer, 70000);
	rig_run(r, 1);
	assert_int_equal(counter(r, 1), 65535); /* stands at its end */
	rig_framer_out(r, FALC_DEC, 0x02);
	framer_violations(&r->board.framer, 3);
	rig_run(r, 1);
	assert_int_equal(counter(r, 1), 65535); /* frozen */
	rig_framer_out(r, FALC_DEC, 0x00);
	assert_int_equal(counter(r, 1), 3);
}

static void test_far_end_told_by_e_bits(void **state)
{
	struct rig *r = *state;
	struct pw_port_status before, now;

	pw_port_status(&r->far, &before);
	set_fault(r, &(struct e1_fault_cfg){.crc_every = 1});
	rig_run(r, 20); /* 20 sub-multiframes */
	set_fault(r, &(struct e1_fault_cfg){0});
	rig_run(r, 60);
	pw_port_status(&r->far, &now);
	assert_int_equal(now.e1.ebits - before.e1.ebits, 20);
	/* Without the automatic, E bits are what XSP says. */
	rig_framer_out(r, FALC_XSP, 0x17);
	set_fault(r, &(struct e1_fault_cfg){.crc_every = 1});
	rig_run(r, 20);
	pw_port_status(&r->far, &before);
	assert_int_equal(before.e1.ebits, now.e1.ebits);
}

static void test_interrupt_status(void **state)
{
	struct rig *r = *state;

	/* Masked and not to be seen: nothing is kept. */
	set_fault(r, &(struct e1_fault_cfg){.ais = true});
	rig_run(r, 20);
	assert_int_equal(rig_framer_in(r, FALC_ISR0 + 2), 0);
	assert_int_equal(rig_framer_in(r, FALC_GIS), 0);
	set_fault(r, &(struct e1_fault_cfg){0});
	rig_framer_out(r, FALC_IMR0 + 2, (uint8_t)~0x88); /* FAR, AIS */
	rig_run(r, 60);
	assert_int_equal(rig_framer_in(r, FALC_GIS), 0x04);
	/* GCR.SCI: the end of AIS is an event, too; reading clears. */
	assert_int_equal(rig_framer_in(r, FALC_ISR0 + 2), 0x88);
	assert_int_equal(rig_framer_in(r, FALC_ISR0 + 2), 0);
	assert_int_equal(rig_framer_in(r, FALC_GIS), 0);
	/* Seen although masked, but no reason for GIS. */
	rig_framer_out(r, FALC_GCR, 0xc0);
	e1_fault_fas(pw_port_fault(&r->far), 4);
	rig_run(r, 60);
	assert_true(rig_framer_in(r, FALC_ISR0 + 2) & 0x40); /* LFA */
	to_second(r);
	assert_true(rig_framer_in(r, FALC_ISR0 + 3) & 0x40); /* SEC */
	assert_int_equal(rig_framer_in(r, FALC_GIS) & 0x08, 0);
}

static void test_interworking(void **state)
{
	struct rig *r = *state;
	struct pw_port_cfg plain = {.jitter_ms = 2, .jitter_max_ms = 60, .e1.crc4 = E1_CRC4_OFF};

	assert_int_equal(pw_port_init(&r->far, &plain), 0);
	rig_run(r, 700);
	assert_int_equal(frs0(r), FALC_FRS0_NMF); /* no CRC-4 at the far end, after 400 ms */
	rig_framer_out(r, FALC_FMR2, 0x83); /* CRC-4 without the automatic: in vain */
	rig_run(r, 700);
	assert_int_equal(frs0(r), FALC_FRS0_LMFA);
	rig_framer_out(r, FALC_FMR2, 0x03);
	rig_run(r, 100);
	assert_int_equal(frs0(r), 0);
}

static void test_cas(void **state)
{
	struct rig *r = *state;
	struct pw_port_cfg cas = {
		.jitter_ms = 2, .jitter_max_ms = 60, .e1 = {.crc4 = E1_CRC4_ON, .cas = true}};

	assert_int_equal(pw_port_init(&r->far, &cas), 0);
	rig_framer_out(r, FALC_XSP, 0x5c);
	rig_framer_out(r, FALC_IMR0, (uint8_t)~0x08); /* CASC */
	rig_framer_out(r, FALC_RS1 + 7, 0xa6); /* timeslots 7 and 23 */
	rig_run(r, 100);
	assert_int_equal(pw_port_get_cas(&r->far)[7], 0xa);
	assert_int_equal(pw_port_get_cas(&r->far)[23], 0x6);
	rig_framer_in(r, FALC_ISR0);
	pw_port_set_cas(&r->far, 15, 0x9);
	pw_port_set_cas(&r->far, 31, 0x2);
	rig_run(r, 20);
	assert_int_equal(rig_framer_in(r, FALC_RS1 + 15), 0x92);
	assert_int_equal(rig_framer_in(r, FALC_ISR0), 0x08);
	assert_int_equal(rig_framer_in(r, FALC_ISR0), 0);
	/* The bits outlive a reset of the transmitter. */
	rig_framer_out(r, FALC_CMDR, 0x50);
	rig_framer_out(r, FALC_CMDR, 0x00);
	rig_run(r, 100);
	assert_int_equal(pw_port_get_cas(&r->far)[7], 0xa);
	assert_int_equal(r->board.checks.total, 0);
	rig_framer_out(r, FALC_RS1 + 1, 0x0d); /* abcd 0000 in timeslot 1 */
	assert_int_equal(r->board.checks.n[CHECK_UNKNOWN], 1);
}

/* The far end sends its timeslot numbers; what comes back in timeslot @ts? */
static uint8_t echoed(struct rig *r, unsigned int ts)
{
	uint8_t out[PW_FRAMES][E1_OCTETS];
	struct e1_frame in[PW_FRAMES];

	for (unsigned int y = 0; y < PW_FRAMES; y++)
		for (unsigned int t = 0; t < E1_OCTETS; t++)
			out[y][t] = (uint8_t)(0x60 + t);
	for (int i = 0; i < 100; i++)
		rig_ms(r, out, in);
	return in[PW_FRAMES - 1].ts[ts];
}

static void test_loops(void **state)
{
	struct rig *r = *state;

	memset(r->memory, 0x11, 512); /* the driver sends 11 everywhere */
	assert_int_equal(echoed(r, 5), 0x11);
	rig_framer_out(r, FALC_LIM1, 0xf6); /* remote loop */
	assert_int_equal(echoed(r, 5), 0x65);
	rig_framer_out(r, FALC_LIM1, 0xf0);
	rig_framer_out(r, FALC_FMR2, 0xc7); /* payload loop */
	assert_int_equal(echoed(r, 5), 0x65);
	assert_int_equal(echoed(r, 31), 0x7f);
	rig_framer_out(r, FALC_FMR2, 0xc3);
	/* Channel 5 back to the bridge, idle code in its place. */
	rig_framer_out(r, FALC_IDLE, 0x54);
	rig_framer_out(r, FALC_LOOP, FALC_LOOP_ECLB | 5);
	assert_int_equal(echoed(r, 5), 0x54);
	assert_int_equal(echoed(r, 6), 0x11);
	assert_int_equal(r->memory[512 + (5 ^ 3)], 0x11);
	assert_int_equal(r->memory[512 + (6 ^ 3)], 0x66);
	rig_framer_out(r, FALC_LOOP, 0);
	/* Local loop: the line is not heard, nor missed. */
	r->board.line.rx_cut = true;
	rig_framer_out(r, FALC_LIM0, 0x0a);
	rig_run(r, 200);
	assert_int_equal(frs0(r), 0);
	assert_int_equal(r->memory[512 + (6 ^ 3)], 0x11);
}

static void test_error_insertion(void **state)
{
	struct rig *r = *state;
	struct pw_port_status before, now;

	pw_port_status(&r->far, &before);
	rig_framer_out(r, FALC_IERR, FALC_IERR_CRC);
	rig_run(r, 20);
	pw_port_status(&r->far, &now);
	assert_int_equal(now.e1.crc4_errors - before.e1.crc4_errors, 1);
	assert_int_equal(now.e1.fas_errors, before.e1.fas_errors);
	rig_framer_out(r, FALC_IERR, FALC_IERR_FAS | FALC_IERR_BPV);
	rig_run(r, 20);
	pw_port_status(&r->far, &now);
	assert_int_equal(now.e1.fas_errors - before.e1.fas_errors, 1);
	assert_int_equal(r->board.framer.bpv_sent, 1);
}

static void test_resets(void **state)
{
	struct rig *r = *state;

	rig_framer_out(r, FALC_FMR0, 0xf2); /* force resynchronisation */
	rig_framer_out(r, FALC_FMR0, 0xf0);
	assert_int_equal(e1_rx_alarms(&r->board.framer.rx) & E1_LFA, E1_LFA);
	rig_run(r, 60);
	assert_int_equal(frs0(r), 0);
	r->board.framer.lose_lock = 50;
	rig_run(r, 30);
	assert_int_equal(frs0(r), FALC_FRS0_LFA);
	rig_run(r, 60);
	assert_int_equal(frs0(r), 0);
}

static void test_forbidden(void **state)
{
	struct rig *r = *state;
	const struct checks *c = &r->board.checks;

	rig_framer_out(r, FALC_VSTR, 0xaa);
	assert_int_equal(c->n[CHECK_WRITE], 1);
	assert_int_equal(rig_framer_in(r, FALC_VSTR), 0x05);
	assert_int_equal(rig_framer_in(r, FALC_WID), 0x40);
	rig_framer_in(r, FALC_CMDR);
	assert_int_equal(c->n[CHECK_READ], 1);
	rig_framer_in(r, 0x2c); /* XSA4, never written */
	assert_int_equal(c->n[CHECK_UNWRITTEN], 1);
	rig_framer_out(r, 0xee, 0);
	rig_framer_out(r, FALC_FMR1, 0x4c | FALC_FMR1_PMOD);
	assert_int_equal(c->n[CHECK_UNKNOWN], 2);
	for (unsigned int v = 0; v < 256; v++) {
		rig_framer_out(r, FALC_IMR0, (uint8_t)v);
		assert_int_equal(rig_framer_in(r, FALC_IMR0), v);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_in_step),
		T(test_alarms_of_the_line),
		T(test_pair_cut),
		T(test_alarms_sent),
		T(test_counters_of_a_second),
		T(test_counters_latched_by_hand),
		T(test_far_end_told_by_e_bits),
		T(test_interrupt_status),
		T(test_interworking),
		T(test_cas),
		T(test_loops),
		T(test_error_insertion),
		T(test_resets),
		T(test_forbidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
