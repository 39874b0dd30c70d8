/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vhost.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/virtio_pcidev.h>
#include <linux/virtio_ring.h>

#include "base/log.h"
#include "vhost_msg.h"

#define QUEUES      2
#define Q_CMD       0
#define Q_IRQ       1
#define REGIONS     2
#define MESSAGE     (sizeof(struct virtio_pcidev_msg) + 4096) /* longest block access */
#define UNREAPED    32 /* posted writes after which the guest is told to free their buffers */
#define PATH_IN_LOG "slot"

struct region {
	uint64_t guest, user, size;
	uint8_t *map;
	void *base;
	size_t length;
};

struct queue {
	struct vhost *vhost;
	unsigned int num;
	struct vring ring;
	uint16_t taken; /* next index of the avail ring */
	int kick_fd, call_fd;
	uv_poll_t *kick;
	bool ready, enabled;
};

struct vhost {
	struct vhost_device device;
	uv_loop_t *loop;
	char path[108];
	int listen_fd, fd, back_fd;
	uv_poll_t *listening, *connected;
	struct region region[REGIONS];
	unsigned int regions;
	struct queue queue[QUEUES];
	unsigned int unreaped;
	uint16_t given; /* avail index of "irq" when the last interrupt was sent */
	bool interrupting, up, inband;
};

/* ---- watching descriptors ---- */

static void poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void poll_end(uv_poll_t **poll)
{
	if (!*poll)
		return;
	uv_poll_stop(*poll);
	uv_close((uv_handle_t *)*poll, poll_closed);
	*poll = NULL;
}

static int poll_begin(uv_poll_t **poll, uv_loop_t *loop, int fd, uv_poll_cb cb, void *ctx)
{
	*poll = malloc(sizeof(**poll));
	if (!*poll)
		return -ENOMEM;
	if (uv_poll_init(loop, *poll, fd)) {
		free(*poll);
		*poll = NULL;
		return -EINVAL;
	}
	(*poll)->data = ctx;
	return uv_poll_start(*poll, UV_READABLE, cb);
}

/* ---- memory ---- */

static void *region_at(const struct vhost *v, uint64_t addr, size_t n, bool user)
{
	for (unsigned int i = 0; i < v->regions; i++) {
		const struct region *r = &v->region[i];
		uint64_t from = user ? r->user : r->guest;

		if (addr >= from && addr - from < r->size && n <= r->size - (addr - from))
			return r->map + (addr - from);
	}
	return NULL;
}

void *vhost_memory(struct vhost *v, uint64_t addr, size_t n)
{
	return region_at(v, addr, n, false);
}

static void unmap(struct vhost *v)
{
	for (unsigned int i = 0; i < v->regions; i++)
		munmap(v->region[i].base, v->region[i].length);
	v->regions = 0;
}

