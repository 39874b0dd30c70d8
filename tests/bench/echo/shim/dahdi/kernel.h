/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What DAHDI's kernel.h declares for echo cancellers, as far as they use it. */
#ifndef BENCH_ECHO_DAHDI_H
#define BENCH_ECHO_DAHDI_H

#include <stddef.h>

#include "../rival.h"

#define DAHDI_CHUNKSIZE 8

struct dahdi_chan;
struct dahdi_echocan_state;

struct dahdi_echocanparams {
	u32 tap_length;
	u32 param_count;
};

struct dahdi_echocanparam {
	char name[16];
	int value;
};

struct dahdi_echocan_features {
	u32 CED_tx_detect : 1;
	u32 CED_rx_detect : 1;
	u32 CNG_tx_detect : 1;
	u32 CNG_rx_detect : 1;
	u32 NLP_automatic : 1;
	u32 NLP_toggle : 1;
};

struct dahdi_echocan_ops {
	void (*echocan_free)(struct dahdi_chan *chan, struct dahdi_echocan_state *ec);
	void (*echocan_process)(struct dahdi_echocan_state *ec, short *isig, const short *iref,
				u32 size);
	int (*echocan_traintap)(struct dahdi_echocan_state *ec, int pos, short val);
	void (*echocan_NLP_toggle)(struct dahdi_echocan_state *ec, unsigned int enable);
};

struct dahdi_echocan_state {
	const struct dahdi_echocan_ops *ops;
	struct dahdi_echocan_features features;
};

struct dahdi_echocan_factory {
	const char *(*get_name)(const struct dahdi_chan *chan);
	void *owner;
	int (*echocan_create)(struct dahdi_chan *chan, struct dahdi_echocanparams *ecp,
			      struct dahdi_echocanparam *p, struct dahdi_echocan_state **ec);
};

static inline int dahdi_register_echocan_factory(const struct dahdi_echocan_factory *factory)
{
	return factory ? 0 : -1;
}

static inline void dahdi_unregister_echocan_factory(const struct dahdi_echocan_factory *factory)
{
	(void)factory;
}

#endif
