// SPDX-License-Identifier: Apache-2.0

// Practice: six simulated callers. Everything happens in this page; nothing of it reaches the hub, so no count moves. A
// wrong choice is shown where it leads, and is not scored. A language is one file in practice/.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon, Mark } from "../parts/desk-icons";
import { Button, Knob } from "../parts/desk-parts";
import { lang, languageName, t, type Word } from "../parts/desk-words";
import ar from "./practice/ar.json";
import en from "./practice/en.json";
import scenarios from "./practice/scenarios.json";
import { me } from "./state";

interface Words { title: string; remember: string; beats: { title: string; says: string; choices: string[][] }[] }
type Teaches = "greet" | "ask" | "own" | "point" | "phrase" | "plan";
interface Beat { teaches: string; theirs: string; good: number; page?: string[] }

const words: Record<string, Record<string, Words>> = { en, ar };
const wordsOf = (id: string): Words => words[lang.value]![id]!;

/** -1: the list of scenarios. */
const scenario = signal(-1);
const beat = signal(0);
const tried = signal<number[]>([]);
const learned = signal<Teaches[]>([]);
/** Scenarios that were finished since the page was opened; kept nowhere else. */
const finished = signal<string[]>([]);
const slow = signal(false);

function begin(i: number) {
  scenario.value = i;
  beat.value = 0;
  tried.value = [];
  learned.value = [];
}

function choose(b: Beat, i: number) {
  if (tried.value.includes(b.good)) return;
  tried.value = [...tried.value, i];
  if (i === b.good && !learned.value.includes(b.teaches as Teaches)) learned.value = [...learned.value, b.teaches as Teaches];
}

function goOn() {
  const s = scenarios[scenario.value]!;
  speechSynthesis.cancel();
  if (beat.value + 1 < s.beats.length) {
    beat.value++;
    tried.value = [];
    return;
  }
  if (!finished.value.includes(s.id)) finished.value = [...finished.value, s.id];
  scenario.value = -1;
}

function hear(text: string, language: string) {
  try {
    speechSynthesis.cancel();
    const say = new SpeechSynthesisUtterance(text);
    say.lang = language;
    say.rate = slow.value ? 0.65 : 1;
    speechSynthesis.speak(say);
  } catch {
    // A browser without voices: the sentence stands there to be read.
  }
}

/** practising tells whether a simulated call fills the screen. */
export const practising = () => scenario.value >= 0;

export function PracticePage() {
  useEffect(() => () => { try { speechSynthesis.cancel(); } catch { /* no voices here */ } }, []);
  if (scenario.value >= 0) return <Simulated key={scenario.value} />;
  return (
    <main class="practice-list">
      <h1 data-name="practice-title">{t("practice.title")}</h1>
      <p class="under">{t("practice.what")}</p>
      <ol>
        {scenarios.map((s, i) => {
          const done = finished.value.includes(s.id);
          return (
            <li key={s.id}>
              <button type="button" class="scenario" data-name={`scenario-${s.id}`} onClick={() => begin(i)}>
                <Knob look={done ? "done" : "todo"} n={i + 1} />
                <span class="scenario-words"><span class="strong">{wordsOf(s.id).title}</span>
                  <span class="label">{t("practice.caller", { language: languageName(s.caller) })}{done && <> · {t("practice.done")}</>}</span></span>
                <Icon name="chevron" />
              </button>
            </li>
          );
        })}
      </ol>
    </main>
  );
}

