/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the vhost-user protocol, as far as a User-Mode-Linux guest of Linux 6.1 sends them.
 * All in the order of the processor.
 *
 * Source: vhost-user specification (QEMU), "Message types".
 */
#ifndef CARD_VHOST_MSG_H
#define CARD_VHOST_MSG_H

#include <stdint.h>

#define VHOST_MSG_VERSION    0x1u
#define VHOST_MSG_REPLY      0x4u
#define VHOST_MSG_NEED_REPLY 0x8u

/* VIRTIO_F_VERSION_1, and that protocol features can be asked for */
#define VHOST_MSG_FEATURES             (1ull << 32 | 1ull << 30)
/* REPLY_ACK; BACKEND_REQ, without which Linux 6.1 asks for interrupt number 0 and fails */
#define VHOST_MSG_PROTOCOL_FEATURES    (1ull << 3 | 1ull << 5)
/* kicks and calls are messages, too */
#define VHOST_MSG_INBAND_NOTIFICATIONS (1ull << 14)

enum vhost_msg_request {
	VHOST_MSG_GET_FEATURES = 1,
	VHOST_MSG_SET_FEATURES = 2,
	VHOST_MSG_SET_OWNER = 3,
	VHOST_MSG_SET_MEM_TABLE = 5,
	VHOST_MSG_SET_VRING_NUM = 8,
	VHOST_MSG_SET_VRING_ADDR = 9,
	VHOST_MSG_SET_VRING_BASE = 10,
	VHOST_MSG_SET_VRING_KICK = 12,
	VHOST_MSG_SET_VRING_CALL = 13,
	VHOST_MSG_GET_PROTOCOL_FEATURES = 15,
	VHOST_MSG_SET_PROTOCOL_FEATURES = 16,
	VHOST_MSG_SET_VRING_ENABLE = 18,
	VHOST_MSG_SET_BACKEND_REQ_FD = 21,
	VHOST_MSG_VRING_KICK = 35,
};

/* to the guest, on its other socket */
#define VHOST_MSG_BACKEND_VRING_CALL 4u

struct vhost_msg_region {
	uint64_t guest_addr, size, user_addr, mmap_offset;
} __attribute__((packed));

struct vhost_msg {
	uint32_t request, flags, size;
	union {
		uint64_t u64;
		struct {
			uint32_t index, num;
		} state;
		struct {
			uint32_t index, flags;
			uint64_t desc, used, avail, log;
		} __attribute__((packed)) address;
		struct {
			uint32_t n, padding;
			struct vhost_msg_region region[8];
		} __attribute__((packed)) memory;
	} payload;
} __attribute__((packed));

#define VHOST_MSG_HEADER 12

#endif
