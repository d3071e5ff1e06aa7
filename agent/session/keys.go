// SPDX-License-Identifier: Apache-2.0

package session

import (
	"handrail/kiosk/browser"
)

// keys is the keyboard on the screen: whether it is open, and for which box of the page. It opens when a finger touches a
// box, or for every box where the terminal has no other keyboard. What is written passes here on its way and is not kept.
type keys struct {
	editing browser.Editing
	open    bool
	done    bool // the citizen closed it for the box that they are in
}

// Measures of the keyboard, CSS px. Its upper edge is where page and companion end while it is open.
const (
	keysHeight     = 370
	keysPageWidth  = 660 // of the page beside a companion that is drawn together
	keysPageNarrow = 540
)

// onEditing takes what the page says of the box that the citizen writes in.
func (w *Worker) onEditing(e browser.Editing) {
	k := &w.keys
	if !e.On || !k.editing.On {
		k.done = false
	}
	k.editing = e
	w.openKeys()
	w.show()
}

// openKeys makes true whether the keyboard is open.
func (w *Worker) openKeys() {
	k := &w.keys
	want := k.editing.On && !k.done && w.session.ServiceShown() && (w.setup.Keyboard == "always" || w.setup.Keyboard == "touch" && k.editing.Touch)
	if want == k.open {
		return
	}
	k.open = want
	if err := w.browser.Service.Keyboard(want); err != nil {
		w.log.Warn("keyboard", "why", err)
	}
}

// onKey takes a touch of a key: a letter, or what another key does.
func (w *Worker) onKey(what, letter string) {
	if !w.keys.open {
		return
	}
	var err error
	switch what {
	case "letter":
		err = w.browser.Service.Type(letter)
	case "erase":
		err = w.browser.Service.Erase()
	case "done":
		w.keys.done = true
		err = w.browser.Service.LeaveBox()
		w.openKeys()
		w.show()
	}
	if err != nil {
		w.log.Warn("keyboard", "why", err)
	}
}

// keysView is what the companion draws of it. Echo is what stands in the box; of a secret one only its length is known.
type keysView struct {
	Kind   string `json:"kind"`
	Lang   string `json:"lang"` // of the page
	Secret bool   `json:"secret"`
	Length int    `json:"length"`
	Echo   string `json:"echo"`
	Top    int    `json:"top"` // where the keyboard begins
}

func (w *Worker) keysView() *keysView {
	if !w.keys.open || w.session.Screen() == "" {
		return nil
	}
	e := w.keys.editing
	lang := e.Lang
	if lang == "" && w.session.Guide != nil {
		lang = siteLang(w.session.Guide)
	}
	return &keysView{Kind: e.Kind, Lang: lang, Secret: e.Secret, Length: e.Length, Echo: e.Value.Reveal(), Top: w.setup.Height - barHeight - keysHeight}
}
