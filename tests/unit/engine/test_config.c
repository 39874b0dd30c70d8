/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's configuration: each mistake is told at its line with what would be right, all of
 * them at once, and a good file gives what the defaults promise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/config.h"

static struct conf_errors errors;
static struct engine_cfg cfg;
static char path[] = "/tmp/engine-config-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int load(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return engine_config_load(path, &cfg, &errors);
}

/* A right file; a test puts its own lines into the head or into the span. */
#define HEAD                "tones = \"configs/tones/CN.conf\"; prompts = [ \"p\" ]; recordings = \"r\";\n"
#define SPAN                "name = \"E1-1\"; local = \"127.0.0.1:20001\"; remote = \"127.0.0.1:20101\";"
#define FILE_OF(head, span) HEAD head "\nspans = (\n{ " SPAN "\n" span " } );\n"

static void defaults(void **state)
{
	const struct span_cfg *s = &cfg.spans[0];

	(void)state;
	assert_int_equal(load(FILE_OF("", "")), 0);
	assert_int_equal(errors.n, 0);
	assert_string_equal(cfg.socket, "/run/strowger/engine.sock");
	assert_int_equal(cfg.n_prompt_dirs, 1);
	assert_int_equal(cfg.capacity.legs, 512);
	assert_int_equal(cfg.capacity.load_percent, 85);
	assert_int_equal(cfg.no_controller.hold_ms, 5000);
	assert_int_equal(cfg.no_controller.cause, 41);
	assert_int_equal(cfg.n_langs, 0);
	assert_int_equal(cfg.n_spans, 1);
	assert_string_equal(s->backend, "pseudowire");
	assert_int_equal(s->crc4, E1_CRC4_AUTO);
	assert_int_equal(s->law, LAW_A);
	assert_int_equal(s->signalling, SIG_PRI_USER);
	assert_false(s->qsig);
	assert_true(s->overlap);
	assert_int_equal(s->dchannel, 16);
	assert_int_equal(s->t309_s, 90);
	assert_int_equal(s->jitter_ms, 5);
	assert_int_equal(s->jitter_max_ms, 100);
	assert_string_equal(s->group, "trunks");
}

static void all_settings(void **state)
{
	const struct span_cfg *s = &cfg.spans[0];

	(void)state;
	assert_int_equal(
		load(FILE_OF(
			"socket = \"/s\"; languages = ( { lang = \"cmn\"; voice = \"cmn\"; } );"
			"capacity = { legs = 60; load_percent = 70; prompt_cache_mb = 16; };"
			"no_controller = { hold_ms = 0; announcement = \"sorry\"; cause = 27; };",
			"crc4 = \"on\"; cas = true; law = \"ulaw\"; signalling = \"pri-network\";"
			"variant = \"qsig\"; overlap = false; dchannel = 31; t309_s = 6;"
			"clock_priority = 0; jitter_ms = 2; jitter_max_ms = 2; weight = 0;"
			"group = \"tie\";")),
		0);
	assert_string_equal(cfg.langs[0].voice, "cmn");
	assert_int_equal(cfg.langs[0].rate, 160);
	assert_int_equal(cfg.capacity.legs, 60);
	assert_string_equal(cfg.no_controller.announcement, "sorry");
	assert_int_equal(s->law, LAW_U);
	assert_int_equal(s->signalling, SIG_PRI_NETWORK);
	assert_true(s->qsig && s->cas && !s->overlap);
	assert_int_equal(s->dchannel, 31);
	assert_int_equal(s->jitter_ms, 2);
}

