// SPDX-License-Identifier: Apache-2.0

// The left column of a call: the rail of steps along the page's edge, and this step's guide in my language or in theirs.

import { signal } from "@preact/signals";
import { Knob, window9 } from "../parts/desk-parts";
import { dirOf, lang, ownName, t } from "../parts/desk-words";
import type { Call } from "./call";
import type { Request, Step, StepText } from "./protocol";
import { Devices, Tried } from "./ring";

/** Which language the guide is shown in: the volunteer's, or exactly as the person reads it. Unset: theirs when it is the console's own. */
const chosen = signal<boolean | undefined>(undefined);

function inTheirs(s: Step): boolean {
  return chosen.value ?? (s.citizen.lang === lang.value && s.volunteer.lang !== lang.value);
}

/** swapGuide changes between the two. */
export function swapGuide(call: Call) {
  const s = call.step.value;
  if (s) chosen.value = !inTheirs(s);
}

export function StepsColumn({ call }: { call: Call }) {
  const s = call.step.value;
  const r = call.request.value;
  const index = s?.index ?? r.step_index;
  const total = s?.total ?? r.step_total;
  const theirs = s !== undefined && inTheirs(s);
  const text = s && (theirs ? s.citizen : s.volunteer);
  return (
    <div class="left">
      <Rail index={index} total={total} titles={text?.titles ?? []} words={text} request={r} />
      {s && <Guide step={s} theirs={theirs} />}
      <section class="sunk before">
        <p class="label">{t("before.title")}</p>
        <Tried request={r} />
        <Devices request={r} />
      </section>
    </div>
  );
}

function Rail({ index, total, titles, words, request }: { index: number; total: number; titles: string[]; words: StepText | undefined; request: Request }) {
  const code = words?.lang ?? "en";
  if (total === 0) return <div class="steps none"><p class="label">{t("steps.none")}</p></div>;
  const rows = window9(total, index - 1);
  return (
    <nav class="steps" aria-label={t("steps.title")}>
      <ol>
        {rows.map((i) => (
          <li key={i} class={i === index - 1 ? "at" : ""} aria-current={i === index - 1 ? "step" : undefined} data-name="step">
            <span class="title" lang={code} dir={dirOf(code)}>
              {titles[i] ?? (i === index - 1 ? request.step_title : t("step.n", { n: i + 1 }))}
            </span>
            <Knob look={i < index - 1 ? "done" : i === index - 1 ? "now" : "todo"} n={i + 1} />
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Guide({ step, theirs }: { step: Step; theirs: boolean }) {
  const text = theirs ? step.citizen : step.volunteer;
  return (
    <section class="guide">
      <div class="guide-head">
        <h3>{t("guide.title")}</h3>
        {step.citizen.lang !== step.volunteer.lang && (
          <div class="either" role="group" aria-label={t("guide.language")}>
            <button type="button" data-name="guide-mine" aria-pressed={!theirs} title={ownName(step.volunteer.lang)} onClick={() => { chosen.value = false; }}>{short(step.volunteer.lang)}</button>
            <button type="button" data-name="guide-theirs" aria-pressed={theirs} title={ownName(step.citizen.lang)}
              onClick={() => { chosen.value = true; }}>{short(step.citizen.lang)}</button>
          </div>
        )}
      </div>
      <dl>
        <Part word={t("guide.what")} text={text.what} code={text.lang} />
        <Part word={t("guide.why")} text={text.why} code={text.lang} />
        <Part word={t("guide.missing")} text={text.missing} code={text.lang} />
      </dl>
    </section>
  );
}

/** A language in as few letters as fit a switch; its own name is the title. */
const short = (code: string) => (code === "ar" ? "ع" : code.split("-")[0]!.toUpperCase());

function Part({ word, text, code }: { word: string; text: string; code: string }) {
  if (!text) return null;
  return <div><dt class="label">{word}</dt><dd lang={code} dir={dirOf(code)}>{text}</dd></div>;
}