function Simulated() {
  const s = scenarios[scenario.value]!;
  const w = wordsOf(s.id);
  const b: Beat = s.beats[beat.value]!;
  const text = w.beats[beat.value]!;
  const solved = tried.value.includes(b.good);
  const last = beat.value + 1 === s.beats.length;
  const name = me.value?.name ?? "";
  return (
    <div class="practice" data-name="practice" data-scenario={s.id} data-beat={beat.value + 1} data-solved={String(solved)}>
      <header class="practicebar">
        <span class="mark-alone"><Mark /></span>
        <div class="who"><h1>{t("practice.bar", { title: w.title })}</h1><p>{t("practice.nobody")}</p></div>
        <p class="nth">{t("practice.nth", { index: scenario.value + 1, total: scenarios.length })}</p>
        <Button name="practice-again" icon="refresh" onPress={() => begin(scenario.value)}>{t("practice.again")}</Button>
        <Button name="practice-leave" icon="cross" onPress={() => { scenario.value = -1; }}>{t("practice.leave")}</Button>
      </header>
      <div class="left">
        <section class="steps">
          <h2 class="label">{t("practice.beats")}</h2>
          <ol>{w.beats.map((x, i) => (
            <li key={i} class={i === beat.value ? "at" : ""} aria-current={i === beat.value ? "step" : undefined}>
              <span class="title">{x.title}</span><Knob look={i < beat.value ? "done" : i === beat.value ? "now" : "todo"} n={i + 1} />
            </li>))}
          </ol>
        </section>
        <section class="remember"><h2>{t("practice.remember")}</h2><p>{w.remember}</p></section>
        <p class="label">{t("practice.mistakes")}</p>
      </div>
      <main class="middle">
        <section class="says raised">
          <p class="label">{t("practice.says")}</p>
          <p class="sentence"><q>{text.says}</q></p>
          {s.caller !== lang.value && <p class="theirs" lang={s.caller} dir={s.caller === "ar" ? "rtl" : "ltr"}>{b.theirs}</p>}
          <div class="actions">
            <Button name="practice-hear" icon="speak" onPress={() => hear(b.theirs, s.caller)}>{t("practice.hear")}</Button>
            <Button name="practice-slow" pressed={slow.value} onPress={() => { slow.value = !slow.value; }}>{t("practice.slower")}</Button>
          </div>
        </section>
        <h2>{t("practice.choose")}</h2>
        <ol class="choices">
          {text.choices.map(([what, then], i) => {
            const shown = tried.value.includes(i);
            const look = !shown ? "" : i === b.good ? "helps" : "harms";
            return (
              <li key={i}>
                <button type="button" class={`choice ${look}`} data-name={`choice-${i}`} data-look={look} aria-disabled={solved && !shown || undefined} onClick={() => choose(b, i)}>
                  <span class="letter" aria-hidden="true">{t("practice.letters")[i]}</span>
                  <span><span class="what">{what!.replace("{{name}}", name)}</span>
                    {shown && <span class="then" role="status"><Icon name={look === "helps" ? "tick" : "warning"} size={18} />{then}</span>}</span>
                </button>
              </li>
            );
          })}
        </ol>
        <Button name="practice-on" icon="arrow" look="primary" refused={!solved} onPress={goOn}>{t(last ? "practice.finish" : "practice.on")}</Button>
      </main>
      <aside class="right">
        <section><h2>{t("practice.doing")}</h2>
          <ul class="learned">{[...new Set(s.beats.map((x) => x.teaches as Teaches))].map((x) => {
            const has = learned.value.includes(x);
            return <li key={x} data-has={String(has)}>{has ? <Icon name="tick" size={20} /> : <span class="to-learn" />}<span>{t(lessons[x])}</span></li>;
          })}</ul>
        </section>
        <section><h2>{t("practice.page")}</h2><MadeUp page={b.page} /><p class="label">{t("practice.made-up")}</p></section>
      </aside>
    </div>
  );
}

const lessons: Record<Teaches, Word> = {
  greet: "practice.learn.greet", ask: "practice.learn.ask", own: "practice.learn.own", point: "practice.learn.point",
  phrase: "practice.learn.phrase", plan: "practice.learn.plan",
};

/** The made-up pages: what stands before the boxes, in the language of an invented site. */
const pages: Record<string, { label: string; state: "answered" | "empty" | "here" | "button" | "error-words" }[]> = {
  code: [{ label: "We sent a code to your phone", state: "answered" }, { label: "Code", state: "here" }, { label: "Send a new code", state: "button" }],
  count: [{ label: "People who live with you", state: "here" }, { label: "Since when?", state: "empty" }, { label: "Continue", state: "button" }],
  address: [{ label: "Postcode", state: "answered" }, { label: "Town", state: "here" }, { label: "Date of arrival", state: "empty" }],
  email: [{ label: "E-mail (optional)", state: "here" }, { label: "How shall we write to you?", state: "empty" }, { label: "Continue", state: "button" }],
  timeout: [{ label: "Your session has ended", state: "error-words" }, { label: "Start again", state: "button" }],
  stale: [{ label: "Postcode", state: "answered" }, { label: "Town", state: "empty" }],
};

function MadeUp({ page }: { page: string[] | undefined }) {
  if (!page) return <div class="made-up nothing"><p>{t("practice.no-page")}</p></div>;
  const [name, extra] = page;
  return (
    <div class={`made-up ${name === "stale" ? "stale" : ""}`} lang="en" dir="ltr" role="img" aria-label={t("practice.page")}>
      {pages[name!]!.map((row, i) => {
        const wrong = extra === "error" && row.state === "here";
        if (row.state === "button") return <span key={i} class="fake-button">{row.label}</span>;
        if (row.state === "error-words") return <p key={i} class="fake-error">{row.label}</p>;
        return (
          <div key={i}><p>{row.label}</p>
            <div class={`fake-field ${wrong ? "wrong" : row.state}`}>
              {(wrong || row.state === "answered") && <span class="fake-bar" />}
              <span class="fake-state" lang={lang.value}>{t(wrong ? "outline.error" : row.state === "answered" ? "outline.answered" : row.state === "here" ? "outline.here" : "outline.empty")}</span>
            </div>
          </div>
        );
      })}
    </div>
  );
}
