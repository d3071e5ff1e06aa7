// SPDX-License-Identifier: Apache-2.0

// What an author chooses of the guide that is on the screen: its pages, the language, how much support.

import { languageName, t, type Word } from "../parts/desk-words";
import { act, bench, busy } from "./bench";

/** What the list of what is needed is called among the pages (cmd/handrail/guide_preview_show.go). */
const list = "readiness";
const levels = ["with-me", "guide-me", "i-try"] as const;

export function Preview() {
  const shown = bench.value?.preview;
  if (!shown) return null;
  const choose = (what: "page" | "language" | "level", says: Word) => ({
    "data-name": what, "aria-label": t(says), disabled: busy.value !== "",
    onChange: (e: Event) => { const at = e.currentTarget as HTMLSelectElement; if (at.value) void act(what, at.value); },
  });
  return (
    <div class="chooses">
      {busy.value !== "" && <span class="label" role="status">{t("bench.moment")}</span>}
      <select value="" {...choose("page", "bench.preview.page")}>
        <option value="">{t("bench.preview.page")}</option>
        {shown.pages.map((id) => <option key={id} value={id}>{id === list ? t("bench.preview.list") : id}</option>)}
      </select>
      <select value={shown.language} {...choose("language", "bench.preview.language")}>
        {shown.languages.map((code) => <option key={code} value={code}>{languageName(code)}</option>)}
      </select>
      <select value={shown.level} {...choose("level", "bench.preview.level")}>
        {levels.map((level) => <option key={level} value={level}>{t(`level.${level}`)}</option>)}
      </select>
    </div>
  );
}
