/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slot: the vhost-user back end through which a User-Mode-Linux guest sees a PCI device.
 *
 * The guest connects to a Unix socket, hands over its memory and two virtqueues: in "cmd" it puts
 * accesses to the configuration space and to the BARs, in "irq" empty buffers for interrupts. Both
 * carry struct virtio_pcidev_msg. A read is a round trip for which the guest spins; writes are posted,
 * order is kept.
 *
 * One guest at a time; when it has gone the next may connect, as if the card was plugged in anew.
 *
 * Source: vhost-user specification (QEMU), virtio 1.0 2.4 (split queues), linux/virtio_pcidev.h.
 */
#ifndef CARD_VHOST_H
#define CARD_VHOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define VHOST_CONFIG (-1) /* as a BAR number: the configuration space */

struct vhost; /* opaque */

/**
 * struct vhost_device - what is plugged into the slot
 * @read: fill @data with the @n octets at @addr of @bar, little endian
 * @write: take the @n octets of @data
 * @plugged: a guest has connected and both queues are up
 * @gone: the guest has disconnected; its memory is no longer there
 * @recycled: an interrupt has been handled and its buffer come back
 */
struct vhost_device {
	void (*read)(void *ctx, int bar, uint64_t addr, uint8_t *data, size_t n);
	void (*write)(void *ctx, int bar, uint64_t addr, const uint8_t *data, size_t n);
	void (*plugged)(void *ctx);
	void (*gone)(void *ctx);
	void (*recycled)(void *ctx);
	void *ctx;
};

/**
 * vhost_open() - wait for a guest at @path; a socket file nobody listens on is replaced
 * @device: copied
 * @inband: kicks and interrupts are messages on the sockets that are answered, as simulated time needs it
 * Return: 0, or negative errno with a message logged.
 */
int vhost_open(struct vhost **out, uv_loop_t *loop, const char *path,
	       const struct vhost_device *device, bool inband);

/** vhost_close() - end it, remove the socket file; freed once the loop has run */
void vhost_close(struct vhost *v);

/**
 * vhost_memory() - @n octets of guest memory at bus address @addr
 * Return: NULL unless all of it is memory that the guest has shared. Valid until gone().
 */
void *vhost_memory(struct vhost *v, uint64_t addr, size_t n);

/**
 * vhost_interrupt() - one INTx message
 * Return: 0 sent; -EBUSY the last one is still being handled; -ENOTCONN no guest, or no buffer.
 */
int vhost_interrupt(struct vhost *v);

/** vhost_interrupting() - is the last interrupt still being handled? */
bool vhost_interrupting(const struct vhost *v);

/**
 * vhost_unplug() - pull the card out
 *
 * The guest is told so by the end of its interrupt channel. Accesses go on to read() and write()
 * until it has understood, then it disconnects.
 */
void vhost_unplug(struct vhost *v);

#endif
