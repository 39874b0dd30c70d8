/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * falc56_regs.h: registers of the Infineon FALC56 (PEF 2256) in E1 mode.
 *
 * Without a tag: confirmed by independent public drivers of this chip or data-sheet text. [H] from
 * drivers of the same family (bit positions agree where both are known); [O] seen to be written by
 * older drivers of this board, meaning inferred; [R] recollection of the data sheet.
 */
#ifndef STROWGER_KERNEL_FALC56_REGS_H
#define STROWGER_KERNEL_FALC56_REGS_H

#define FALC_CMDR      0x02 /* write only */
#define FALC_CMDR_RRES 0x40 /* receiver looks for frame alignment anew */
#define FALC_CMDR_XRES 0x10 /* transmitter starts over */
#define FALC_IPC       0x08
#define FALC_IMR0      0x14 /* ..IMR5 0x19: 1 masks the bit of the same ISR, also from GIS */
#define FALC_IERR      0x1b /* [H] writing a 1 puts one error on the line: */
#define FALC_IERR_BPV  0x01 /* bipolar violation */
#define FALC_IERR_PRBS 0x02
#define FALC_IERR_CAS  0x04
#define FALC_IERR_CRC  0x08
#define FALC_IERR_MF   0x10
#define FALC_IERR_FAS  0x20

#define FALC_FMR0      0x1c
#define FALC_FMR0_HDB3 0xf0 /* line code of both directions */
#define FALC_FMR0_AMI  0xa0
#define FALC_FMR0_SIM  0x01 /* the receiver pretends errors and alarms */
#define FALC_FMR1      0x1d
#define FALC_FMR1_AFR  0x40 /* looks for frame alignment by itself after a loss */
#define FALC_FMR1_XFS  0x08 /* sends CRC-4 multiframes */
#define FALC_FMR1_ECM  0x04 /* error counters hold the last whole second */
#define FALC_FMR1_XAIS 0x01 /* sends AIS */
#define FALC_FMR2      0x1e
#define FALC_FMR2_AUTO                                                                             \
	0xc0 /* expects CRC-4 multiframes, does without after 400 ms: G.706 Annex B */
#define FALC_FMR2_PLB  0x04 /* payload loop: what is received is sent, in frames of our own */
#define FALC_FMR2_AXRA 0x02 /* sends RAI for as long as there is no frame alignment */
#define FALC_FMR2_ALMF 0x01 /* loss of multiframe alignment by too many CRC errors */
#define FALC_LOOP      0x1f

#define FALC_XSW       0x20 /* transmit service word: Si and Sa bits 1, RAI off */
#define FALC_XSW_IDLE  0x9f
#define FALC_XSP       0x21
#define FALC_XSP_E1    0x1c /* E bits sent by the chip from the CRC errors it sees */
#define FALC_XSP_CASEN 0x40 /* timeslot 16 comes from the XS registers */
#define FALC_XC0       0x22
#define FALC_XC1       0x23
#define FALC_RC0       0x24
#define FALC_RC1       0x25
#define FALC_XPM0      0x26 /* ..XPM2 0x28: shape of the pulse that is sent */
#define FALC_LIM0      0x36
#define FALC_LIM0_EQON 0x08 /* [O] equaliser for long lines, always on */
#define FALC_LIM0_LL   0x02 /* local loop */
#define FALC_LIM1      0x37
#define FALC_LIM1_E1   0xf0 /* [O] data off on LOS, receive threshold */
#define FALC_LIM1_JATT 0x04 /* the loop goes through the jitter attenuator */
#define FALC_LIM1_RL   0x02 /* remote loop: the line sees its own signal */
#define FALC_PCD       0x38 /* LOS after 16 * (n + 1) bits without pulse */
#define FALC_PCR       0x39 /* LOS ends with n + 1 pulses in that time */
#define FALC_LIM2      0x3a
#define FALC_LIM2_SLT  0x20 /* slicer at half of the pulse */
#define FALC_LCR1      0x3b
#define FALC_LCR1_PRBS 0xc0 /* [H] sends (0x40) and looks for (0x80) a pseudo-random pattern */
#define FALC_SIC1      0x3e
#define FALC_SIC2      0x3f
#define FALC_SIC3      0x40
#define FALC_CMR1      0x44
#define FALC_CMR2      0x45
#define FALC_GCR       0x46
#define FALC_GCR_SCI   0x40 /* status interrupts at begin and end of a condition */
#define FALC_RBD       0x49

#define FALC_VSTR       0x4a /* version: 0x00 V1.2, 0x05 and 0x10 V2.x */
#define FALC_FRS0       0x4c
#define FALC_FRS0_LOS   0x80
#define FALC_FRS0_AIS   0x40
#define FALC_FRS0_LFA   0x20
#define FALC_FRS0_RRA   0x10 /* RAI is received */
#define FALC_FRS0_NMF   0x04 /* [H] no CRC-4 within 400 ms: the far end does not send it */
#define FALC_FRS0_LMFA  0x02 /* [H] no CRC-4 multiframe alignment */
#define FALC_FRS1       0x4d
#define FALC_FRS1_RA16  0x40 /* [H] timeslot 16: remote alarm (Y bit) */
#define FALC_FRS1_AIS16 0x10 /* [H] timeslot 16: all ones */
#define FALC_FRS1_LFA16 0x08 /* [H] timeslot 16: no CAS multiframe alignment */
#define FALC_FEC        0x50 /* FAS errors; 16 bit counters, low octet first */
#define FALC_CVC        0x52 /* code violations */
#define FALC_CEC1       0x54 /* CRC-4 errors */
#define FALC_EBC        0x56 /* E bits from the far end */
#define FALC_BEC        0x58 /* [R] bit errors of the pseudo-random pattern while FALC_LCR1_PRBS */

#define FALC_ISR0      0x68 /* ..ISR5 0x6d: what happened; reading clears */
#define FALC_ISR0_CASC 0x08 /* a CAS register changed */
#define FALC_ISR2_ALL  0xff /* FAR LFA MFAR T400MS AIS LOS RAR RA */
#define FALC_ISR3_SEC  0x40 /* a second is over, counters are new */
#define FALC_ISR3_TS16 0x38 /* [H] LMFA16 AIS16 RA16 */
#define FALC_ISR3_SLIP 0x03 /* [H] a received frame was skipped (2) or repeated (1) */
#define FALC_ISR4_SLIP 0xc0 /* [R] the same for a frame to be sent */
#define FALC_GIS       0x6e /* bit n: ISRn is not zero */
#define FALC_CAS       0x70 /* XS1..16 when written, RS1..16 when read; n-1: frame n of 16 */
#define FALC_XS1_IDLE  0x0b /* 0000 xyxx of G.704 5.1.3.2.2, x 1 */
#define FALC_XS1_Y     0x04 /* our CAS receiver has no multiframe alignment */

#define FALC_PC1    0x80 /* ..PC5 0x84: port pins */
#define FALC_GPC1   0x85
#define FALC_PC6    0x86
#define FALC_GCM1   0x92 /* ..GCM8 0x99: divider of the master clock */
#define FALC_COND_A 0xbb /* not documented, see falc56_plan.c */
#define FALC_COND_B 0xbc
#define FALC_WID    0xec /* V1.2: bits 1:0 are 3; V2.x: bits 7:6 */

#endif
