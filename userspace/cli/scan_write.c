/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configurations from what was seen and heard, each choice with its reason.
 */
#include "cli/scan.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

#define DCHANNEL 16 /* of an E1, unless it was heard elsewhere */

static const char *const shared[] = {"/usr/local/share/strowger", "/usr/share/strowger"};

struct choice {
	const char *value, *reason;
};

static bool is_e1(const struct scan_span *p)
{
	return !strcmp(p->type, "E1") && p->channels == SCAN_CHANNELS;
}

static bool is_heard(const struct scan_span *p)
{
	return p->heard.tried && !p->heard.busy_errno;
}

static struct choice choose_crc4(const struct scan_span *p)
{
	if (is_heard(p) && p->heard.crc4 == SCAN_YES)
		return (struct choice){"on", "tried: the far end sends CRC-4 multiframes"};
	if (is_heard(p) && p->heard.crc4 == SCAN_NO)
		return (struct choice){"off", "tried: the far end sends no CRC-4 multiframes"};
	if (is_heard(p))
		return (struct choice){"auto", "no signal on the line when it was tried"};
	if (p->line[0])
		return (struct choice){strstr(p->line, "CRC4") ? "on" : "off",
				       "not tried; as the span is configured now"};
	return (struct choice){"auto", "not tried"};
}

static struct choice choose_line_code(const struct scan_span *p)
{
	if (strstr(p->line, "AMI") && !is_heard(p))
		return (struct choice){"ami", "not tried; as the span is configured now"};
	if (is_heard(p) && p->heard.signal == SCAN_YES)
		return (struct choice){"hdb3", p->heard.violations
						       ? "as G.703 wants it, but there were code "
							 "violations: is it AMI?"
						       : "heard without code violations"};
	return (struct choice){"hdb3", "as G.703 wants it"};
}

static struct choice choose_side(const struct scan_span *p)
{
	switch (p->heard.side) {
	case SCAN_WE_ARE_USER:
		return (struct choice){"pri-user", "heard: the far end is the network side"};
	case SCAN_WE_ARE_NETWORK:
		return (struct choice){"pri-network", "heard: the far end is the user side"};
	case SCAN_SIDE_UNKNOWN: break;
	}
	return (struct choice){"pri-user", "a guess, as on a public line: no D-channel was heard"};
}

static bool is_network(const struct scan_span *p)
{
	return p->heard.side == SCAN_WE_ARE_NETWORK;
}

static struct choice choose_clock(const struct scan_span *p)
{
	if (is_network(p))
		return (struct choice){"own", "the network side gives the clock"};
	return (struct choice){"line", "the network side gives the clock"};
}

static int dchannel_of(const struct scan_span *p)
{
	return p->heard.dchannel ? p->heard.dchannel : DCHANNEL;
}

static void print_choice(FILE *out, const char *key, struct choice c)
{
	fprintf(out, "\t\t%s = \"%s\";  # %s\n", key, c.value, c.reason);
}

/* A location and a port stay when the order of the cards changes, a number does not. */
static void print_device(FILE *out, const struct scan_span *p)
{
	if (p->location[0] && p->port > 0 && !strpbrk(p->location, "\"\\"))
		fprintf(out,
			"\t\tdevice = \"%s\";  # the card in this slot; DAHDI's span \"%s\"\n"
			"\t\tport = %d;\n",
			p->location, p->name, p->port);
	else
		fprintf(out, "\t\tdevice = \"%d\";  # DAHDI's span \"%s\"\n", p->number, p->name);
}

static void print_span(FILE *out, const struct scan_span *p, int n, int priority)
{
	fprintf(out, "%s\t{\n\t\tname = \"E1-%d\";\n\t\tbackend = \"dahdi\";\n", n > 1 ? ",\n" : "",
		n);
	print_device(out, p);
	print_choice(out, "line_code", choose_line_code(p));
	print_choice(out, "crc4", choose_crc4(p));
	print_choice(out, "signalling", choose_side(p));
	fprintf(out, "\t\tdchannel = %d;  # %s\n", dchannel_of(p),
		p->heard.dchannel ? "the timeslot in which frames of Q.921 were heard"
				  : "as usual on an E1; none was heard");
	print_choice(out, "clock", choose_clock(p));
	fprintf(out, "\t\tclock_priority = %d;  # %s\n\t}", priority,
		priority ? "which line to follow first"
			 : "no clock comes from a line that we lead");
}

/* Where `make install` has put the tone plans; the first of the usual places if nowhere. */
static const char *tones_dir(const char *country, bool *there)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		snprintf(path, sizeof(path), "%s/tones/%s.conf", shared[i], country);
		*there = access(path, R_OK) == 0;
		if (*there)
			return shared[i];
	}
	return shared[0];
}

void scan_engine_conf(const struct scan *s, const char *country, FILE *out)
{
	bool there;
	const char *dir = tones_dir(country, &there);
	int n = 0, priority = 0;

	fprintf(out,
		"# strowger-engine, written by `strowger scan --write`; `strowger-engine --test "
		"FILE`\n"
		"# checks it. All settings are explained in %s/examples/engine.conf.\n\n"
		"tones = \"%s/tones/%s.conf\";  # tones of the country\n"
		"prompts = [ \"/var/lib/strowger/prompts\",\n"
		"            \"/usr/share/asterisk/sounds/en_US_f_Allison\" ];\n"
		"recordings = \"/var/lib/strowger/recordings\";\n"
		"languages = ( { lang = \"en\"; voice = \"en-gb\"; } );\n\nspans = (\n",
		dir, dir, country);
	for (size_t i = 0; i < s->n_spans; i++) {
		const struct scan_span *p = &s->spans[i];

		if (is_e1(p))
			print_span(out, p, ++n, is_network(p) ? 0 : ++priority);
	}
	fprintf(out, "\n);\n");
}

