// SPDX-License-Identifier: Apache-2.0

// The companion: the screens that stand beside the service's page. The page itself is another window, lying on the plain
// paper next to it.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { ComponentChildren, JSX } from "preact";
import { Key, Note, w } from "../parts/citizen.tsx";
import { Icon, type IconName } from "../parts/icons.tsx";
import { Bars, hears, voiceLine, VoiceKeys } from "./voice.tsx";
import type { Call, PageWords, SiteBox, SiteError, Step, View } from "./view.ts";

/** Side holds a companion screen. When its words are long it first closes up, and scrolls only as the last way out. */
function Side({ head, children, keys }: { head: string; children: ComponentChildren; keys?: ComponentChildren }): JSX.Element {
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const el = box.current;
    if (!el) return;
    const words = el.querySelector<HTMLElement>(".side-words")!;
    el.dataset.tight = "0";
    for (let tight = 1; tight <= 3 && words.scrollHeight > words.clientHeight + 1; tight++) el.dataset.tight = String(tight);
  });
  return (
    <main class="side" ref={box}>
      <p class="side-head">{head}</p>
      <div class="side-words">{children}</div>
      {keys && <div class="side-keys">{keys}</div>}
    </main>
  );
}

/** What stands beside a state's road back. */
const states: Record<string, IconName> = { login: "private", code: "phone", eid: "card", captcha: "person", payment: "bank", declaration: "write", cookies: "no", download: "paper", "new-tab": "back" };

const stepHead = (v: View) => (v.rail ? w("companion.step", { index: v.rail.index, total: v.rail.total }) : "Handrail");

export function Companion({ v }: { v: View }): JSX.Element {
  const s = v.step;
  if (!s) return <Side head={stepHead(v)}><h1 class="side-title">{w("opening.title")}</h1><p class="side-how">{w("opening.how")}</p></Side>;
  if (s.sight === "likely") return <Likely v={v} s={s} />;
  return (
    <Side head={stepHead(v)} keys={(s.cardOffer || s.paperOffer || s.sheetsOffer || s.key !== "none" || s.bare || s.propose) && (
      <>
        {s.propose && <Propose what={s.propose} />}
        {s.bare && <Key name="show" does={{ do: "show" }} icon="point" words={w("companion.show")} />}
        {s.cardOffer && <Key name="card" does={{ do: "card" }} icon="card" words={w("companion.card")} />}
        {s.paperOffer && <Key name="page-paper" does={{ do: "page-paper" }} icon="print" words={w("companion.page-paper")} />}
        {s.sheetsOffer && <Key name="sheets" does={{ do: "sheets" }} icon="print" words={w("companion.sheets")} />}
        {s.key === "next" && <Key name="next" does={{ do: "next" }} look="primary" after="next" words={w("companion.next")} />}
        {s.key === "finish" && <Key name="next" does={{ do: "next" }} look="primary" after="next" words={w("companion.finish")} />}
      </>
    )}>
      <h1 class="side-title">{s.title}</h1>
      {!s.bare && <p class="side-how">{s.how}</p>}
      {s.back && <p class="box-read state-back"><Icon name={states[s.state ?? ""] ?? "why"} size={30} /><span>{s.back}</span></p>}
      {s.paper === "printing" && <Note icon="print">{w("end.printing")}</Note>}
      {s.paper === "out" && <Note icon="yes" kind="good">{w("companion.page-out")}</Note>}
      {s.paper?.startsWith("printer.") && <Note icon="problem" kind="bad">{w(`state.${s.paper}`)}</Note>}
      {s.helpOver && <Note icon="private">{w("companion.help-over")}</Note>}
      {s.filled === "ok" && <Note icon="yes" kind="good">{w("companion.filled.ok")}</Note>}
      {s.filled === "differs" && <Note icon="problem" kind="bad">{w("companion.filled.differs")}</Note>}
      {s.sight === "unknown" && s.title !== w("unknown.title") && <p class="box-soft">{w("companion.unknown")}</p>}
      {s.word && !s.bare && <Words label={w("companion.word")} words={s.word} />}
      {(s.why || s.missing) && !s.bare && !s.propose && (
        <div class="asks">
          {s.why && <Ask name="why" icon="why" words={w("companion.why")} answer={s.why} open={s.open === "why"} />}
          {s.missing && <Ask name="missing" icon="other" words={w("companion.missing")} answer={s.missing} open={s.open === "missing"} />}
        </div>
      )}
    </Side>
  );
}

