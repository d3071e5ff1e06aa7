// SPDX-License-Identifier: Apache-2.0

// The phrasebook in groups, in the order in which a call goes. ui/i18n/desk_test.go sees that each phrase is in one.

import type { Word } from "../parts/desk-words";

export const phraseGroups: { name: Word; phrases: string[] }[] = [
  { name: "phrases.group.start", phrases: ["hello", "still-there", "take-your-time", "do-together", "read-slowly", "well-done", "almost-done", "understood", "say-again", "yes", "no"] },
  { name: "phrases.group.page", phrases: ["look-ring", "look-top", "look-bottom", "scroll-down", "red-words", "read-to-me", "show-me", "touch-their-key", "touch-next", "touch-back", "touch-read", "wait-moment", "not-your-fault"] },
  { name: "phrases.group.write", phrases: ["write-here", "tap-box-first", "choose-one", "delete-and-write", "only-number", "no-spaces", "latin-letters", "like-on-card", "date-order", "may-stay-empty", "must-fill", "first-name-here", "family-name-here", "address-of-now", "read-again", "check-all"] },
  { name: "phrases.group.papers", phrases: ["have-paper", "have-card", "on-letter-top", "on-letter-below", "on-card-front", "on-card-back", "put-card", "have-email", "have-phone", "code-on-phone", "keep-number"] },
  { name: "phrases.group.yours", phrases: ["i-dont-see", "dont-tell-me", "alone-now", "not-sent-yet", "you-decide", "can-stop", "costs-nothing", "page-costs", "ask-desk", "ask-family"] },
  { name: "phrases.group.end", phrases: ["take-paper", "take-card", "touch-end", "other-helper", "goodbye"] },
];
