// SPDX-License-Identifier: Apache-2.0

// The phrasebook: what I read, and what they hear in their own language.

import { signal } from "@preact/signals";
import type { Ref } from "preact";
import phrasebook from "../i18n/phrases.json";
import { Icon } from "../parts/desk-icons";
import { dirOf, lang, t } from "../parts/desk-words";
import type { Call, Said } from "./call";
import { phraseGroups } from "./phrase-groups";

type Phrase = Record<string, string>;
const phrases = phrasebook as Record<string, Phrase>;
export const search = signal("");

/** inLanguage is a phrase in a language, or in English where that language has none. */
export function inLanguage(p: Phrase, code: string): { text: string; lang: string } {
  for (const c of [code, code.split("-")[0]!]) {
    const text = p[c];
    if (text) return { text, lang: c };
  }
  return { text: p.en ?? "", lang: "en" };
}

/** grouped puts the phrases found under the headings of the book; those said last stand first, by themselves. */
function grouped(ids: string[], last: string[]): { name: string; ids: string[] }[] {
  const recent = last.filter((id) => ids.includes(id));
  const groups = phraseGroups.map((g) => ({ name: t(g.name), ids: g.phrases.filter((id) => ids.includes(id) && !recent.includes(id)) }));
  return [{ name: "", ids: recent }, ...groups].filter((g) => g.ids.length > 0);
}

/** found are the phrases that have every word searched for, in the order: last said, then the book's. */
export function found(words: string, last: string[]): string[] {
  const wanted = words.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const all = Object.keys(phrases).filter((id) => {
    const text = Object.values(phrases[id]!).join(" ").toLocaleLowerCase();
    return wanted.every((w) => text.includes(w));
  });
  const recent = last.filter((id) => all.includes(id));
  return [...recent, ...all.filter((id) => !recent.includes(id))]; // the book is in the order of its groups
}

export function PhraseSearch({ count, total, inputRef, onEnter }: { count: number; total: number; inputRef?: Ref<HTMLInputElement>; onEnter?: () => void }) {
  return (
    <>
      <div class="phrases-head">
        <h2>{t("phrases.title")}</h2>
        <p class="label">{t("phrases.count", { count, total })}{inputRef && <> · <kbd class="key small">/</kbd> {t("phrases.slash")}</>}</p>
      </div>
      <label class="search">
        <Icon name="search" />
        <span class="hidden-text">{t("phrases.search")}</span>
        <input class="field" type="search" data-name="phrase-search" ref={inputRef} placeholder={t("phrases.search")} value={search.value}
          onInput={(e) => { search.value = e.currentTarget.value; }}
          onKeyDown={(e) => {
            if (e.key === "Enter") { e.preventDefault(); onEnter?.(); }
            if (e.key === "Escape") { search.value = ""; e.currentTarget.blur(); e.stopPropagation(); }
          }} />
      </label>
    </>
  );
}

export function PhraseCard({ id, theirs, said, onSay }: { id: string; theirs: string; said?: Said | undefined; onSay?: () => void }) {
  const p = phrases[id];
  if (!p) return null;
  const mine = inLanguage(p, lang.value);
  const hears = inLanguage(p, theirs);
  return (
    <li class={`phrase ${said ?? ""}`} data-said={said ?? ""}>
      <p class="both">
        <span dir={dirOf(mine.lang)} lang={mine.lang}>{mine.text}</span>
        {hears.lang !== mine.lang && <span class="theirs" dir={dirOf(hears.lang)} lang={hears.lang}>{hears.text}</span>}
      </p>
      {onSay && (said === "heard"
        ? <button type="button" class="said" data-name={`phrase-${id}`} onClick={onSay} title={t("phrases.again")}><Icon name="tick" />{t("phrases.heard")}</button>
        : said === "saying"
        ? <span class="said" data-name={`phrase-${id}`}><span class="level" aria-hidden="true"><i /><i /><i /><i /></span><span class="hidden-text">{t("phrases.saying")}</span></span>
        : <button type="button" class="button small" data-name={`phrase-${id}`} onClick={onSay}><Icon name="speak" /><span>{t("phrases.say")}</span></button>)}
      {said === "unheard" && <p class="label unheard">{t("phrases.unheard")}</p>}
    </li>
  );
}

/** The phrases column of a call. */
export function CallPhrases({ call, inputRef }: { call: Call; inputRef: Ref<HTMLInputElement> }) {
  const ids = found(search.value, call.lastSaid.value);
  return (
    <section class="phrases" aria-label={t("phrases.title")}>
      <PhraseSearch count={ids.length} total={Object.keys(phrases).length} inputRef={inputRef}
        onEnter={() => { if (ids[0]) call.say(ids[0]); }} />
      {ids.length === 0 && <p class="label none">{t("phrases.none")}</p>}
      <div class="phrase-groups">
        {grouped(ids, call.lastSaid.value).map((g) => (
          <section key={g.name} aria-label={g.name || t("phrases.title")}>
            {g.name && <h3>{g.name}</h3>}
            <ul class="phrase-list">
              {g.ids.map((id) => <PhraseCard key={id} id={id} theirs={call.language} said={call.said.value[id]} onSay={() => call.say(id)} />)}
            </ul>
          </section>
        ))}
      </div>
    </section>
  );
}

/** The phrasebook as a page of its own, to read before anybody rings. */
export function PhrasesPage() {
  const ids = found(search.value, []);
  const theirs = lang.value === "ar" ? "en" : "ar";
  return (
    <main class="phrases-page">
      <h1>{t("phrases.page")}</h1>
      <p class="under">{t("phrases.page.under")}</p>
      <PhraseSearch count={ids.length} total={Object.keys(phrases).length} />
      {grouped(ids, []).map((g) => (
        <section key={g.name} aria-label={g.name}>
          <h2>{g.name}</h2>
          <ul class="phrase-list wide">
            {g.ids.map((id) => <PhraseCard key={id} id={id} theirs={theirs} />)}
          </ul>
        </section>
      ))}
    </main>
  );
}