/** Propose asks, and waits: nothing changes by itself. */
function Propose({ what }: { what: NonNullable<Step["propose"]> }): JSX.Element {
  return (
    <div class="propose" role="status">
      <b>{w(`propose.${what}`)}</b>
      <div class="answers">
        <Key name="propose-yes" class="small" does={{ do: "propose", on: true }} words={w("propose.yes")} />
        <Key name="propose-no" class="small" does={{ do: "propose", on: false }} words={w("propose.no")} />
      </div>
    </div>
  );
}

function Words({ label, words }: { label: string; words: PageWords }): JSX.Element {
  return <p class="box-soft words"><span>{label} </span><b><bdi lang={words.lang} dir={words.dir}>{words.text}</bdi></b></p>;
}

function Ask({ name, icon, words, answer, open }: { name: "why" | "missing"; icon: IconName; words: string; answer: string; open: boolean }): JSX.Element {
  return (
    <div class="ask">
      <Key name={name} look="quiet" class="ask-key" does={open ? { do: "shut" } : { do: "open", what: name }} icon={icon} after={open ? "up" : "down"}
        words={words} expanded={open} />
      {open && <p class="ask-answer">{answer}</p>}
    </div>
  );
}

function Likely({ v, s }: { v: View; s: Step }): JSX.Element {
  return (
    <Side head={stepHead(v)} keys={
      <>
        <Key name="yes-this" look="primary" does={{ do: "yes-this" }} icon="yes" words={w("likely.yes")} class="left" />
        <Key name="not-this" does={{ do: "not-this" }} icon="no" words={w("likely.no")} class="left" />
        <Key name="dont-know" does={{ do: "dont-know" }} icon="unsure" words={w("likely.dont-know")} class="left" />
      </>
    }>
      <h1 class="side-title">{w("likely.title")}</h1>
      <p class="side-how">{w("likely.why")}</p>
      <p class="side-how">{w("likely.look")}<br /><b>{s.title}</b></p>
      {s.word && <p class="side-how">{w("likely.says")}<br /><b><Quoted words={s.word} /></b></p>}
    </Side>
  );
}

/** Quoted are the page's own words, in its language and direction, never translated. */
function Quoted({ words }: { words: PageWords }): JSX.Element {
  return <q lang={words.lang} dir={words.dir}>{words.text}</q>;
}

export function SiteErrorScreen({ v, e }: { v: View; e: SiteError }): JSX.Element {
  return (
    <Side head={stepHead(v)} keys={
      <>
        {v.step?.propose && <Propose what={v.step.propose} />}
        <Key name="show-box" does={{ do: "show-box" }} icon="point" words={w("error.show")} />
        <Key name="fixed" look="primary" does={{ do: "fixed" }} after="next" words={w("error.fixed")} />
      </>
    }>
      <h1 class="side-title">{e.known && e.title ? e.title : w("error.unknown.title")}</h1>
      <p class="side-how">{e.known && e.how ? e.how : w("error.unknown.how")}</p>
      {e.nothingLost && <Note icon="yes" kind="good"><b>{w("error.nothing-lost")}</b></Note>}
      <p class="box-read"><Icon name="problem" size={30} /><span>{w("error.says")} <b class={e.words.lang === v.lang ? undefined : "foreign"}><Quoted words={e.words} /></b></span></p>
    </Side>
  );
}

/** SiteBoxScreen stands in for a box of the page's that says something, or asks for a yes or a no. */
export function SiteBoxScreen({ v, b }: { v: View; b: SiteBox }): JSX.Element {
  const asks = b.asks && !b.agreed;
  return (
    <Side head={v.call ? w("call.title") : stepHead(v)} keys={
      <>
        {asks && <Key name="box-yes" does={{ do: "box-yes" }} icon="yes" words={w("box.yes")} class="left" />}
        {asks && <Key name="box-no" does={{ do: "box-no" }} icon="no" words={w("box.no")} class="left" />}
        {!asks && <Key name="box-read" look="primary" does={{ do: "box-no" }} after="next" words={w(b.agreed ? "box.shut" : "box.read")} />}
        {v.call && <StopHelp />}
      </>
    }>
      <h1 class="side-title">{w(b.agreed ? "box.again.title" : b.asks ? "box.asks" : "box.says")}</h1>
      <p class="side-how">{w(b.agreed ? "box.again.how" : b.asks ? "box.asks.how" : "box.says.how")}</p>
      <p class="box-read"><Icon name={b.asks ? "unsure" : "problem"} size={30} /><b class={b.words.lang === v.lang ? undefined : "foreign"}><Quoted words={b.words} /></b></p>
    </Side>
  );
}

