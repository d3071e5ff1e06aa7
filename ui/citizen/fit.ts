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

/** Whether anything needs more room than it has. What scrolls may. */
function crowded(terminal: HTMLElement): boolean {
  for (const el of terminal.querySelectorAll<HTMLElement>(".content, .side, .side-words, .content .key, .side .key, .panel")) {
    if (el.closest(".rows.many")) continue;
    if (el.scrollHeight > el.clientHeight + 1 || el.scrollWidth > el.clientWidth + 1) return true;
  }
  return false;
}