static void print_channels(FILE *out, const struct scan_span *p)
{
	int d = dchannel_of(p), first = p->first, last = first + SCAN_CHANNELS - 1;

	if (d == 1)
		fprintf(out, "bchan=%d-%d\n", first + 1, last);
	else if (d == SCAN_CHANNELS)
		fprintf(out, "bchan=%d-%d\n", first, last - 1);
	else
		fprintf(out, "bchan=%d-%d,%d-%d\n", first, first + d - 2, first + d, last);
	fprintf(out, "dchan=%d\n\n", first + d - 1);
}

/* DAHDI's zones are countries; of others it knows those of its own home. */
static const char *zone_of(const char *country, char zone[3])
{
	if (strlen(country) != 2)
		return "us";
	zone[0] = (char)tolower((unsigned char)country[0]);
	zone[1] = (char)tolower((unsigned char)country[1]);
	zone[2] = '\0';
	return zone;
}

void scan_system_conf(const struct scan *s, const char *country, FILE *out)
{
	const char *zone;
	char text[3];
	int priority = 0;

	fprintf(out, "# DAHDI's own tools (dahdi_cfg), written by `strowger scan --write`.\n"
		     "# strowger-engine needs none of this: it configures its spans itself.\n\n");
	for (size_t i = 0; i < s->n_spans; i++) {
		const struct scan_span *p = &s->spans[i];
		struct choice crc4 = choose_crc4(p), code = choose_line_code(p);

		if (!is_e1(p))
			continue;
		fprintf(out, "# \"%s\". CRC-4: %s.\n# Clock: %s.\n", p->name, crc4.reason,
			choose_clock(p).reason);
		fprintf(out, "span=%d,%d,0,ccs,%s%s\n", p->number, is_network(p) ? 0 : ++priority,
			code.value, strcmp(crc4.value, "off") ? ",crc4" : "");
		print_channels(out, p);
	}
	zone = zone_of(country, text);
	fprintf(out, "loadzone=%s\ndefaultzone=%s\n", zone, zone);
}

/* ---- files ---- */

struct target {
	char dir[PATH_MAX], path[PATH_MAX + 32], temporary[PATH_MAX + 40];
	void (*print)(const struct scan *s, const char *country, FILE *out);
};

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Whole or not at all; over an old one only if forced. */
static int write_target(const struct target *t, const struct scan *s, const char *country,
			bool force)
{
	FILE *f;
	int rc = 0;

	if (mkdir(t->dir, 0755) && errno != EEXIST)
		return -errno;
	f = fopen(t->temporary, "we");
	if (!f)
		return -errno;
	t->print(s, country, f);
	if (fflush(f) || fsync(fileno(f)))
		rc = -errno;
	if (fclose(f) && !rc)
		rc = -errno;
	if (!rc && (force ? rename(t->temporary, t->path) : link(t->temporary, t->path)))
		rc = -errno;
	unlink(t->temporary);
	return rc;
}

static bool is_name(const char *country)
{
	size_t n =
		strspn(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

	return n > 0 && n <= 8 && !country[n];
}

static bool has_e1(const struct scan *s)
{
	for (size_t i = 0; i < s->n_spans; i++)
		if (is_e1(&s->spans[i]))
			return true;
	return false;
}

static int may_write(const struct scan *s, const struct target *targets, size_t n,
		     const char *country, bool force)
{
	bool there;

	if (!is_name(country)) {
		cli_talk("--country wants the name of a tone plan, such as CN, not \"%s\"",
			 country);
		return CLI_BLIND;
	}
	if (!has_e1(s)) {
		cli_talk("there is no E1 span: nothing is written");
		return CLI_FAULT;
	}
	for (size_t i = 0; i < n && !force; i++) {
		if (exists(targets[i].path)) {
			cli_talk("%s is there already: nothing is written; --force replaces it",
				 targets[i].path);
			return CLI_FAULT;
		}
	}
	tones_dir(country, &there);
	if (!there)
		cli_talk("there is no tone plan %s.conf in %s/tones: `make install`, or correct "
			 "the path",
			 country, shared[0]);
	return CLI_GOOD;
}

int scan_write(const struct scan *s, const char *dir, const char *country, bool force)
{
	static struct target targets[] = {{.print = scan_engine_conf}, {.print = scan_system_conf}};
	static const char *const names[][2] = {{"strowger", "engine.conf"},
					       {"dahdi", "system.conf"}};
	size_t n = sizeof(targets) / sizeof(targets[0]);
	int status;

	if (strlen(dir) > PATH_MAX / 2)
		dir = ".";
	for (size_t i = 0; i < n; i++) {
		struct target *t = &targets[i];

		snprintf(t->dir, sizeof(t->dir), "%s/%s", dir, names[i][0]);
		snprintf(t->path, sizeof(t->path), "%s/%s", t->dir, names[i][1]);
		snprintf(t->temporary, sizeof(t->temporary), "%s.new", t->path);
	}
	status = may_write(s, targets, n, country, force);
	for (size_t i = 0; i < n && status == CLI_GOOD; i++) {
		int rc = write_target(&targets[i], s, country, force);

		if (rc < 0) {
			cli_talk("%s: %s", targets[i].path, strerror(-rc));
			status = CLI_BLIND;
		} else {
			cli_talk("written: %s", targets[i].path);
		}
	}
	return status;
}