/** StopHelp ends a call, from wherever it is. */
function StopHelp(): JSX.Element {
  return <Key name="stop-help" look="stop" class="stop" does={{ do: "stop-help" }} icon="stop" words={w("call.stop")} />;
}

/** Pointing is the companion during a call. */
export function Pointing({ v, call }: { v: View; call: Call }): JSX.Element {
  if (call.reveal && call.reveal !== "shown") return <Reveal call={call} step={call.reveal} />;
  const captions = [...call.captions].reverse().slice(0, 2); // newest on top
  return (
    <Side head={w("call.title")} keys={
      <>
        {(captions.length > 0 || hears(call)) && (
          <div class="answers">
            <VoiceKeys call={call} loudness={captions.length === 0} />
            {captions.length > 0 && call.voice !== "on" && <Key name="understood" class="small" does={{ do: "chat", text: "understood" }} words={w("call.understood")} />}
            {captions.length > 0 && <Key name="again" class="small" does={{ do: "again" }} words={w("call.again")} />}
          </div>
        )}
        {call.see && v.step && !call.lineDown && (captions.length > 0 || call.reveal) && <Key name="reveal" class="small" does={{ do: "reveal" }} icon={call.reveal ? "no" : "see"} words={w(call.reveal ? "reveal.cover" : "call.reveal")} />}
        <StopHelp />
      </>
    }>
      <div class="caller">
        <span class="initial" aria-hidden="true">{call.initial}</span>
        <span class="caller-words">
          <span class="caller-name"><bdi>{call.name}</bdi></span>
          <span>{voiceLine(call) ? voiceLine(call) : captions.length > 0 || call.pointing ? <>{w("call.number")} <b class="digits" dir="ltr">{call.digits}</b></> : w("call.here")}</span>
        </span>
        {call.voice === "on" && !call.lineDown && !voiceLine(call) && <Bars />}
      </div>
      {call.lineDown && <p class="box-read"><Icon name="line" size={30} /><span>{w("call.line-down", { name: call.name })}</span></p>}
      {captions.length === 0 && !call.pointing && (
        <div class="box-soft digits-box">
          <span>{w("call.digits", { name: call.name })}</span>
          <b class="digits big" dir="ltr">{call.digits}</b>
          <span>{w("call.digits.other")}</span>
        </div>
      )}
      {call.pointing && <Note icon="point"><b>{w("call.points")}</b></Note>}
      {captions.map((c, i) => <p key={c.id} class={i === 0 ? "caption" : "caption older"}><q>{c.text}</q></p>)}
      {call.reveal === "shown" ? <Note icon="see"><b>{w("reveal.shown", { name: call.name })}</b></Note> : <Note icon="see">{w(call.see ? "call.sees.words" : "call.sees.nothing", { name: call.name })}</Note>}
      {v.step && captions.length === 0 && <p class="side-step"><b>{v.step.title}</b></p>}
    </Side>
  );
}

/** Reveal asks what the citizen wants to show, and then whether. Stop stays where it is. */
function Reveal({ call, step }: { call: Call; step: "pick" | "ask" | "never" }): JSX.Element {
  const [title, how] = {
    pick: ["reveal.pick.title", "reveal.pick.how"], ask: ["reveal.ask.title", "reveal.ask.how"], never: ["reveal.never.title", "reveal.never.how"],
  }[step] as [string, string];
  return (
    <Side head={w("call.title")} keys={
      <>
        {step === "ask" && <Key name="reveal-yes" look="primary" does={{ do: "reveal-yes" }} icon="see" words={w("reveal.yes")} />}
        <Key name="reveal" does={{ do: "reveal" }} icon={step === "never" ? "yes" : "no"} words={w(step === "never" ? "call.understood" : "reveal.no")} />
        <StopHelp />
      </>
    }>
      <h1 class="side-title">{w(title, { name: call.name })}</h1>
      <p class="side-how">{w(how, { name: call.name })}</p>
    </Side>
  );
}
