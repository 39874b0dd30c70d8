/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that come and go. A span whose device is absent is tried again when the kernel tells of a
 * change at DAHDI's spans (the messages that udev hears, too) and every RETRY_MS; the work, which may
 * wait for a card, is done by a thread of libuv's pool.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/engine.h"

#define RETRY_MS    5000
#define SETTLE_MS   200 /* a card comes with many messages; the last one tells most */
#define MESSAGE_MAX 8192
#define KERNEL      1 /* netlink group of the kernel's own messages */

static void log_found(struct line *l, int err, const char *why)
{
	char path[SPAN_NAME_MAX + 8];

	snprintf(path, sizeof(path), "span %s", l->cfg->name);
	if (!err)
		log_info(path, "in service: %s", why);
	else if (strcmp(why, l->device) != 0)
		log_warn(path, "not in service, will be when it can: %s", why);
	snprintf(l->device, sizeof(l->device), "%s", why);
}

static void work(uv_work_t *job)
{
	struct line *l = job->data;

	if (l->detach_only)
		media_detach(l->e->media, l->index);
	else
		l->attach_result =
			media_attach(l->e->media, l->index, l->attach_why, sizeof(l->attach_why));
}

static void worked(uv_work_t *job, int status)
{
	struct line *l = job->data;

	(void)status;
	l->attaching = false;
	if (!l->detach_only)
		log_found(l, l->attach_result, l->attach_why);
}

static void begin(struct line *l, bool detach_only)
{
	if (l->attaching || l->e->ending || !media_absent(l->e->media, l->index))
		return;
	l->detach_only = detach_only;
	l->job.data = l;
	l->attaching = uv_queue_work(&l->e->loop, &l->job, work, worked) == 0;
}

static void on_retry(uv_timer_t *timer)
{
	struct engine *e = timer->data;

	for (size_t i = 0; i < e->cfg.n_spans; i++)
		begin(&e->lines[i], false);
}

/* "add@/devices/..." and then "SUBSYSTEM=dahdi_spans" among others, each ended by a 0. */
static bool is_about_spans(const char *message, size_t len)
{
	static const char wanted[] = "SUBSYSTEM=dahdi_";

	for (size_t at = 0; at < len; at += strnlen(message + at, len - at) + 1) {
		if (len - at >= sizeof(wanted) &&
		    memcmp(message + at, wanted, sizeof(wanted) - 1) == 0)
			return true;
	}
	return false;
}

static void on_kernel(uv_poll_t *poll, int status, int events)
{
	struct engine *e = poll->data;
	char message[MESSAGE_MAX];
	ssize_t n;

	(void)status;
	(void)events;
	while ((n = recv(e->uevent_fd, message, sizeof(message), MSG_DONTWAIT)) > 0) {
		if (is_about_spans(message, (size_t)n))
			uv_timer_start(&e->retry, on_retry, SETTLE_MS, RETRY_MS);
	}
}

static void hear_kernel(struct engine *e)
{
	struct sockaddr_nl at = {.nl_family = AF_NETLINK, .nl_groups = KERNEL};

	e->uevent_fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			      NETLINK_KOBJECT_UEVENT);
	if (e->uevent_fd < 0 || bind(e->uevent_fd, (struct sockaddr *)&at, sizeof(at)) ||
	    uv_poll_init(&e->loop, &e->uevents, e->uevent_fd)) {
		log_info("engine",
			 "no messages of the kernel about new cards (%s): looking every "
			 "%d s",
			 strerror(errno), RETRY_MS / 1000);
		return;
	}
	e->uevents.data = e;
	uv_poll_start(&e->uevents, UV_READABLE, on_kernel);
}

void attach_open(struct engine *e)
{
	bool any = false;

	for (size_t i = 0; i < e->cfg.n_spans; i++) {
		struct line *l = &e->lines[i];
		char why[DEVICE_TEXT_MAX];

		if (!media_absent(e->media, i))
			continue;
		any = true;
		log_found(l, media_attach(e->media, i, why, sizeof(why)), why);
	}
	if (!any)
		return;
	uv_timer_init(&e->loop, &e->retry);
	e->retry.data = e;
	uv_timer_start(&e->retry, on_retry, RETRY_MS, RETRY_MS);
	hear_kernel(e);
}

void attach_lost(struct line *l)
{
	begin(l, true);
}

bool attach_busy(const struct engine *e)
{
	for (size_t i = 0; i < e->cfg.n_spans; i++) {
		if (e->lines[i].attaching)
			return true;
	}
	return false;
}

void attach_close(struct engine *e)
{
	if (e->uevent_fd >= 0)
		close(e->uevent_fd);
}
