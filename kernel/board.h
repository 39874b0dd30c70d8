/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * board.h: what a file in boards/ says, as the driver and the emulated card see it.
 *
 * boards.gen.h is made from the files by boards/gen.c: BOARDS(X) has one X({ .. }) a board, to be
 * defined as X(...), the braces being an initializer of struct board; BOARD_PCI_IDS(X) one
 * X(vendor, device, subvendor, board) an id, board being the index of the board in BOARDS.
 */
#ifndef STROWGER_KERNEL_BOARD_H
#define STROWGER_KERNEL_BOARD_H

#include "types.h"

enum board_bridge {
	BOARD_TIGER320,
};

enum board_framer {
	BOARD_FALC56,
};

/**
 * struct board_pins - bridge setup that follows from the wiring; Tiger320 registers
 * @aux_out: AUXC, pins that are outputs
 * @aux_idle: AUXD as long as nothing is addressed
 * @aux_pld: AUXD that selects the board's PLD; without it the framer is selected
 * @serial: SERCTL, bit order and clock of the serial port
 * @frame_delay: FSCDELAY [data clocks]
 * @interrupts: MASK0
 */
struct board_pins {
	uint8_t aux_out;
	uint8_t aux_idle;
	uint8_t aux_pld;
	uint8_t serial;
	uint8_t frame_delay;
	uint8_t interrupts;
};

/**
 * struct board_dma - layout of a frame in host memory
 * @slots: octets a frame, timeslots of the serial port
 * @swap: timeslot t is at octet t XOR swap: byte order within a dword
 * @tx_skew: octets from the start of a half to its first frame when sending; the end of the last
 *	frame lies in the next half
 */
struct board_dma {
	uint8_t slots;
	uint8_t swap;
	uint8_t tx_skew;
};

/**
 * struct board_pld - the board's own logic, registers on the peripheral bus and their bits
 * @clock: register: clock source. Bits @clock_line: clock from the line, not from the oscillator;
 *	@clock_hold: serial ports are held and aligned anew; @clock_on: clocks run
 * @jumper_t1: bit of @clock when read: the jumper says T1
 * @leds: register. Bits @led_red, @led_green, @led_test
 * @version: register, read only
 * @wake: register that takes a dummy write of @wake_value before each read
 * @settle_ms: time that @clock_hold has to last [ms]
 */
struct board_pld {
	uint8_t clock, clock_line, clock_hold, clock_on, jumper_t1;
	uint8_t leds, led_red, led_green, led_test;
	uint8_t version;
	uint8_t wake, wake_value;
	uint16_t settle_ms;
};

/**
 * struct board_line - the framer's line side
 * @pulse: FALC56 XPM0..2, transmit pulse shape for this board's transformer and 120 ohm
 */
struct board_line {
	uint8_t pulse[3];
};

/**
 * struct board - one kind of card
 * @name: name of its file, without ".conf"
 * @title: for people
 * @maker: for people
 * @same_ids_as: index of the board whose PCI ids this one reports too, -1 for none
 */
struct board {
	const char *name;
	const char *title;
	const char *maker;
	enum board_bridge bridge;
	enum board_framer framer;
	int same_ids_as;
	struct board_pins pins;
	struct board_dma dma;
	struct board_pld pld;
	struct board_line line;
};

#endif
