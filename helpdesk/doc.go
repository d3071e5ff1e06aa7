// SPDX-License-Identifier: Apache-2.0

// Package helpdesk holds the words that terminal, hub and volunteer exchange, the terminal's client (Link) and the sealing
// of what only terminal and volunteer may read (Seal). The server is package helpdesk/hub.
//
// # Two layers
//
// The outer layer (Message, messages*.go) is what the hub understands: who asks in which language, who is rung, who
// accepted, who hung up. It holds no word of the citizen's. The inner layer (Content, content.go) travels sealed inside
// Frame messages: the outline, pointing, phrases. The hub relays it and cannot read it.
//
// # What a volunteer can do to a page
//
// Nothing. No message of either layer carries a value into a page: pointing names an element, a phrase names a sentence
// everybody gets, and chat text is shown and read out by the terminal itself. This is a missing message type, not a
// permission check, and a test over all types keeps it so.
//
// # Never lost
//
// A request is one row at the hub with an id the terminal made, so sending it twice is harmless. The terminal keeps it
// in its Outbox until the hub has confirmed that the row is on disk.
//
// # What the hub still sees
//
// Who asks: terminal, place, languages, the guide (helpers who know it are rung first), and when. Page, step, level, what was tried
// and how the devices are it does not see: while a request waits they are at the terminal, which seals them (HPKE) to the page of
// whoever is rung (Situation). Who answers, from which address, when and for how long. Of a call the
// sizes and the rhythm of its frames, and how much voice passes. What the terminal tells it for the helpers' journal: that a
// volunteer looked, pointed, spoke, said a phrase or wrote, and at which step. Of a bell for the people in the room: terminal and
// language; of a ticket to come back with its number as well. It does not see the outline, what was pointed
// at, phrases, chat, or the keys of the voice.
//
// It also serves the volunteer's page. A hub that lies could serve another page, which gives away what it opens: sealing
// protects from whoever reads the hub, its database or its wires, not from whoever changes its program.
//
// Times are Unix milliseconds. Byte fields are standard base64 with padding in JSON.
package helpdesk
