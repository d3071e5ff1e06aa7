// SPDX-License-Identifier: Apache-2.0

// The citizen's page: what a View looks like. Nothing here remembers anything; see bridge.ts for the little that does.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { Bar, Header } from "../parts/citizen.tsx";
import { frame, serviceRect } from "../parts/frame.ts";
import { Rail } from "../parts/rail.tsx";
import { CardScreen, HelpScreen, PaperScreen, WaitingScreen } from "./asking.tsx";
import { LevelScreen, ReadinessScreen } from "./beginning.tsx";
import { Companion, Pointing, SiteBoxScreen, SiteErrorScreen } from "./beside.tsx";
import { live, size, view } from "./bridge.ts";
import { End, FailureScreen } from "./ending.tsx";
import { fit } from "./fit.ts";
import { Echo, Keyboard } from "./keyboard.tsx";
import { BellScreen, TicketScreen } from "./room.tsx";
import { ConfirmEnd, Home, Idle, Ready, Start } from "./own.tsx";
import { FilingScreen } from "./filing.tsx";
import { SheetsScreen } from "./sheets.tsx";
import type { Knob, View } from "./view.ts";

const beside = new Set(["companion", "error", "says", "pointing"]);

function Screen({ v }: { v: View }): JSX.Element {
  switch (v.screen) {
    case "start": return <Start v={v} />;
    case "level": return <LevelScreen v={v} />;
    case "readiness": return <ReadinessScreen r={v.readiness ?? { name: "", term: "", needs: [], asked: false, paper: "none" }} />;
    case "home": return <Home v={v} />;
    case "companion": return <Companion v={v} />;
    case "says": return v.box ? <SiteBoxScreen v={v} b={v.box} /> : <Companion v={v} />;
    case "error": return v.error ? <SiteErrorScreen v={v} e={v.error} /> : <Companion v={v} />;
    case "pointing": return v.call ? <Pointing v={v} call={v.call} /> : <Companion v={v} />;
    case "card": return <CardScreen card={v.card ?? { fields: [], state: "" }} />;
    case "help": return <HelpScreen c={v.consent ?? { talk: false, see: false, point: false }} />;
    case "waiting": return <WaitingScreen x={v.waiting ?? { lineDown: false }} />;
    case "ticket": return <TicketScreen x={v.ticket ?? { number: "", say: "", hours: [], paper: "out", known: false, asked: false }} />;
    case "bell": return <BellScreen x={v.bell ?? { state: "coming" }} />;
    case "confirm-end": return <ConfirmEnd />;
    case "print": return <PaperScreen rtl={v.dir === "rtl"} />;
    case "filing": return <FilingScreen v={v} f={v.filing ?? { state: "none", several: false }} />;
    case "sheets": return <SheetsScreen v={v} s={v.sheets ?? { state: "making", n: 0 }} />;
    case "idle": return <Idle v={v} />;
    case "end": return <End v={v} e={v.ending ?? { paper: "none", card: false, erased: false, finished: false }} />;
    case "failure": return <FailureScreen v={v} f={v.failure ?? { kind: "out-of-order", truths: [], keys: [] }} />;
    default: return <Ready />;
  }
}

/** The terminal's own way has six knobs: language, how much help, service, what is needed, the form, what is taken home. */
const way = ["start", "level", "home", "readiness", "companion", "end"];

function ownKnobs(v: View): Knob[] {
  if (v.screen === "ready" || v.screen === "failure") return [];
  const at = way.indexOf(v.screen) + 1 || 3;
  return way.map((_, i) => i + 1).map((n) => ({ n, state: n < at ? "done" : n === at ? "now" : "todo" }));
}

export function App(): JSX.Element {
  const v = view.value;
  const { w, h } = size.value;
  const rtl = v?.dir === "rtl";
  const isBeside = v !== undefined && beside.has(v.screen);
  const service = isBeside ? (v.service ?? serviceRect(w, h, rtl, v.large)) : undefined;
  const keys = isBeside ? v?.keys : undefined;
  const f = frame(w, h, rtl, service, keys?.top);
  const all = v?.rail?.knobs ?? (v ? ownKnobs(v) : []);
  // Beside the keyboard there is room for three: the one before, this one, the next.
  const here = all.findIndex((k) => k.state !== "done" && k.state !== "todo");
  const knobs = keys ? all.slice(Math.max(0, here - 1), Math.max(0, here - 1) + 3) : all;

  useLayoutEffect(() => {
    document.documentElement.lang = v?.lang ?? "en";
    document.documentElement.dir = v?.dir ?? "ltr";
  }, [v?.lang, v?.dir]);
  // What is first on a screen has the keyboard, so that a key does what a touch does.
  useLayoutEffect(() => {
    document.querySelector<HTMLElement>("[data-first]")?.focus({ preventScroll: true });
  }, [v?.screen, v?.lang]);

  const terminal = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const el = terminal.current;
    if (!el) return;
    if (!v?.large) { delete el.dataset.large; return; }
    fit(el);
    if (document.fonts.status !== "loaded") void document.fonts.ready.then(() => { if (el.dataset.bigger) fit(el); });
  });

  const style: Record<string, string> = {
    "--surface-x": `${f.surface.x}px`, "--surface-y": `${f.surface.y}px`, "--surface-w": `${f.surface.w}px`, "--surface-h": `${f.surface.h}px`,
    "--bar-h": `${f.bar.h}px`,
  };
  return (
    <div class="terminal" ref={terminal} style={style} data-screen={v?.screen ?? "empty"} data-rev={v?.rev} data-live={live.value ? "true" : "false"}
      data-layout={f.portrait ? "portrait" : "landscape"} data-bigger={v?.large ? "true" : undefined} data-contrast={v?.contrast ? "true" : undefined}
      data-keys={keys ? "true" : undefined} data-beside={isBeside ? "true" : undefined} data-narrow={w < 1200 && !f.portrait ? "true" : undefined} lang={v?.lang} dir={v?.dir}>
      {v && keys ? <><Echo v={v} k={keys} rail={v.rail} /><Keyboard key={`${keys.lang}/${keys.kind}`} v={v} k={keys} /></> : v ? <Screen key={`${v.screen}/${v.lang}`} v={v} /> : <Header tools={false} />}
      <Bar />
      <Rail frame={f} knobs={knobs} ringY={v?.screen === "companion" || v?.screen === "error" || v?.screen === "pointing" ? v.step?.ringY : undefined}
        unsure={v?.step?.sight === "likely"} />
    </div>
  );
}
