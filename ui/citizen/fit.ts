// SPDX-License-Identifier: Apache-2.0

// Large text is as large as the screen has room for: nothing is cut off and no key lies under another for it.

const sizes = ["true", "some", ""]; // values of data-large, the largest first; none: the plain text, which fits every screen

/** Gives the terminal the largest text with which all of the screen is seen. */
export function fit(terminal: HTMLElement): void {
  for (const size of sizes) {
    if (size) terminal.dataset.large = size;
    else delete terminal.dataset.large;
    if (!crowded(terminal)) return;
  }
}

const lineSpare = 10; // px that a line of a key is taller than its letters, above and below: these may stand over its edge

/** Whether anything needs more room than it has. What scrolls may. */
function crowded(terminal: HTMLElement): boolean {
  for (const el of terminal.querySelectorAll<HTMLElement>(".content, .side, .side-words, .content .key, .side .key, .panel")) {
    if (el.closest(".rows.many")) continue;
    const spare = el.matches(".key") ? lineSpare : 1;
    if (el.scrollHeight > el.clientHeight + spare || el.scrollWidth > el.clientWidth + 1) return true;
  }
  return false;
}
