// SPDX-License-Identifier: Apache-2.0

// Package kiosk is the domain of Handrail: what a guide is, what a session is, and what may happen next. It does no I/O,
// knows no clock and no browser.
//
// A [Session] belongs to one citizen. Whatever happens (a touch, a page that is seen, a card, a helper's answer, time going
// by) reaches it as an [Event]; [Session.Apply] answers with the [Effect]s that the worker has to carry out, and the
// results of these come back as events. So a session can be replayed and tested without a screen, and two promises can be
// proved over it: every session ends in [Wipe], and after that no effect carries a value.
//
// Personal values are [Private] and [Fields]: types that cannot be printed, logged or marshalled by accident.
package kiosk
