// SPDX-License-Identifier: Apache-2.0

// The words of the consoles, in the language that the person at the console chose. A key that no catalogue has does not
// compile. Figures stay as they are in every language; dates and language names come from the browser.

import { signal } from "@preact/signals";
import ar from "../i18n/desk.ar.json";
import en from "../i18n/desk.en.json";
import { catalogue } from "../i18n/i18n.ts";

type Base<K> = K extends `${infer B}_one` | `${infer B}_other` ? B : K;
export type Word = Base<keyof typeof en>;
export type Lang = "en" | "ar";
export const consoleLangs: Lang[] = ["en", "ar"];

type Args = Record<string, string | number>;
const say = catalogue({ en, ar });
const kept = "handrail-console-language";

/** The language of the console. Changing it redraws every page that shows words. */
export const lang = signal<Lang>(remembered());

function remembered(): Lang {
  try {
    const l = localStorage.getItem(kept) ?? navigator.language.slice(0, 2);
    return l === "ar" ? "ar" : "en";
  } catch {
    return "en";
  }
}

export function chooseLang(l: Lang) {
  lang.value = l;
  try {
    localStorage.setItem(kept, l);
  } catch {
    // A browser that keeps nothing still shows the words; only the choice is forgotten.
  }
}

export const dir = () => (dirOf(lang.value));
export const dirOf = (l: string): "ltr" | "rtl" => (/^(ar|fa|ur|he|ps|ku|yi)\b/.test(l) ? "rtl" : "ltr");

/** t says a word of the catalogue: {{name}} is replaced, and `count` chooses the plural form. */
export function t(word: Word, args: Args = {}): string {
  return say(lang.value, word, args);
}

/** known is t for a word made at run time (a device state, a code): undefined when the catalogue has none. */
export function known(word: string, args: Args = {}): string | undefined {
  const text = say(lang.value, word, args);
  return text === word ? undefined : text;
}

/** The name of a language in the console's language, and in itself. */
export function languageName(code: string): string {
  return name(code, lang.value);
}
export function ownName(code: string): string {
  return name(code, code);
}
function name(code: string, inside: string): string {
  try {
    return new Intl.DisplayNames([inside], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** list joins words as the console's language does: "Arabic, French or English". */
export function list(words: string[], type: "conjunction" | "disjunction" = "conjunction"): string {
  return new Intl.ListFormat(lang.value === "en" ? "en-GB" : lang.value, { type }).format(words);
}

/** clock is a time of day, 09:14. */
export function clock(at: string | number | Date): string {
  const d = new Date(at);
  return `${String(d.getHours()).padStart(2, "0")}:${String(d.getMinutes()).padStart(2, "0")}`;
}

/** span is a duration as m:ss. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** dateOf is a day, 22 November 2026; a dash when there is none. */
export function dateOf(at: number): string {
  return at ? new Intl.DateTimeFormat(lang.value === "ar" ? "ar-u-nu-latn" : "en-GB", { day: "numeric", month: "long", year: "numeric" }).format(at) : "–";
}
