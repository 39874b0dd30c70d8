/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding, configuring and opening a DAHDI span: what is asked of DAHDI, what is left alone, and
 * that each thing that is wrong is told with what to do about it.
 */
#include "dahdi_rig.h"

static const struct dahdi_sys sys = {.open = fake_open,
				     .close = fake_close,
				     .ioctl = fake_ioctl,
				     .read = fake_read,
				     .write = fake_write,
				     .poll = fake_poll,
				     .now_ns = fake_now_ns};

static struct dahdi_device dev;
static struct span_cfg cfg;
static char why[512];

static int setup(void **state)
{
	(void)state;
	fake_init();
	cfg = dahdi_settings();
	memset(&dev, 0x55, sizeof(dev));
	return 0;
}

static int open_it(void)
{
	why[0] = 0;
	return dahdi_device_open(&dev, &sys, &cfg, why, sizeof(why));
}

/* It fails, says this, and leaves nothing open. */
static void refused(int err, const char *words)
{
	assert_int_equal(open_it(), err);
	if (!strstr(why, words))
		fail_msg("\"%s\" is not in: %s", words, why);
	assert_int_equal(fake.opened, 0);
}

static void configures_what_is_not(void **state)
{
	(void)state;
	assert_int_equal(open_it(), 0);
	assert_int_equal(fake.n_spanconfig, 1);
	assert_int_equal(fake.line.span, 3);
	assert_int_equal(fake.line.lineconfig,
			 DAHDI_CONFIG_CCS | DAHDI_CONFIG_HDB3 | DAHDI_CONFIG_CRC4);
	assert_int_equal(fake.line.sync, 1);
	assert_int_equal(fake.n_chanconfig, 31);
	assert_int_equal(fake.n_startup, 1);
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		const struct fake_chan *c = &fake.chan[ts];
		bool d = ts == 16;

		assert_int_equal(c->sig, d ? DAHDI_SIG_HDLCFCS : DAHDI_SIG_CLEAR);
		assert_int_equal(c->law, DAHDI_LAW_ALAW);
		assert_int_equal(c->size, d ? DAHDI_DCHAN_OCTETS : 40);
		assert_int_equal(c->policy, DAHDI_POLICY_IMMEDIATE);
		assert_true(c->open && c->audio == d && c->tell_buffers == !d);
		assert_true(dev.fd[ts] >= FD_CHANNEL);
	}
	assert_int_equal(dev.fd[0], -1);
	assert_true(dev.span == 3 && dev.is_e1 && dev.crc4);
	assert_non_null(strstr(why, "span 3 \"E1/0000:02:05.0\" at PCI 0000:02:05.0"));
	dahdi_device_close(&dev, &sys);
	assert_int_equal(fake.opened, 0);
}

/* Somebody else's configuration that fits is not touched, with our leave to configure or without. */
static void takes_what_fits(void **state)
{
	(void)state;
	for (int configure = 0; configure < 2; configure++) {
		setup(NULL);
		cfg.configure = configure;
		fake.span.lineconfig = DAHDI_CONFIG_CCS | DAHDI_CONFIG_HDB3 | DAHDI_CONFIG_CRC4;
		for (int ts = 1; ts < E1_OCTETS; ts++)
			fake.chan[ts].sig = ts == 16 ? DAHDI_SIG_HDLCFCS : DAHDI_SIG_CLEAR;
		assert_int_equal(open_it(), 0);
		assert_int_equal(fake.n_spanconfig + fake.n_chanconfig, 0);
		assert_int_equal(fake.n_startup, configure);
		dahdi_device_close(&dev, &sys);
	}
}

static void auto_takes_crc4_as_it_is(void **state)
{
	(void)state;
	cfg.crc4 = E1_CRC4_AUTO;
	fake.span.lineconfig = DAHDI_CONFIG_CCS | DAHDI_CONFIG_HDB3;
	assert_int_equal(open_it(), 0);
	assert_int_equal(fake.n_spanconfig, 0);
	assert_false(dev.crc4);
	dahdi_device_close(&dev, &sys);
	cfg.crc4 = E1_CRC4_ON;
	assert_int_equal(open_it(), 0);
	assert_int_equal(fake.n_spanconfig, 1);
	assert_true(dev.crc4);
}

static void says_what_does_not_fit(void **state)
{
	(void)state;
	cfg.configure = false;
	refused(-EPROTO, "channel 63 (timeslot 1 of span 3)");
	refused(-EPROTO, "bchan=63");
	for (int ts = 1; ts < E1_OCTETS; ts++)
		fake.chan[ts].sig = DAHDI_SIG_CLEAR;
	refused(-EPROTO, "dchan=78");
	fake.chan[16].sig = DAHDI_SIG_HDLCFCS;
	refused(-EPROTO, "configured as 0x0, needed is 0x700");
	assert_int_equal(fake.n_spanconfig + fake.n_chanconfig + fake.n_startup, 0);
}

