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
// and how the devices are it does not see (Situation): a request that waits, and a number that somebody took home, hold them sealed
// (HPKE) to the key of the language's team; a terminal seals them as well to the page of whoever is rung, for a team without a key or
// a member who has not got it yet. A request that says them in clear is refused and counted. What is sealed is erased when the request
// is over or the number is dealt with. Of keys the hub sees which volunteer has how many, by which passkey, and who is in which team;
// their private halves it has as ciphertext: a volunteer's under a key that only their passkey gives, in their browser (WebAuthn,
// extension prf; the secret is never sent), a team's sealed (HPKE) to every member. Where no passkey can keep a key it is in one
// browser only, where no script can read it out, and the volunteer's page says so. Who answers, from which address, when and for how long. Of a call the
// sizes and the rhythm of its frames, and how much voice passes. What the terminal tells it for the helpers' journal: that a
// volunteer looked, pointed, spoke, said a phrase or wrote, and at which step. Of a bell for the people in the room: terminal and
// language; of a ticket to come back with its number as well. It does not see the outline, what was pointed
// at, phrases, chat, or the keys of the voice.
//
// It also serves the volunteer's page. A hub that lies could serve another page, which gives away what it opens: sealing
// protects from whoever reads the hub, its database or its wires, not from whoever changes its program.
//
// # What is bound to what
//
// The key of a call's terminal end is signed by the terminal, the terminal by the office's CA, and the volunteer's page checks both.
// The key of the volunteer's end is made for the call and bound to nothing but the line on which it came; so are the keys of pages.
// To have that line one has to be signed in: whoever reads the hub's database cannot answer in a volunteer's name, for cookies,
// invitations and codes are there as hashes and passkeys as public keys.
// Public keys of volunteers and teams are what the hub says they are: whoever can write into its database can put a member of their
// own into a team, and the next member's page hands them its key, as it is meant to. What was sealed to a team before, and a team's
// key itself, whoever only reads cannot open, whenever they read it. A Situation is not signed: it says where somebody stands, and
// carries no consent. When a volunteer leaves, loses a passkey or changes languages, the team's key is made anew by the next member's
// page; until then terminals have none for that language. A request of before stays readable for who had the old key and its
// ciphertext.
//
// Times are Unix milliseconds. Byte fields are standard base64 with padding in JSON.
package helpdesk
