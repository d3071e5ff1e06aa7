// SPDX-License-Identifier: Apache-2.0

// Which box of the page the citizen writes in, for the keyboard on the screen: that there is one, of which kind, and, while
// that keyboard is open, what stands in it, for its echo. What stands in a secret box is never told, only how long it is.

interface Editing { t: "editing"; on: boolean; touch: boolean; kind: "text" | "number" | "latin"; secret: boolean; length: number; value: string; lang: string }

const plain = new Set(["text", "search", "tel", "url", "email", "number", "password", ""]);
const longest = 200;

let box: HTMLElement | null = null;
let touched = false;
let open = false;

type Field = HTMLInputElement | HTMLTextAreaElement;

function editable(el: EventTarget | null): HTMLElement | null {
  if (el instanceof HTMLTextAreaElement) return el.readOnly || el.disabled ? null : el;
  if (el instanceof HTMLInputElement) return el.readOnly || el.disabled || !plain.has(el.type) ? null : el;
  return el instanceof HTMLElement && el.isContentEditable ? el : null;
}

function secret(el: HTMLElement): boolean {
  return (el as HTMLInputElement).type === "password" || /(^|\s)(cc-\S+|one-time-code|(current|new)-password)(\s|$)/.test(el.getAttribute("autocomplete") ?? "");
}

function kindOf(el: HTMLElement): Editing["kind"] {
  const type = (el as HTMLInputElement).type ?? "", mode = el.inputMode;
  if (/^(numeric|decimal|tel)$/.test(mode) || type === "number" || type === "tel") return "number";
  return /^(email|url)$/.test(mode) || type === "email" || type === "url" || type === "password" ? "latin" : "text";
}

function report(tell: (m: object) => void): void {
  const message: Editing = { t: "editing", on: box !== null, touch: touched, kind: "text", secret: false, length: 0, value: "", lang: "" };
  if (box) {
    const value = (box as Field).value ?? box.textContent ?? "";
    Object.assign(message, { kind: kindOf(box), secret: secret(box), length: open ? value.length : 0, lang: box.closest("[lang]")?.getAttribute("lang") ?? "" });
    if (open && !message.secret) message.value = value.slice(-longest);
  }
  tell(message);
}

/** followEditing hears of boxes from now on. */
export function followEditing(tell: (m: object) => void): void {
  addEventListener("pointerdown", (e) => { if (e.isTrusted) touched = e.pointerType === "touch"; }, { capture: true, passive: true });
  addEventListener("focusin", (e) => {
    const el = editable(e.composedPath()[0] ?? null);
    if (el === box) return;
    box = el;
    report(tell);
  }, { capture: true, passive: true });
  addEventListener("focusout", () => {
    // Where it goes to is known only afterwards.
    setTimeout(() => {
      if (!box || (box.getRootNode() as Document).activeElement === box) return;
      box = null;
      report(tell);
    });
  }, { capture: true, passive: true });
  addEventListener("resize", reach, { passive: true });
  addEventListener("input", (e) => { if (open && box && e.composedPath()[0] === box) report(tell); }, { capture: true, passive: true });
}

/** keyboard says whether the keyboard on the screen is open: only then is told what stands in the box. */
export function keyboard(on: boolean, tell: (m: object) => void): void {
  open = on;
  if (!on || !box) return;
  reach();
  report(tell);
}

/** reach brings the box into what is left of the page beside the keyboard. */
function reach(): void {
  if (!open || !box) return;
  const at = box.getBoundingClientRect();
  if (at.top < 40 || at.bottom > innerHeight - 20) box.scrollIntoView({ block: "center", behavior: "instant" });
}

/** writingByTouch: the keyboard on the screen is open. Letters come slowly then, and its key Done says when it is enough. */
export const writingByTouch = () => open && box !== null;

/** leave ends writing in the box, as the Tab key would, without going anywhere. */
export function leave(): void {
  box?.blur();
}
