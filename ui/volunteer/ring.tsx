// SPDX-License-Identifier: Apache-2.0

// Somebody asks. Read in this order: language, place, waiting time, steps, service, level, wish, tried, devices, Accept.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "../parts/desk-icons";
import { Knob, window9 } from "../parts/desk-parts";
import { known, languageName, list, ownName, span, t } from "../parts/desk-words";
import { guideName } from "./guides";
import type { Request } from "./protocol";
import { accept, accepting, decline, type Ringing } from "./state";

/** A person who types elsewhere does not accept by accident: Enter counts only after this long. */
const inert = 400;
const elapsed = signal(0);

export function RingScreen({ ring }: { ring: Ringing }) {
  const first = useRef<HTMLButtonElement>(null);
  const r = ring.request;
  useEffect(() => {
    first.current?.focus();
    const tick = setInterval(() => { elapsed.value = performance.now() - ring.arrived; }, 500);
    elapsed.value = 0;
    const onKey = (e: KeyboardEvent) => { if (e.key === "Escape") decline(); };
    addEventListener("keydown", onKey);
    return () => { clearInterval(tick); removeEventListener("keydown", onKey); };
  }, [ring]);
  const language = ring.language;
  const also = r.languages.filter((l) => l !== language);
  const pressAccept = (e: MouseEvent) => {
    if (e.detail === 0 && performance.now() - ring.arrived < inert) return;
    void accept();
  };
  return (
    <main class="ring">
      <div class="raised ringcard">
        <div class="head">
          <div>
            <h1 data-name="ring-language">{t("ring.needs", { language: languageName(language) })}
              {ownName(language) !== languageName(language) && <>{" "}<bdi lang={language} class="own">{ownName(language)}</bdi></>}</h1>
            <p><bdi>{whereOf(r)}</bdi>.{also.length > 0 && <> {t("ring.also", { languages: list(also.map(languageName)) })}</>}</p>
          </div>
          <p class="waited"><span><Icon name="clock" /> <span class="strong">{span(ring.waited + elapsed.value)}</span></span><br />{t("ring.waiting")}</p>
        </div>
        {ring.phrases && <p class="sunk known" data-name="phrases-only"><span><Icon name="message" /> {t("ring.phrases", { language: languageName(r.languages[0] ?? language) })}</span></p>}
        <Steps request={r} />
        <dl class="facts">
          <div><dt class="label">{t("ring.service")}</dt><dd class="strong" data-name="ring-service"><bdi>{guideName(r.guide, r.guide_name) || t("ring.noguide")}</bdi></dd></div>
          <div><dt class="label">{t("ring.level")}</dt><dd class="strong">{known(`level.${r.level}`) ?? t("level.none")}</dd></div>
          <div><dt class="label">{t("ring.wish")}</dt><dd class="strong">{known(`mode.${r.mode}`) ?? r.mode}</dd><dd class="second">{t("ring.askfirst")}</dd></div>
        </dl>
        <div class="sunk known">
          <div>
            <p class="label">{t("ring.tried")}</p>
            <Tried request={r} />
          </div>
          <div>
            <p class="label">{t("ring.terminal")}</p>
            <Devices request={r} />
          </div>
        </div>
        <div class="answer">
          <button type="button" ref={first} class="button amber accept" data-name="accept" aria-disabled={accepting.value || undefined} onClick={pressAccept}>
            <Icon name="phone" size={24} /><span>{accepting.value ? t("ring.accepting") : t("ring.accept")}</span>
            <kbd class="key" aria-hidden="true">Enter</kbd>
          </button>
          <button type="button" class="button quiet" data-name="decline" onClick={decline}>
            <span>{t("ring.notnow")}</span><kbd class="key" aria-hidden="true">Esc</kbd>
          </button>
          <p class="else"><span class="strong">{ring.others === 0 ? t("ring.only", { language: languageName(language) }) : t("ring.others", { count: ring.others })}</span><br />
            <span class="label">{ring.others === 0 ? t("ring.only.else") : t("ring.others.else")}</span></p>
        </div>
      </div>
      <p class="label foot">{t("ring.cannot")}</p>
    </main>
  );
}

/** whereOf is the place and the terminal there, as the office calls them. */
export function whereOf(r: Request): string {
  return [r.place, r.terminal].filter(Boolean).join(", ");
}

/** The rail of the service, with the person's step pulsing. Only the current step's words are known before the call. */
function Steps({ request: r }: { request: Request }) {
  if (r.step_total === 0) return <div class="ringrail empty" />;
  const knobs = window9(r.step_total, r.step_index - 1);
  return (
    <div class="ringrail">
      <div class="line" />
      <ol>
        {knobs.map((i) => (
          <li key={i} class={i === r.step_index - 1 ? "at" : ""} aria-current={i === r.step_index - 1 ? "step" : undefined}>
            {i === r.step_index - 1 && <><span class="wave" /><span class="wave second" /></>}
            <Knob look={i < r.step_index - 1 ? "done" : i === r.step_index - 1 ? "now" : "todo"} n={i + 1} />
            {i === r.step_index - 1 && <span class="words"><span class="strong" dir="auto">{r.step_title}</span><br />
              <span class="label">{t("step.of", { index: r.step_index, total: r.step_total })}</span></span>}
          </li>
        ))}
      </ol>
    </div>
  );
}

const triedIcons: Record<string, IconName> = { hint: "book", why: "book", missing: "book", back: "back", site_error: "warning", read_aloud: "speak", card: "card" };

export function Tried({ request }: { request: Request }) {
  const rows = Object.entries(request.tried ?? {}).filter(([, n]) => n > 0)
    .map(([what, n]) => ({ what, text: known(`tried.${what}`, { count: n }) }))
    .filter((row) => row.text !== undefined);
  if (rows.length === 0) return <p>{t("tried.nothing")}</p>;
  return <ul class="rows">{rows.map((row) => <li key={row.what}><Icon name={triedIcons[row.what] ?? "dot"} size={18} />{row.text}</li>)}</ul>;
}

const deviceIcons: Record<string, IconName> = { reader: "card", printer: "printer", sound: "speak", card: "card" };
const fine = new Set(["reader.ready", "reader.reading", "card.ok", "card.gone", "printer.ready", "printer.held", "sound.ready"]);

export function Devices({ request }: { request: Request }) {
  const rows = Object.entries(request.devices ?? {});
  if (rows.length === 0) return <p>{t("devices.none")}</p>;
  return (
    <ul class="rows">
      {rows.map(([device, state]) => (
        <li key={device}><Icon name={deviceIcons[device] ?? "plug"} size={18} class={fine.has(state) ? "fine" : "attend"} />{known(`state.${state}`) ?? state}</li>
      ))}
    </ul>
  );
}
