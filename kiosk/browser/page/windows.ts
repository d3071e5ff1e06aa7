// SPDX-License-Identifier: Apache-2.0

// There is one window: what wants one of its own is opened in this one, as what it is, a form with what was written in it too.

/** Has links and forms that want a window of their own open in this one, and tells of each: of a link before anybody else gets its click. */
export function oneWindow(told: (by: "click" | "submit") => void): void {
  for (const type of ["click", "submit"] as const) {
    addEventListener(type, (event) => {
      if (!event.isTrusted) return;
      const at = event.composedPath().find((each) => each instanceof HTMLAnchorElement || each instanceof HTMLAreaElement || each instanceof HTMLFormElement);
      if (!(at instanceof HTMLAnchorElement || at instanceof HTMLAreaElement || at instanceof HTMLFormElement)) return;
      if (type === "click" && at instanceof HTMLFormElement) return;
      const wish = at.target || document.querySelector("base")?.target || "";
      if (wish === "" || /^_(self|parent|top)$/i.test(wish) || document.getElementsByName(wish).length > 0) return;
      at.target = "_top";
      told(type);
    }, { capture: true });
  }
}
