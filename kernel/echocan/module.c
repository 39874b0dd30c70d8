// SPDX-License-Identifier: GPL-2.0-only
/*
 * module.c: our echo canceller for every DAHDI channel: dahdi_echocan_strowger.ko.
 *
 * In /etc/dahdi/system.conf:
 *
 *	echocanceller=strowger,1-15,17-31
 *
 * The tail is what the user of the channel asks for (echocancel= in chan_dahdi.conf, in taps of 1/8 ms),
 * at least 16 ms. Parameters of a channel (after the taps in the same line), else of the module:
 *
 *	tail		[ms] 16..256 in place of the taps
 *	nlp		0: residual echo stays
 *	comfort		0: the NLP leaves silence
 *	disabler	0: 2100 Hz with phase reversals changes nothing
 *
 * What a call's canceller does is told in /sys/module/dahdi_echocan_strowger/channels/CHANNEL, while there
 * is one: figures as struct echocan_stats has them, samples (processed so far), trace. With the module's
 * parameter trace_ms, trace is what it heard and said first: far end, near end, output as 16-bit samples
 * in turn.
 *
 * DAHDI decodes A-law to the lower end of each step; half a step is added here, or the echo of a loud
 * signal would be 3 % louder than the reference says.
 *
 * Life: DAHDI holds a reference to this module for each channel that is configured for it, and another
 * for each canceller; so the module cannot go while a call uses it. echocan_process() and the attributes
 * exclude each other by the channel's lock. DAHDI takes the state off the channel under that lock before
 * it frees it; freeing removes the attributes first, which waits for their readers, and then nobody else
 * holds the kobject.
 */
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "compat.h"
#include "echocan/echocan.h"

#define ALIGNMENT 64
#define TRACED    3 /* far end, near end, output */

static bool nlp = true;
module_param(nlp, bool, 0644);
MODULE_PARM_DESC(nlp, "suppress residual echo");
static bool comfort = true;
module_param(comfort, bool, 0644);
MODULE_PARM_DESC(comfort, "put noise in its place");
static bool disabler = true;
module_param(disabler, bool, 0644);
MODULE_PARM_DESC(disabler, "2100 Hz with phase reversals switches the canceller off");
static uint trace_ms;
module_param(trace_ms, uint, 0644);
MODULE_PARM_DESC(trace_ms, "keep so much of each call's beginning for its attribute trace");

static struct kobject *channels;

struct channel {
	struct dahdi_echocan_state dahdi;
	struct dahdi_chan *chan;
	struct echocan_config config;
	struct kobject kobj;
	u64 samples;
	s16 *trace;
	u32 traced, trace_size; /* samples of each kind */
	struct echocan *ec;
	u8 memory[];
};

static const char *const states[] = {
	[ECHOCAN_LISTENING] = "listening",
	[ECHOCAN_CANCELLING] = "cancelling",
	[ECHOCAN_FROZEN] = "frozen",
	[ECHOCAN_DISABLED] = "disabled",
};

/* From the lower end of an A-law step to its middle; the first step has no sign here and stays 0. */
static short middle(short x)
{
	int magnitude = x < 0 ? -x : x;
	int half = magnitude < 512 ? 8 : 1 << (fls(magnitude) - 6);

	return x > 0 ? x + half : x < 0 ? x - half : 0;
}

static void cancel(struct channel *c, short *near, const short *far, u32 n)
{
	u32 kept = min(n, c->trace_size - c->traced);
	s16 *at = c->trace + TRACED * c->traced;

	for (u32 i = 0; i < kept; i++) {
		at[TRACED * i] = far[i];
		at[TRACED * i + 1] = near[i];
	}
	echocan_process(c->ec, near, far, n);
	for (u32 i = 0; i < kept; i++)
		at[TRACED * i + 2] = near[i];
	smp_store_release(&c->traced, c->traced + kept);
	c->samples += n;
}

/* Called by DAHDI with the channel's lock held, interrupts off. */
static void process(struct dahdi_echocan_state *state, short *near, const short *far, u32 n)
{
	struct channel *c = container_of(state, struct channel, dahdi);
	short reference[DAHDI_CHUNKSIZE];

	for (u32 done = 0; done < n; done += DAHDI_CHUNKSIZE) {
		u32 chunk = min_t(u32, n - done, DAHDI_CHUNKSIZE);

		for (u32 i = 0; i < chunk; i++) {
			reference[i] = far[done + i];
			if (c->config.law == ECHOCAN_ALAW) {
				reference[i] = middle(reference[i]);
				near[done + i] = middle(near[done + i]);
			}
		}
		cancel(c, near + done, reference, chunk);
	}
}