static void clock_of_the_card(void **state)
{
	static const struct {
		enum span_clock clock;
		enum span_signalling side;
		int priority, sync;
	} c[] = {
		{SPAN_CLOCK_AUTO, SIG_PRI_USER, 2, 2}, {SPAN_CLOCK_AUTO, SIG_PRI_NETWORK, 2, 0},
		{SPAN_CLOCK_AUTO, SIG_PRI_USER, 0, 1}, {SPAN_CLOCK_LINE, SIG_PRI_NETWORK, 3, 3},
		{SPAN_CLOCK_OWN, SIG_PRI_USER, 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		setup(NULL);
		cfg.clock = c[i].clock;
		cfg.signalling = c[i].side;
		cfg.clock_priority = c[i].priority;
		assert_int_equal(open_it(), 0);
		assert_int_equal(fake.line.sync, c[i].sync);
	}
}

/* With CAS timeslot 16 is the framer's. */
static void cas(void **state)
{
	(void)state;
	cfg.cas = cfg.ami = true;
	cfg.signalling = SIG_NONE;
	cfg.crc4 = E1_CRC4_OFF;
	cfg.law = LAW_U;
	assert_int_equal(open_it(), 0);
	assert_int_equal(fake.line.lineconfig, DAHDI_CONFIG_AMI);
	assert_int_equal(fake.n_chanconfig, 30);
	for (int ts = 1; ts < E1_OCTETS; ts++) {
		assert_int_equal(fake.chan[ts].sig, ts == 16 ? 0 : DAHDI_SIG_CAS);
		assert_int_equal(fake.chan[ts].open, ts != 16);
		assert_int_equal(fake.chan[ts].law, ts == 16 ? 0 : DAHDI_LAW_MULAW);
	}
}

static void is_found_by(void **state)
{
	static const char *const names[] = {"3", "E1/0000:02:05.0", "PCI 0000:02:05.0"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		setup(NULL);
		strcpy(cfg.device, names[i]);
		assert_int_equal(open_it(), 0);
	}
	setup(NULL);
	strcpy(cfg.device, names[2]);
	cfg.port = 2;
	refused(-ENODEV, "3 \"E1/0000:02:05.0\" at \"PCI 0000:02:05.0\"");
	strcpy(cfg.device, "33");
	refused(-ENODEV, "no DAHDI span \"33\"");
	fake.span.spanno = 0;
	refused(-ENODEV, "driver loaded");
}

static void other_spans(void **state)
{
	(void)state;
	fake.span.totalchans = 4;
	refused(-EPROTO, "no timeslot 16");
	fake.span.totalchans = 32;
	refused(-EPROTO, "32 channels");
	/* Without frames there is no line configuration to compare. */
	setup(NULL);
	strcpy(fake.span.spantype, "DYNAMI");
	cfg.configure = false;
	for (int ts = 1; ts < E1_OCTETS; ts++)
		fake.chan[ts].sig = ts == 16 ? DAHDI_SIG_HDLCFCS : DAHDI_SIG_CLEAR;
	assert_int_equal(open_it(), 0);
	assert_false(dev.is_e1);
}

static void says_what_to_do(void **state)
{
	(void)state;
	fake.ctl_error = -ENOENT;
	refused(-ENODEV, "/dev/dahdi/ctl: No such file or directory; the dahdi module is not "
			 "loaded: modprobe dahdi");
	fake.ctl_error = -EACCES;
	refused(-EACCES, "group");
	fake.ctl_error = 0;
	fake.busy_timeslot = 7;
	refused(-EBUSY, "DAHDI_SPECIFY of channel 69 (timeslot 7 of span 3)");
	refused(-EBUSY, "lsof");
	setup(NULL);
	fake.config_error = -EINVAL;
	refused(-EINVAL, "DAHDI_SPANCONFIG of span 3, line 0x700, sync 1: Invalid argument");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(configures_what_is_not, setup),
		cmocka_unit_test_setup(takes_what_fits, setup),
		cmocka_unit_test_setup(auto_takes_crc4_as_it_is, setup),
		cmocka_unit_test_setup(says_what_does_not_fit, setup),
		cmocka_unit_test_setup(clock_of_the_card, setup),
		cmocka_unit_test_setup(cas, setup),
		cmocka_unit_test_setup(is_found_by, setup),
		cmocka_unit_test_setup(other_spans, setup),
		cmocka_unit_test_setup(says_what_to_do, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