static int map_region(struct region *r, const struct vhost_msg_region *m, int fd)
{
	r->guest = m->guest_addr;
	r->user = m->user_addr;
	r->size = m->size;
	r->length = (size_t)(m->size + m->mmap_offset);
	r->base = mmap(NULL, r->length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (r->base == MAP_FAILED)
		return -errno;
	r->map = (uint8_t *)r->base + m->mmap_offset;
	return 0;
}

static int set_memory(struct vhost *v, const struct vhost_msg *m, const int *fds, int n_fds)
{
	unsigned int n = m->payload.memory.n;
	int err;

	unmap(v);
	if (n > REGIONS || n_fds != (int)n)
		return -EINVAL;
	for (; v->regions < n; v->regions++) {
		err = map_region(&v->region[v->regions], &m->payload.memory.region[v->regions],
				 fds[v->regions]);
		if (err)
			return err;
	}
	return 0;
}

/* ---- queues ---- */

/* A message; what the guest does with it first is done when its answer is there. */
static void call(struct vhost *v, unsigned int index)
{
	struct vhost_msg m = {.request = VHOST_MSG_BACKEND_VRING_CALL,
			      .flags = VHOST_MSG_VERSION | VHOST_MSG_NEED_REPLY,
			      .size = sizeof(m.payload.state),
			      .payload.state.index = index};
	size_t n = VHOST_MSG_HEADER + sizeof(m.payload.state);

	if (v->back_fd < 0)
		return;
	if (send(v->back_fd, &m, n, MSG_NOSIGNAL) != (ssize_t)n)
		return; /* the guest has gone */
	recv(v->back_fd, &m, VHOST_MSG_HEADER + sizeof(m.payload.u64), MSG_WAITALL);
}

static void notify(struct queue *q)
{
	uint64_t one = 1;

	if (q->vhost->inband) {
		call(q->vhost, (unsigned int)(q - q->vhost->queue));
		return;
	}
	/* A full pipe has the guest's attention already. */
	if (q->call_fd >= 0 && write(q->call_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_warn(PATH_IN_LOG, "cannot notify the guest: %s", strerror(errno));
}

static bool queue_pop(struct queue *q, uint16_t *head)
{
	uint16_t avail;

	if (!q->ready || !q->enabled)
		return false;
	avail = __atomic_load_n(&q->ring.avail->idx, __ATOMIC_ACQUIRE);
	if (avail == q->taken)
		return false;
	*head = q->ring.avail->ring[q->taken++ % q->num] % q->num;
	return true;
}

static void queue_push(struct queue *q, uint16_t head, size_t written)
{
	uint16_t used = q->ring.used->idx;
	struct vring_used_elem *e = &q->ring.used->ring[used % q->num];

	e->id = head;
	e->len = (uint32_t)written;
	__atomic_store_n(&q->ring.used->idx, used + 1, __ATOMIC_RELEASE);
}

/*
 * One chain: what the guest says goes to @out, where it wants its answer comes back.
 * Return: octets gathered, or -EINVAL for a chain that points nowhere.
 */
static int gather(struct queue *q, uint16_t head, uint8_t *out, size_t max, uint8_t **in,
		  size_t *in_len)
{
	unsigned int at = head;
	size_t n = 0;

	*in = NULL;
	*in_len = 0;
	for (unsigned int i = 0; i < q->num; i++) {
		const struct vring_desc *d = &q->ring.desc[at];
		void *mem = region_at(q->vhost, d->addr, d->len, false);

		if (!mem)
			return -EINVAL;
		if (d->flags & VRING_DESC_F_WRITE) {
			*in = mem;
			*in_len = d->len;
		} else if (n + d->len <= max) {
			memcpy(out + n, mem, d->len);
			n += d->len;
		} else {
			return -EINVAL;
		}
		if (!(d->flags & VRING_DESC_F_NEXT))
			return (int)n;
		at = d->next % q->num;
	}
	return -EINVAL;
}

/* One access. Return: octets of answer. */
static size_t perform(struct vhost *v, const struct virtio_pcidev_msg *m, size_t n, uint8_t *in,
		      size_t in_len)
{
	size_t extra = n - sizeof(*m), size = m->size;

	switch (m->op) {
	case VIRTIO_PCIDEV_OP_CFG_READ:
	case VIRTIO_PCIDEV_OP_MMIO_READ:
		if (!in || size > in_len)
			break;
		v->device.read(v->device.ctx,
			       m->op == VIRTIO_PCIDEV_OP_CFG_READ ? VHOST_CONFIG : m->bar, m->addr,
			       in, size);
		v->unreaped = 0; /* while it waits for the answer it frees what is used */
		return size;
	case VIRTIO_PCIDEV_OP_CFG_WRITE:
	case VIRTIO_PCIDEV_OP_MMIO_WRITE:
		if (size > extra)
			break;
		v->device.write(v->device.ctx,
				m->op == VIRTIO_PCIDEV_OP_CFG_WRITE ? VHOST_CONFIG : m->bar,
				m->addr, m->data, size);
		v->unreaped++;
		return 0;
	default: break;
	}
	log_warn(PATH_IN_LOG, "access of a kind not known: operation %u, %zu octets", m->op, size);
	return 0;
}

static void serve(struct vhost *v)
{
	_Alignas(struct virtio_pcidev_msg) uint8_t message[MESSAGE];
	struct queue *q = &v->queue[Q_CMD];
	uint16_t head;
	uint8_t *in;
	size_t in_len;

	while (queue_pop(q, &head)) {
		int n = gather(q, head, message, sizeof(message), &in, &in_len);
		size_t done = 0;

		if (n >= (int)sizeof(struct virtio_pcidev_msg))
			done = perform(v, (const struct virtio_pcidev_msg *)message, (size_t)n, in,
				       in_len);
		else
			log_warn(PATH_IN_LOG, "message that is none: %d octets", n);
		queue_push(q, head, done);
		if (v->unreaped >= UNREAPED) {
			v->unreaped = 0;
			notify(q);
		}
	}
}

/* The guest gives a buffer back for each interrupt that it has handled. */
static void check_recycled(struct vhost *v)
{
	struct queue *q = &v->queue[Q_IRQ];

	if (!v->interrupting || !q->ready ||
	    __atomic_load_n(&q->ring.avail->idx, __ATOMIC_ACQUIRE) == v->given)
		return;
	v->interrupting = false;
	v->device.recycled(v->device.ctx);
}

static void kicked(struct vhost *v)
{
	/* Writes come before the end of the interrupt in which they were made. */
	serve(v);
	check_recycled(v);
}

static void on_kick(uv_poll_t *poll, int status, int events)
{
	struct queue *q = poll->data;
	uint64_t count;

	(void)status;
	(void)events;
	if (read(q->kick_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		log_warn(PATH_IN_LOG, "kick: %s", strerror(errno));
	kicked(q->vhost);
}

int vhost_interrupt(struct vhost *v)
{
	struct queue *q = &v->queue[Q_IRQ];
	struct virtio_pcidev_msg *m = NULL;
	uint16_t head;

	if (!v->up)
		return -ENOTCONN;
	check_recycled(v);
	if (v->interrupting)
		return -EBUSY;
	if (!queue_pop(q, &head))
		return -ENOTCONN;
	if (q->ring.desc[head].len >= sizeof(*m))
		m = region_at(v, q->ring.desc[head].addr, sizeof(*m), false);
	if (m) {
		memset(m, 0, sizeof(*m));
		m->op = VIRTIO_PCIDEV_OP_INT;
		m->addr = 1; /* INTA */
	}
	v->given = __atomic_load_n(&q->ring.avail->idx, __ATOMIC_ACQUIRE);
	v->interrupting = m != NULL;
	queue_push(q, head, m ? sizeof(*m) : 0);
	notify(q);
	return m ? 0 : -ENOTCONN;
}

bool vhost_interrupting(const struct vhost *v)
{
	return v->interrupting;
}

/* ---- the guest's messages ---- */

static void queue_close(struct queue *q)
{
	poll_end(&q->kick);
	if (q->kick_fd >= 0)
		close(q->kick_fd);
	if (q->call_fd >= 0)
		close(q->call_fd);
	q->kick_fd = q->call_fd = -1;
	q->ready = q->enabled = false;
	q->taken = 0;
}

static void close_back(struct vhost *v)
{
	if (v->back_fd >= 0)
		close(v->back_fd);
	v->back_fd = -1;
}

static void disconnect(struct vhost *v)
{
	bool was_up = v->up;

	v->up = v->interrupting = false;
	for (int i = 0; i < QUEUES; i++)
		queue_close(&v->queue[i]);
	close_back(v);
	poll_end(&v->connected);
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
	if (was_up)
		v->device.gone(v->device.ctx);
	unmap(v);
}

static int set_address(struct vhost *v, const struct vhost_msg *m)
{
	struct queue *q;
	unsigned int i = m->payload.address.index;

	if (i >= QUEUES || !v->queue[i].num)
		return -EINVAL;
	q = &v->queue[i];
	q->ring.num = q->num;
	q->ring.desc =
		region_at(v, m->payload.address.desc, q->num * sizeof(struct vring_desc), true);
	q->ring.avail = region_at(v, m->payload.address.avail, 6 + 2UL * q->num, true);
	q->ring.used = region_at(v, m->payload.address.used, 6 + 8UL * q->num, true);
	q->ready = q->ring.desc && q->ring.avail && q->ring.used;
	return q->ready ? 0 : -EFAULT;
}

static int set_state(struct vhost *v, const struct vhost_msg *m)
{
	uint32_t i = m->payload.state.index, n = m->payload.state.num;
	struct queue *q;

	if (i >= QUEUES)
		return -EINVAL;
	q = &v->queue[i];
	switch (m->request) {
	case VHOST_MSG_SET_VRING_NUM:
		if (!n || n > 1024 || n & (n - 1))
			return -EINVAL;
		q->num = n;
		return 0;
	case VHOST_MSG_SET_VRING_BASE: q->taken = (uint16_t)n; return 0;
	default: q->enabled = n; break;
	}
	if (!v->up && v->queue[Q_CMD].enabled && v->queue[Q_IRQ].enabled) {
		v->up = true;
		v->device.plugged(v->device.ctx);
	}
	return 0;
}

/* Takes the descriptor. */
static int set_fd(struct vhost *v, const struct vhost_msg *m, int *fds, int n_fds)
{
	unsigned int i = m->payload.u64 & 0xff;
	struct queue *q;

	if (i >= QUEUES || n_fds != 1)
		return -EINVAL;
	q = &v->queue[i];
	if (m->request == VHOST_MSG_SET_VRING_CALL) {
		q->call_fd = fds[0];
		fds[0] = -1;
		return 0;
	}
	q->kick_fd = fds[0];
	fds[0] = -1;
	return poll_begin(&q->kick, v->loop, q->kick_fd, on_kick, q);
}

static int handle(struct vhost *v, struct vhost_msg *m, int *fds, int n_fds, bool *answered)
{
	switch (m->request) {
	case VHOST_MSG_GET_FEATURES:
		m->payload.u64 = VHOST_MSG_FEATURES;
		*answered = true;
		return 0;
	case VHOST_MSG_GET_PROTOCOL_FEATURES:
		m->payload.u64 = VHOST_MSG_PROTOCOL_FEATURES |
				 (v->inband ? VHOST_MSG_INBAND_NOTIFICATIONS : 0);
		*answered = true;
		return 0;
	case VHOST_MSG_SET_OWNER:
	case VHOST_MSG_SET_FEATURES:
	case VHOST_MSG_SET_PROTOCOL_FEATURES: return 0;
	case VHOST_MSG_SET_MEM_TABLE: return set_memory(v, m, fds, n_fds);
	case VHOST_MSG_SET_VRING_NUM:
	case VHOST_MSG_SET_VRING_BASE:
	case VHOST_MSG_SET_VRING_ENABLE: return set_state(v, m);
	case VHOST_MSG_SET_VRING_ADDR: return set_address(v, m);
	case VHOST_MSG_VRING_KICK: kicked(v); return 0;
	case VHOST_MSG_SET_VRING_KICK:
	case VHOST_MSG_SET_VRING_CALL: return set_fd(v, m, fds, n_fds);
	case VHOST_MSG_SET_BACKEND_REQ_FD:
		if (n_fds != 1)
			return -EINVAL;
		close_back(v);
		v->back_fd = fds[0];
		fds[0] = -1;
		return 0;
	default: return -ENOSYS;
	}
}

static int reply(struct vhost *v, struct vhost_msg *m, uint64_t value)
{
	m->flags = VHOST_MSG_VERSION | VHOST_MSG_REPLY;
	m->size = sizeof(m->payload.u64);
	m->payload.u64 = value;
	return send(v->fd, m, VHOST_MSG_HEADER + m->size, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Return: 1 a message is there, 0 the guest has gone, negative errno. */
static int receive(struct vhost *v, struct vhost_msg *m, int fds[REGIONS], int *n_fds)
{
	union {
		char space[CMSG_SPACE(REGIONS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {m, VHOST_MSG_HEADER};
	struct msghdr h = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control.space,
			   .msg_controllen = sizeof(control.space)};
	ssize_t n = recvmsg(v->fd, &h, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c;

	if (n <= 0)
		return n ? -errno : 0;
	for (c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c)) {
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		*n_fds = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), (size_t)*n_fds * sizeof(int));
	}
	if (n != VHOST_MSG_HEADER || m->size > sizeof(m->payload))
		return -EPROTO;
	if (m->size && recv(v->fd, &m->payload, m->size, MSG_WAITALL) != (ssize_t)m->size)
		return -EPROTO;
	return 1;
}

static void on_message(uv_poll_t *poll, int status, int events)
{
	struct vhost *v = poll->data;
	struct vhost_msg m = {0};
	int fds[REGIONS] = {-1, -1}, n_fds = 0, err;
	bool answered = false, wants;

	(void)status;
	(void)events;
	err = receive(v, &m, fds, &n_fds);
	if (err > 0) {
		wants = m.flags & VHOST_MSG_NEED_REPLY;
		err = handle(v, &m, fds, n_fds, &answered);
		if (err)
			log_error(PATH_IN_LOG, "request %u of the guest: %s", m.request,
				  strerror(-err));
		if (answered)
			err = reply(v, &m, m.payload.u64);
		else if (wants)
			err = reply(v, &m, err ? 1 : 0);
	} else {
		err = err ? err : -ECONNRESET;
	}
	for (int i = 0; i < n_fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (err)
		disconnect(v);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	struct vhost *v = poll->data;
	int fd = accept4(v->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	(void)status;
	(void)events;
	if (fd < 0)
		return;
	if (v->fd >= 0) {
		log_warn(PATH_IN_LOG, "a second guest is refused");
		close(fd);
		return;
	}
	v->fd = fd;
	if (poll_begin(&v->connected, v->loop, fd, on_message, v))
		disconnect(v);
}

/* ---- opening, closing ---- */

void vhost_unplug(struct vhost *v)
{
	close_back(v);
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	strcpy(addr.sun_path, path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0) {
		close(fd);
		return -EADDRINUSE;
	}
	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 1)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

int vhost_open(struct vhost **out, uv_loop_t *loop, const char *path,
	       const struct vhost_device *device, bool inband)
{
	struct vhost *v = calloc(1, sizeof(*v));
	int err = -ENOMEM;

	if (!v)
		return err;
	v->device = *device;
	v->loop = loop;
	v->inband = inband;
	v->fd = v->back_fd = -1;
	for (int i = 0; i < QUEUES; i++) {
		v->queue[i].vhost = v;
		v->queue[i].kick_fd = v->queue[i].call_fd = -1;
	}
	err = -ENAMETOOLONG;
	if (strlen(path) >= sizeof(v->path))
		goto fail;
	strcpy(v->path, path);
	err = v->listen_fd = listen_at(path);
	if (err < 0)
		goto fail;
	err = poll_begin(&v->listening, loop, v->listen_fd, on_connection, v);
	if (err)
		goto close;
	*out = v;
	return 0;
close:
	close(v->listen_fd);
	unlink(path);
fail:
	log_error(PATH_IN_LOG, "cannot wait for a guest at %s: %s", path, strerror(-err));
	free(v);
	return err;
}

void vhost_close(struct vhost *v)
{
	if (!v)
		return;
	v->up = false; /* gone() is not called */
	disconnect(v);
	poll_end(&v->listening);
	close(v->listen_fd);
	unlink(v->path);
	free(v);
}