static void toggle_nlp(struct dahdi_echocan_state *state, unsigned int enable)
{
	struct channel *c = container_of(state, struct channel, dahdi);

	echocan_set_nlp(c->ec, enable && c->config.nlp);
}

static struct channel *to_channel(struct kobject *kobj)
{
	return container_of(kobj, struct channel, kobj);
}

static void read_stats(struct kobject *kobj, struct echocan_stats *s)
{
	struct channel *c = to_channel(kobj);
	unsigned long flags;

	spin_lock_irqsave(&c->chan->lock, flags);
	echocan_read_stats(c->ec, s);
	spin_unlock_irqrestore(&c->chan->lock, flags);
}

/* An attribute with one figure of the statistics @s or of the channel @c. */
#define FIGURE(name, format, value)                                                                \
	static ssize_t name##_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)   \
	{                                                                                          \
		struct channel __maybe_unused *c = to_channel(kobj);                               \
		struct echocan_stats s;                                                            \
                                                                                                   \
		read_stats(kobj, &s);                                                              \
		return sysfs_emit(buf, format "\n", value);                                        \
	}                                                                                          \
	static struct kobj_attribute name##_attr = __ATTR_RO(name)

FIGURE(state, "%s", states[s.state]);
FIGURE(tail_ms, "%u", c->config.tail_ms);
FIGURE(law, "%s", c->config.law == ECHOCAN_ALAW ? "A" : "mu");
FIGURE(samples, "%llu", READ_ONCE(c->samples));
FIGURE(erl_cdb, "%d", s.erl_cdb);
FIGURE(erle_cdb, "%d", s.erle_cdb);
FIGURE(delay_ms, "%d", s.delay_ms);
FIGURE(copies, "%u", s.copies);
FIGURE(resets, "%u", s.resets);
FIGURE(beyond_tail, "%d", s.beyond_tail);
FIGURE(wrong_law, "%d", s.wrong_law);

static ssize_t tail_cdb_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct echocan_stats s;
	int n = 0;

	read_stats(kobj, &s);
	for (u32 i = 0; i < s.pictures; i++)
		n += sysfs_emit_at(buf, n, "%d%c", s.picture_cdb[i], i + 1 < s.pictures ? ' ' : '\n');
	return n;
}
static struct kobj_attribute tail_cdb_attr = __ATTR_RO(tail_cdb);

/* What has been traced is never written again. */
static ssize_t trace_read(struct file *file, struct kobject *kobj, struct bin_attribute *attr,
			  char *buf, loff_t at, size_t n)
{
	struct channel *c = to_channel(kobj);
	u32 traced = smp_load_acquire(&c->traced);

	return memory_read_from_buffer(buf, n, &at, c->trace, sizeof(*c->trace) * TRACED * traced);
}
static BIN_ATTR_RO(trace, 0);

