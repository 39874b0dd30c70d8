/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "access.h"

#include <string.h>

void access_reset(struct access *a)
{
	memset(a, 0, sizeof(*a));
}

void access_read(struct access *a)
{
	a->reads++;
	a->count.reads++;
}

void access_write(struct access *a)
{
	a->writes++;
	a->count.writes++;
}

void access_ms(struct access *a)
{
	a->count.ms++;
}

void access_interrupt(struct access *a)
{
	struct access_counters *c = &a->count;
	uint32_t n = a->reads + a->writes;

	c->windows++;
	c->bin[n < ACCESS_BINS ? n : ACCESS_BINS - 1]++;
	if (n > c->worst) {
		c->worst = n;
		c->worst_reads = a->reads;
		c->worst_writes = a->writes;
	}
	a->reads = 0;
	a->writes = 0;
}
