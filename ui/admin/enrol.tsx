// SPDX-License-Identifier: Apache-2.0

// Enrol a terminal: a code and the command to run there, then the same four words on both screens.

import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../parts/desk-icons";
import { Button, Knob, LinkButton } from "../parts/desk-parts";
import { clock, span, t, type Word } from "../parts/desk-words";
import { decide, enrolments, newCode, overview } from "./api";
import type { Code, Enrolment } from "./protocol";

/** The code is shown once and kept nowhere; it lives as long as this page. */
const code = signal<Code | undefined>(undefined);
const tick = signal(Date.now());
/** "Yes, the same" takes focus only after the words have been on screen for this long. */
const readFirst = 2000;

export function EnrolPage() {
  useEffect(() => {
    const timer = setInterval(() => { tick.value = Date.now(); }, 500);
    return () => clearInterval(timer);
  }, []);
  const all = enrolments.value?.enrolments ?? [];
  const mine = code.value && all.find((e) => e.code_id === code.value!.id);
  const waiting = mine ?? (code.value ? undefined : all.find((e) => e.state === "pending"));
  const used = code.value && enrolments.value?.codes.find((c) => c.id === code.value!.id)?.state === "used";
  const stage = waiting ? (waiting.state === "pending" ? 3 : 4) : used ? 2 : 1;
  const place = waiting?.place ?? code.value?.place ?? "";
  return (
    <main class="enrol">
      <p class="crumbs label"><a href="#/terminals">{t("admin.terminals")}</a><Icon name="chevron" size={14} /><span>{t("enrol.crumb")}</span></p>
      <div class="page-head">
        <div><h1>{place ? t("enrol.title", { place }) : t("enrol.title.new")}</h1><p class="under">{t("enrol.under")}</p></div>
        <LinkButton name="enrol-cancel" href="#/overview" icon="cross">{t("enrol.cancel")}</LinkButton>
      </div>
      <Stages stage={stage} refused={waiting?.state === "refused" || waiting?.state === "revoked"} />
      <div class="enrol-two">
        <div>
          <p class="label">{t("enrol.this")}</p>
          <section class="raised enrol-card">
            {!code.value && !waiting && <NewCodeForm />}
            {code.value && <TheCode code={code.value} typedAt={waiting?.enrolled_at} />}
            {waiting && <CompareWords key={waiting.id + waiting.state} enrolment={waiting} />}
          </section>
        </div>
        <div>
          <p class="label">{t("enrol.there")}</p>
          <There enrolment={waiting} code={code.value} />
        </div>
      </div>
    </main>
  );
}

const stages: Word[] = ["stage.code", "stage.key", "stage.words", "stage.trusted"];

function Stages({ stage, refused }: { stage: number; refused: boolean }) {
  return (
    <ol class="stages" style={{ "--at": String(stage) }}>
      {stages.map((s, i) => (
        <li key={s} class={i + 1 === stage ? "at" : ""} aria-current={i + 1 === stage ? "step" : undefined}>
          <Knob look={i + 1 < stage || (stage === 4 && i === 3 && !refused) ? "done" : i + 1 === stage ? (refused ? "failed" : "now") : "todo"} n={i + 1} />
          <span>{refused && i === 3 ? t("stage.refused") : t(s)}</span>
        </li>
      ))}
    </ol>
  );
}

function NewCodeForm() {
  const [name, setName] = useState("");
  const [place, setPlace] = useState("");
  const [making, setMaking] = useState(false);
  const places = [...new Set((overview.value?.sites ?? []).map((s) => s.place))];
  const make = async () => {
    if (!name.trim() || !place.trim() || making) return;
    setMaking(true);
    code.value = await newCode({ name: name.trim(), place: place.trim() });
    setMaking(false);
  };
  return (
    <form class="newcode" onSubmit={(e) => { e.preventDefault(); void make(); }}>
      <h2>{t("code.ask")}</h2>
      <p class="second">{t("code.ask.more")}</p>
      <label><span class="strong">{t("code.name")}</span><input class="field" data-name="code-name" dir="auto" maxLength={60} required value={name} placeholder={t("code.name.example")} onInput={(e) => setName(e.currentTarget.value)} /></label>
      <label><span class="strong">{t("code.place")}</span><input class="field" data-name="code-place" dir="auto" maxLength={80} required list="places" value={place} placeholder={t("code.place.example")} onInput={(e) => setPlace(e.currentTarget.value)} /></label>
      <datalist id="places">{places.map((p) => <option value={p} key={p} />)}</datalist>
      <button type="submit" class="button primary main" data-name="make-code"><Icon name="plus" /><span>{t("code.make")}</span></button>
    </form>
  );
}