static struct attribute *channel_attrs[] = {
	&state_attr.attr,	&tail_ms_attr.attr,	&law_attr.attr,
	&samples_attr.attr,	&erl_cdb_attr.attr,	&erle_cdb_attr.attr,
	&delay_ms_attr.attr,	&tail_cdb_attr.attr,	&copies_attr.attr,
	&resets_attr.attr,	&beyond_tail_attr.attr, &wrong_law_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(channel);

static void release(struct kobject *kobj)
{
	struct channel *c = to_channel(kobj);

	kvfree(c->trace);
	kvfree(c);
}

static struct kobj_type type = {
	.release = release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = channel_groups,
};

static void destroy(struct dahdi_chan *chan, struct dahdi_echocan_state *state)
{
	struct channel *c = container_of(state, struct channel, dahdi);

	kobject_del(&c->kobj);
	kobject_put(&c->kobj);
}

static int take_parameter(struct echocan_config *config, const struct dahdi_echocanparam *p)
{
	char name[sizeof(p->name) + 1] = "";

	memcpy(name, p->name, sizeof(p->name));
	if (!strcasecmp(name, "tail"))
		config->tail_ms = clamp(p->value, ECHOCAN_TAIL_MIN_MS, ECHOCAN_TAIL_MAX_MS);
	else if (!strcasecmp(name, "nlp"))
		config->nlp = p->value;
	else if (!strcasecmp(name, "comfort"))
		config->comfort = p->value;
	else if (!strcasecmp(name, "disabler"))
		config->disabler = p->value;
	else
		return -EINVAL;
	return 0;
}

static int configure(struct echocan_config *config, const struct dahdi_chan *chan,
		     const struct dahdi_echocanparams *ecp, const struct dahdi_echocanparam *p)
{
	*config = (struct echocan_config){
		.tail_ms = max_t(u32, ecp->tap_length / 8, ECHOCAN_TAIL_MIN_MS),
		.law = chan->xlaw == __dahdi_alaw ? ECHOCAN_ALAW : ECHOCAN_ULAW,
		.nlp = nlp,
		.comfort = comfort,
		.disabler = disabler,
	};
	for (u32 n = 0; n < ecp->param_count; n++)
		if (take_parameter(config, &p[n])) {
			pr_warn("%s: channel %d: no parameter %.16s\n", KBUILD_MODNAME, chan->channo,
				p[n].name);
			return -EINVAL;
		}
	return 0;
}

static void start_trace(struct channel *c)
{
	u32 ms = min_t(u32, READ_ONCE(trace_ms), 600 * 1000);

	if (!ms)
		return;
	c->trace = kvcalloc(ms * DAHDI_CHUNKSIZE, TRACED * sizeof(*c->trace), GFP_KERNEL);
	if (c->trace)
		c->trace_size = ms * DAHDI_CHUNKSIZE;
}

/* DAHDI listens for CED itself and tells the channel's user; the canceller's own disabler acts. */
static const struct dahdi_echocan_features features = {
	.NLP_toggle = 1,
};

static const struct dahdi_echocan_ops ops = {
	.echocan_free = destroy,
	.echocan_process = process,
	.echocan_NLP_toggle = toggle_nlp,
};

/* Attributes are a convenience: without them there is a canceller nevertheless. */
static void publish(struct channel *c)
{
	kobject_init(&c->kobj, &type);
	if (kobject_add(&c->kobj, channels, "%d", c->chan->channo))
		return;
	if (c->trace && sysfs_create_bin_file(&c->kobj, &bin_attr_trace))
		pr_warn("%s: channel %d: no trace\n", KBUILD_MODNAME, c->chan->channo);
}

/* Called by DAHDI with the channel's mutex held. */
static int create(struct dahdi_chan *chan, struct dahdi_echocanparams *ecp,
		  struct dahdi_echocanparam *p, struct dahdi_echocan_state **state)
{
	struct echocan_config config;
	struct channel *c;
	size_t size;
	int err;

	err = configure(&config, chan, ecp, p);
	if (err)
		return err;
	size = echocan_size(&config);
	if (!size)
		return -EINVAL;
	c = kvzalloc(sizeof(*c) + size + ALIGNMENT, GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->ec = (struct echocan *)PTR_ALIGN(&c->memory[0], ALIGNMENT);
	err = echocan_init(c->ec, size, &config);
	if (err) {
		kvfree(c);
		return err;
	}
	c->chan = chan;
	c->config = config;
	c->dahdi.ops = &ops;
	c->dahdi.features = features;
	start_trace(c);
	publish(c);
	*state = &c->dahdi;
	return 0;
}

static const char *get_name(const struct dahdi_chan *chan)
{
	return "STROWGER";
}

static const struct dahdi_echocan_factory factory = {
	.get_name = get_name,
	.owner = THIS_MODULE,
	.echocan_create = create,
};

static int __init echocan_module_init(void)
{
	int err;

	channels = kobject_create_and_add("channels", &THIS_MODULE->mkobj.kobj);
	if (!channels)
		return -ENOMEM;
	err = dahdi_register_echocan_factory(&factory);
	if (err)
		kobject_put(channels);
	return err;
}

static void __exit echocan_module_exit(void)
{
	dahdi_unregister_echocan_factory(&factory);
	kobject_put(channels);
}

module_init(echocan_module_init);
module_exit(echocan_module_exit);

MODULE_DESCRIPTION("Strowger line echo canceller for DAHDI");
MODULE_AUTHOR("The Strowger project");
MODULE_LICENSE("GPL");
