// SPDX-License-Identifier: Apache-2.0

package session

import (
	"strings"

	"handrail/peripherals"
)

// sayings are sentences of the catalogue that a screen has only while they are true. An unattended run must see the very
// words on the page, and may be told no word of it: so it is told which of these stand there.
var sayings = []string{
	"waiting.title", "waiting.line-down.title", "waiting.line-down", "waiting.line-down.then", "help.free",
	"companion.help-over", "call.voice.thin", "ticket.title", "ticket.out", "ticket.copy", "ticket.office.knows", "ticket.office.later", "waiting.bell", "waiting.bell.rung", "bell.here",
	"failure.site-down.title", "failure.site-unsure.title", "failure.session-lost.title", "failure.browser-lost.title", "failure.dead-end.title", "failure.reader.title", "failure.printer.title",
	"failure.out-of-order.title", "failure.desk",
	"failure.truth.not-your-fault", "failure.truth.stopped", "failure.truth.not-sent", "failure.truth.already-sent", "failure.truth.help-works", "failure.truth.office-told",
	"failure.truth.still-there", "failure.truth.erased", "failure.truth.request-kept", "failure.truth.go-on", "failure.truth.write-yourself",
	"failure.truth.trying", "failure.truth.look-again",
	"sheets.title", "sheets.out.title", "sheets.none.title", "sheets.printing.title",
	"card.failed.title", "card.write", "unknown.title", "opening.title",
	"end.first", "end.take-both", "end.take-card", "end.take-paper", "end.copy.title", "end.finished", "end.stopped", "end.no-paper", "end.printing",
	"end.erased", "end.erasing",
}

// says gives the keys of the sayings that stand on the screen now.
func (w *Worker) says() []string {
	shown, err := w.browser.Companion.Words()
	if err != nil {
		return nil
	}
	lang := w.session.Lang
	if w.ended != nil {
		lang = w.ended.Lang
	}
	if lang == "" {
		lang = w.setup.Languages[0]
	}
	shown = strings.Join(strings.Fields(shown), " ")
	var found []string
	look := func(key string) {
		if words := w.words.T(lang, key, nil); words != key && strings.Contains(shown, words) {
			found = append(found, key)
		}
	}
	for _, key := range sayings {
		look(key)
	}
	for _, state := range peripherals.States() {
		look("state." + string(state))
	}
	return found
}