static const struct mistake {
	const char *text;
	int line;
	const char *path, *says;
} mistakes[] = {
	{FILE_OF("socket = \"\";", ""), 2, "socket", "path of the control socket"},
	{FILE_OF("sockett = \"x\";", ""), 2, "sockett", "socket"},
	{FILE_OF("prompts = 3;", ""), 2, "", "duplicate"},
	{FILE_OF("capacity = { legs = 0; };", ""), 2, "capacity.legs", "calls at once"},
	{FILE_OF("capacity = { legs = 4097; };", ""), 2, "capacity.legs", "4096"},
	{FILE_OF("capacity = { load_percent = 101; };", ""), 2, "capacity.load_percent", "100"},
	{FILE_OF("capacity = { prompt_cache_mb = 0; };", ""), 2, "capacity.prompt_cache_mb", "1"},
	{FILE_OF("no_controller = { hold_ms = -1; };", ""), 2, "no_controller.hold_ms", "30000"},
	{FILE_OF("no_controller = { cause = 128; };", ""), 2, "no_controller.cause", "Q.850"},
	{FILE_OF("languages = ( { lang = \"en\"; } );", ""), 2, "languages[0].voice", "espeak-ng"},
	{FILE_OF("languages = ( { lang = \"en\"; voice = \"en\"; rate = 79; } );", ""), 2,
	 "languages[0].rate", "words a minute"},
	{FILE_OF("", "backend = \"dahdi2\";"), 5, "spans[0].backend", "no such backend"},
	{FILE_OF("", "crc4 = \"yes\";"), 5, "spans[0].crc4", "auto"},
	{FILE_OF("", "law = \"mulaw\";"), 5, "spans[0].law", "ulaw"},
	{FILE_OF("", "signalling = \"ss7\";"), 5, "spans[0].signalling", "pri-network"},
	{FILE_OF("", "variant = \"ni2\";"), 5, "spans[0].variant", "qsig"},
	{FILE_OF("", "overlap = 1;"), 5, "spans[0].overlap", "true"},
	{FILE_OF("", "dchannel = 0;"), 5, "spans[0].dchannel", "timeslot of the D-channel"},
	{FILE_OF("", "dchannel = 32;"), 5, "spans[0].dchannel", "31"},
	{FILE_OF("", "t309_s = 0;"), 5, "spans[0].t309_s", "seconds that calls survive"},
	{FILE_OF("", "clock_priority = 256;"), 5, "spans[0].clock_priority", "clock reference"},
	{FILE_OF("", "jitter_ms = 1;"), 5, "spans[0].jitter_ms", "jitter buffer"},
	{FILE_OF("", "jitter_max_ms = 129;"), 5, "spans[0].jitter_max_ms", "128"},
	{FILE_OF("", "jitter_ms = 9; jitter_max_ms = 8;"), 5, "spans[0].jitter_ms",
	 "at most jitter_max_ms"},
	{FILE_OF("", "cas = true;"), 5, "spans[0].cas", "another D-channel timeslot"},
	{FILE_OF("", "weight = 1001;"), 5, "spans[0].weight", "share of outgoing calls"},
	{FILE_OF("", "group = \"\";"), 5, "spans[0].group", "trunk group"},
	{FILE_OF("", "group = \"0123456789abcdef\";"), 5, "spans[0].group", "trunk group"},
	{HEAD "spans = ( );", 2, "spans", ""},
	{HEAD, 1, "spans", "is missing"},
	{HEAD "spans = (\n{ name = \"A\";\n  local = \"here\"; remote = \"1.2.3.4:5\"; } );", 4,
	 "spans[0].local", "127.0.0.1:20001"},
	{HEAD
	 "spans = (\n{ name = \"A\"; local = \"1.2.3.4:5\";\n  remote = \"1.2.3.4:70000\"; } );",
	 4, "spans[0].remote", "address:port"},
	{HEAD "spans = ( { " SPAN " },\n{ name = \"E1-1\";\n local = \"1.2.3.4:5\"; remote = "
	      "\"1.2.3.4:6\"; } );",
	 3, "spans[1].name", "a name of its own"},
	{HEAD "spans = ( { " SPAN " },\n{ name = \"E1-2\";\n local = \"127.0.0.1:20001\"; remote = "
	      "\"1.2.3.4:6\"; } );",
	 4, "spans[1].local", "another port"},
};

static void each_mistake_at_its_line(void **state)
{
	char text[1200];

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		const struct mistake *m = &mistakes[i];
		const struct conf_error *e = &errors.items[0];

		if (load(m->text) == 0)
			fail_msg("%zu: taken: %s", i, m->text);
		conf_error_text(e, text, sizeof(text));
		if (errors.n != 1 || e->line != m->line || strcmp(e->path, m->path) != 0 ||
		    !strstr(text, m->says) || !strstr(text, path))
			fail_msg("%zu: %zu errors, \"%s\" at %s; wanted line %d, %s, %s", i,
				 errors.n, text, e->path, m->line, m->path, m->says);
	}
}

static void all_mistakes_at_once(void **state)
{
	(void)state;
	memset(&cfg, 0x55, sizeof(cfg));
	assert_true(load("tones = 1;\nprompts = [ ];\nfoo = 3;\nspans = (\n{ name = \"\";\n"
			 "local = \"a\";\njitter_ms = 500; } );\n") < 0);
	assert_int_equal(errors.n, 7); /* and recordings is missing */
	for (size_t i = 1; i < errors.n; i++)
		assert_true(errors.items[i].order >= errors.items[i - 1].order);
	assert_int_equal(cfg.n_spans, 0x5555555555555555); /* nothing was written */
}

static void files_of_the_tree(void **state)
{
	(void)state;
	assert_int_equal(engine_config_load("configs/engine.conf", &cfg, &errors), 0);
	assert_int_equal(engine_config_load("configs/demo/engine.conf", &cfg, &errors), 0);
	assert_true(engine_config_load("configs/none.conf", &cfg, &errors) < 0);
	assert_int_equal(errors.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(all_settings),
		cmocka_unit_test(each_mistake_at_its_line),
		cmocka_unit_test(all_mistakes_at_once),
		cmocka_unit_test(files_of_the_tree),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
