// SPDX-License-Identifier: Apache-2.0

// The end, and what goes wrong. Every line says what is true now, and no screen is without a way on.

import type { JSX } from "preact";
import { Header, Key, Note, w } from "../parts/citizen.tsx";
import { Icon, type IconName, stateIcon } from "../parts/icons.tsx";
import { accept, face, send } from "./bridge.ts";
import { BrokenStairs, CardSlot, ErasedScreen, PaperSlot } from "./drawings.tsx";
import type { Ending, Failure, View } from "./view.ts";

function endTitle(e: Ending): string {
  const paper = e.paper === "printing" || e.paper === "out";
  if (e.slip) return "end.copy.title";
  if (e.card && paper) return "end.take-both";
  if (e.card) return "end.take-card";
  if (paper) return "end.take-paper";
  return e.finished ? "end.finished" : "end.stopped";
}

export function End({ v, e }: { v: View; e: Ending }): JSX.Element {
  const rtl = v.dir === "rtl";
  const erased = (
    <div class="panel soft" data-name="panel-erased">
      <ErasedScreen state={e.erased ? "done" : "erasing"} />
      <span class="panel-word">{w(e.erased ? "end.erased" : "end.erasing")}</span>
    </div>
  );
  if (e.slip) {
    return (
      <>
        <Header tools={false} />
        <main class="content">
          <h1 class="title">{w("end.copy.title")}</h1>
          <div class="two slip-screen">
            <div class="slip">
              {e.printer && <Note icon={stateIcon(e.printer)} kind="bad">{w(`state.${e.printer}`)}</Note>}
              <h2 class="section">{e.slip.title}</h2>
              <ul>{e.slip.lines.map((l, i) => <li key={i}>{l}</li>)}</ul>
            </div>
            <div class="slip-side">{erased}<Faces chosen={e.face ?? face.value} stacked /></div>
          </div>
        </main>
      </>
    );
  }
  return (
    <>
      <Header tools={false} />
      <main class="content">
        <h1 class="title">{w(endTitle(e))}</h1>
        {e.asked && (e.card || e.paper === "out") && <Note icon="problem" kind="bad">{w("end.first")}</Note>}
        <div class="panels">
          {e.card && <div class="panel read" data-name="panel-card"><CardSlot arrow="out" /><span class="panel-word">{w("end.card")}</span></div>}
          {(e.paper === "out" || e.paper === "printing") && (
            <div class="panel read" data-name="panel-paper"><PaperSlot arrow={e.paper === "out"} rtl={rtl} bad={e.paper === "printing" && !!e.printer} />
              <span class="panel-words">
                <span class="panel-word">{w(e.paper === "out" ? "end.paper" : "end.printing")}</span>
                {e.paper === "printing" && e.printer && <span class="panel-gloss">{w(`state.${e.printer}`)}</span>}
              </span>
            </div>
          )}
          {e.paper === "failed" && (
            <div class={e.card ? "panel read" : "panel read wide"} data-name="panel-printer">
              {!e.card && <PaperSlot arrow={false} rtl={rtl} bad />}
              <span class="panel-words">
                <span class="panel-word">{w("end.no-paper")}</span>
                {e.printer && <span class="panel-gloss">{w(`state.${e.printer}`)}</span>}
              </span>
            </div>
          )}
          {erased}
        </div>
        <Faces chosen={e.face ?? face.value} />
      </main>
    </>
  );
}

function Faces({ chosen, stacked }: { chosen: number; stacked?: boolean }): JSX.Element {
  return (
    <>
      <div class="section-bar">
        <h2 class="section">{w("end.how")}</h2>
        {!stacked && <span class="optional">{w(chosen ? "end.thanks" : "end.optional")}</span>}
      </div>
      <div class={stacked ? "faces stacked" : "faces"}>
        {[1, 2, 3, 4, 5].map((n) => (
          <button key={n} type="button" class="key key-plain face" data-name={`face-${n}`} aria-pressed={chosen === n}
            onClick={() => { if (accept()) { face.value = n; send({ do: "face", n }); } }}>
            <Icon name={`face-${n}` as IconName} size={stacked ? 36 : 60} />
            <span>{w(`end.face.${n}`)}</span>
          </button>
        ))}
      </div>
    </>
  );
}

const known = new Set(["site-down", "site-unsure", "page-unknown", "session-lost", "form-gone", "browser-lost", "dead-end", "hub-down", "printer", "reader", "out-of-order"]);

/** failureTitle takes a kind, or a plain-language device state. */
function failureTitle(kind: string): string {
  if (kind.startsWith("printer")) return "failure.printer.title";
  if (kind.startsWith("reader")) return "failure.reader.title";
  if (kind.startsWith("card")) return "card.failed.title";
  return known.has(kind) ? `failure.${kind}.title` : "failure.out-of-order.title";
}

const ways: Record<Failure["keys"][number], { icon: IconName; look?: "amber" }> = {
  print: { icon: "print" }, retry: { icon: "again" }, help: { icon: "people", look: "amber" }, home: { icon: "house" },
};

/** Paper first: it always works. */
const order: Failure["keys"] = ["print", "retry", "help", "home"];

export function FailureScreen({ v, f }: { v: View; f: Failure }): JSX.Element {
  const state = f.state ?? (/^(printer|reader|card)\./.test(f.kind) ? f.kind : undefined);
  const keys = order.filter((k) => f.keys.includes(k));
  const primary = keys.find((k) => k !== "help");
  const on = f.kind === "dead-end" ? "form" : f.kind === "form-gone" ? "begin" : "retry"; // where the way on leads back to the form, or to its beginning
  return (
    <>
      <Header tools />
      <main class="content">
        <h1 class="title">{w(failureTitle(f.kind))}</h1>
        <div class="two failure-screen">
          <div class="failure-left">
            <BrokenStairs rtl={v.dir === "rtl"} />
            {state && <Note icon={stateIcon(state)} kind="bad">{w(`state.${state}`)}</Note>}
            <ul class="truths">
              {f.truths.map((k) => <li key={k}><Note icon="yes" kind="good">{w(k.includes(".") ? k : `failure.truth.${k}`)}</Note></li>)}
            </ul>
          </div>
          <div class="failure-right" data-count={keys.length}>
            {keys.length > 0 ? <h2 class="section">{w("failure.now")}</h2> : <p class="box-read big"><Icon name="desk" size={44} /><span>{w("failure.desk")}</span></p>}
            {keys.map((k) => (
              <Key key={k} name={k === "help" ? "ask-person" : k} does={{ do: k }} icon={ways[k].icon} look={ways[k].look ?? (k === primary ? "primary" : "plain")}
                class="broad" words={w(`failure.${k === "retry" ? on : k}`)} gloss={w(`failure.${k === "retry" ? on : k}.gloss`)} />
            ))}
          </div>
        </div>
      </main>
    </>
  );
}