function TheCode({ code: c, typedAt }: { code: Code; typedAt: number | undefined }) {
  const [copied, setCopied] = useState(false);
  const left = c.expires - tick.value;
  const [word, print] = c.code.split("@");
  const over = left <= 0 && !typedAt;
  return (
    <div class="thecode">
      <p class="label">{t("code.title")}</p>
      <p class="code" dir="ltr" data-name="code" data-code={c.code}>{word}{print && <span class="print">@{print}</span>}</p>
      {typedAt ? <p class="label ok"><Icon name="tick" size={18} class="fine" />{t("code.typed", { time: clock(typedAt) })}</p>
        : over ? <Button name="code-again" icon="refresh" onPress={() => void newCode({ name: c.name, place: c.place }).then((n) => { code.value = n ?? code.value; })}>{t("code.again")}</Button>
        : <p class="label ok"><Icon name="clock" size={18} /><span>{t("code.left", { left: span(left) })}</span></p>}
      {!typedAt && !over && <>
        <p class="strong run">{t("code.run")}</p>
        <div class="command"><code dir="ltr" data-name="command">{c.command}</code>
          <button type="button" class="button quiet small" data-name="copy" onClick={() => void copy(c.command).then(setCopied)}><Icon name={copied ? "tick" : "copy"} /><span>{copied ? t("code.copied") : t("code.copy")}</span></button></div>
        <p class="label">{t("code.once")}</p>
      </>}
    </div>
  );
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // the command can be selected by hand
  }
}

function Words({ words }: { words: readonly string[] }) {
  return (
    <ol class="words" dir="ltr" lang="en" data-name="words" data-words={words.join(" ")}>
      {words.map((w, i) => <li key={w + i}><span class="label ink">{i + 1}</span><span class="strong">{w}</span></li>)}
    </ol>
  );
}

/** Four places without words: the words to compare with are on the real screen, never on this one. */
function BlankWords() {
  return (
    <ol class="words unread" dir="ltr" aria-hidden="true">
      {[1, 2, 3, 4].map((n) => <li key={n}><span class="label ink">{n}</span><span class="blank" /></li>)}
    </ol>
  );
}

function CompareWords({ enrolment: e }: { enrolment: Enrolment }) {
  const yes = useRef<HTMLButtonElement>(null);
  const [sending, setSending] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => yes.current?.focus(), readFirst);
    return () => clearTimeout(timer);
  }, [e.id]);
  const answer = async (same: boolean) => {
    if (sending) return;
    setSending(true);
    await decide(e.id, same);
    setSending(false);
  };
  if (e.state !== "pending") {
    const ok = e.state === "trusted";
    return (
      <div class="decided" data-name="decided" data-state={e.state}>
        <h2>{ok ? t("enrol.trusted", { name: e.name }) : t("enrol.refused")}</h2>
        <p class="second">{ok ? t("enrol.trusted.more") : t("enrol.refused.more")}</p>
        <div class="actions">
          <LinkButton name="to-overview" href="#/overview" icon="home" look="primary">{t("admin.overview")}</LinkButton>
          <Button name="another" icon="plus" onPress={() => { code.value = undefined; }}>{t("enrol.another")}</Button>
        </div>
      </div>
    );
  }
  return (
    <div class="compare">
      <h2>{t("words.ask")}</h2>
      <p>{t("words.how")}</p>
      <Words words={e.words} />
      <div class="actions">
        <button type="button" ref={yes} class="button primary main" data-name="words-same" onClick={() => void answer(true)}><Icon name="tick" /><span>{t("words.yes")}</span></button>
        <button type="button" class="button danger main" data-name="words-differ" onClick={() => void answer(false)}><Icon name="cross" /><span>{t("words.no")}</span></button>
      </div>
      <p class="label">{t("words.else")}</p>
    </div>
  );
}

/** What the terminal shows at this moment, so that the admin knows what to look for. */
function There({ enrolment: e, code: c }: { enrolment: Enrolment | undefined; code: Code | undefined }) {
  return (
    <div class="there" aria-label={t("enrol.there")}>
      <div class="there-glass">
        <p class="there-head"><span class="strong">Handrail</span><span class="label">{t("there.first")}</span></p>
        {!e && <>
          <h2>{t("there.waits")}</h2>
          <p>{c ? t("there.run") : t("there.make")}</p>
        </>}
        {e?.state === "pending" && <>
          <h2>{t("there.read")}</h2>
          <BlankWords />
          <p class="label">{t("there.office")}</p>
        </>}
        {e?.state === "trusted" && <><h2>{t("there.joined")}</h2><p>{t("there.joined.more")}</p></>}
        {(e?.state === "refused" || e?.state === "revoked") && <><h2>{t("there.refused")}</h2><p>{t("there.refused.more")}</p></>}
        {e && <p class="label machine">{t("terminal.machine")} <span dir="ltr">{e.id}</span></p>}
      </div>
    </div>
  );
}
