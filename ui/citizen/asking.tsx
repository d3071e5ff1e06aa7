// SPDX-License-Identifier: Apache-2.0

// The screens that ask before anything is taken, shown or heard: the card, the help. And the honest wait.

import type { JSX } from "preact";
import { Header, Key, Note, Toggle, w } from "../parts/citizen.tsx";
import { Icon, type IconName } from "../parts/icons.tsx";
import { CardPicture, CardSlot, Figure, PaperSlot } from "./drawings.tsx";
import { OutlinePicture } from "./outline.tsx";
import type { Card, Consent, Waiting } from "./view.ts";

export function CardScreen({ card }: { card: Card }): JSX.Element {
  return card.state === "ready" ? <CardFields card={card} /> : <CardState state={card.state} />;
}

function CardFields({ card }: { card: Card }): JSX.Element {
  const taken = card.fields.filter((f) => f.take).length;
  const n = card.fields.length;
  return (
    <>
      <Header tools />
      <main class="content">
        <h1 class="title">{w("card.title")}</h1>
        <div class="two card-screen">
          <ul class={`rows ${n > 7 ? "many" : n > 5 ? "close" : ""}`}>
            {card.fields.map((f) => (
              <li key={f.name} class="row">
                <span class="row-words">
                  <span class="row-label">{f.label}{f.look && !f.choices && <span class="row-look"><Icon name="see" />{w("card.look")}</span>}</span>
                  {f.choices
                    ? <span class="row-look">{w("card.which")}</span>
                    : <span class={f.take ? "row-value taken" : "row-value"}><bdi>{f.value}</bdi></span>}
                </span>
                {f.choices
                  ? <span class="readings">{f.choices.map((c, n) => <Reading key={n} field={f} n={n} words={c} />)}</span>
                  : <Toggle name={`card-${f.name}`} label={f.label} on={f.take} does={{ do: "tick", field: f.name, on: !f.take }} />}
              </li>
            ))}
          </ul>
          <div class="beside-rows">
            <CardPicture />
            <p class="strong-note">{w("card.note")}</p>
            <div class="stack">
              <Key name="take-nothing" does={{ do: "take-nothing" }} words={w("card.nothing")} />
              <Key name="take" look="primary" does={{ do: "take" }} after="next" resting={taken === 0}
                words={taken === 0 ? w("card.take") : w("card.take", { count: taken })} />
            </div>
          </div>
        </div>
      </main>
    </>
  );
}

/** Reading is one of the ways in which a field may be read. To touch it is to say that it is right and to take it; again, not to. */
function Reading({ field, n, words }: { field: Card["fields"][number]; n: number; words: string }): JSX.Element {
  const taken = field.take && field.value === words;
  return (
    <Key name={`card-${field.name}-${n}`} look={taken ? "primary" : "plain"} pressed={taken} icon={taken ? "yes" : undefined} words={words}
      does={taken ? { do: "tick", field: field.name, on: false } : { do: "choose", field: field.name, n }} />
  );
}

/** CardState is the card on its way in, being read, or refused; typing is always the other way on. */
function CardState({ state }: { state: string }): JSX.Element {
  const reading = state === "reading" || state === "reader.reading";
  const wanted = state === "" || state === "reader.ready" || state === "card.gone";
  const title = reading ? "card.reading.title" : wanted ? "card.put.title" : state.startsWith("reader.") ? "failure.reader.title" : "card.failed.title";
  return (
    <>
      <Header tools />
      <main class="content column">
        <h1 class="title">{w(title)}</h1>
        <div class="panel soft wide-panel"><CardSlot arrow={reading || state.startsWith("reader.") && !wanted ? "none" : state === "card.unknown" ? "out" : "in"} /></div>
        <p class="lead" data-state={state}>{w(reading ? "state.reader.reading" : `state.${state || "card.gone"}`)}</p>
        <div class="pair tall end-only">
          <Key name="take-nothing" look={reading || wanted ? "plain" : "primary"} does={{ do: "take-nothing" }} icon="write" words={w("card.write")} />
        </div>
      </main>
    </>
  );
}

/** PaperScreen asks before the person's own words go on paper. */
export function PaperScreen({ rtl }: { rtl: boolean }): JSX.Element {
  return (
    <>
      <Header tools={false} />
      <main class="content column">
        <h1 class="title">{w("print.title")}</h1>
        <div class="confirm">
          <div class="panel soft"><PaperSlot arrow rtl={rtl} /></div>
          <div class="confirm-words">
            <Note icon="private">{w("print.yours")}</Note>
            <Note icon="erase">{w("print.forgotten")}</Note>
          </div>
        </div>
        <div class="pair tall">
          <Key name="print-no" does={{ do: "print-no" }} icon="back" words={w("print.no")} />
          <Key name="print-yes" does={{ do: "print-yes" }} look="primary" icon="print" words={w("print.yes")} first />
        </div>
      </main>
    </>
  );
}

export function HelpScreen({ c }: { c: Consent }): JSX.Element {
  const ask = c.talk ? "help.ask.talk" : c.see ? "help.ask" : "help.ask.write";
  const rows: { what: "talk" | "see" | "point"; icon: IconName; on: boolean }[] = [
    { what: "talk", icon: "talk", on: c.talk }, { what: "see", icon: "see", on: c.see }, { what: "point", icon: "point", on: c.point },
  ];
  return (
    <>
      <Header tools />
      <main class="content">
        <div class="section-bar">
          <h1 class="title">{w("help.title")}</h1>
          {c.bell
            ? <span class="bell-rung"><Icon name="bell" />{c.bell.state === "coming" ? w("waiting.bell.coming", { name: c.bell.by ?? "" }) : w(`waiting.bell.${c.bell.state}`)}</span>
            : !c.lineDown && <Key name="bell" look="quiet" does={{ do: "bell" }} icon="bell" words={w("waiting.bell")} />}
        </div>
        <div class="two help-screen">
          <div class="help-left">
            <div class="who">
              <span class="who-icon"><Icon name="people" size={44} /></span>
              <span class="who-words">
                <b>{w("help.who")}</b>
                {c.free !== undefined && c.free >= 0 && <span>{c.free === 0 ? w("help.free") : w("help.free", { count: c.free })}</span>}
              </span>
            </div>
            <p class="section-line"><Icon name="see" /><b>{w("help.sees")}</b></p>
            {c.outline && c.outline.nodes.length > 0
              ? <div class={c.see ? "outline-frame" : "outline-frame off"}>
                  {c.see ? <OutlinePicture outline={c.outline} w={480} h={292} /> : <p class="outline-none">{w("help.sees.nothing")}</p>}
                </div>
              : <div class="outline-frame off"><p class="outline-none">{w("help.sees.nothing")}</p></div>}
            {c.outline && c.see && <p class="grey-note"><span class="grey-sample" aria-hidden="true" />{w("help.grey")}</p>}
          </div>
          <div class="help-right">
            <ul class="rows">
              {rows.map((r) => (
                <li key={r.what} class={c.lineDown ? "row" : "row high"}>
                  <Icon name={r.icon} size={38} />
                  <span class="row-words">
                    <span class="row-word">{w(`help.${r.what}`)}</span>
                    <span class="row-label">{w(`help.${r.what}.gloss`)}</span>
                  </span>
                  <Toggle name={`consent-${r.what}`} label={w(`help.${r.what}`)} on={r.on} does={{ do: "consent", what: r.what, on: !r.on }} />
                </li>
              ))}
            </ul>
            {c.lineDown && <p class="box-read line-down"><Icon name="line" size={30} /><span>{w("help.line-down")}</span></p>}
            <div class="pair uneven">
              <Key name="alone" does={{ do: "alone" }} words={w("help.not-now")} />
              <Key name="ask" look="primary" does={{ do: "ask" }} icon={c.talk ? "talk" : c.see ? "see" : "write"} words={w(ask)} />
            </div>
          </div>
        </div>
      </main>
    </>
  );
}

export function WaitingScreen({ x }: { x: Waiting }): JSX.Element {
  const before = x.before ?? 0;
  return (
    <>
      <Header tools />
      <main class="content">
        <h1 class="title">{w(x.lineDown ? "waiting.line-down.title" : "waiting.title")}</h1>
        <div class={x.lineDown ? "queue cut" : "queue"}>
          <span class="queue-rail" />
          <span class="queue-place you"><Figure kind="you" /><b>{w("waiting.you")}</b></span>
          {!x.lineDown && x.before !== undefined && (
            <span class="queue-place middle">
              {before > 0 && <Figure kind="other" />}
              <span>{before > 0 ? w("waiting.before", { count: before }) : w("waiting.next")}</span>
            </span>
          )}
          {!x.lineDown && <span class="queue-place helper"><span>{w("waiting.helper")}</span><Figure kind="helper" /></span>}
          <span class="queue-floor" />
        </div>
        <p class="lead">
          {x.lineDown
            ? <><b>{w("waiting.line-down")}</b> {w("waiting.line-down.then")}</>
            : <><b>{x.minutes === undefined || x.minutes < 0 ? w("waiting.unknown") : w("waiting.minutes", { count: x.minutes })}</b> {w("waiting.maybe")}</>}
        </p>
        <div class="section-bar">
          <h2 class="section">{w("waiting.other")}</h2>
          <Key name="stop-help" look="quiet" does={{ do: "stop-help" }} icon="no" words={w("waiting.stop")} />
        </div>
        <div class="ways">
          <Way name="ticket" does="ticket" icon="ticket" words={w(x.number ? "waiting.ticket.again" : "waiting.ticket", { number: `\u2066${x.number ?? ""}\u2069` })} gloss={w("waiting.ticket.gloss")} />
          <RoomWay x={x} />
          <Way name="alone" does="alone" icon="write" words={w("waiting.alone")} gloss={w("waiting.alone.gloss")} />
        </div>
      </main>
    </>
  );
}

function desk(x: Waiting): string {
  if (!x.desk) return w(x.lineDown ? "waiting.desk.gloss" : "waiting.bell.gloss");
  return w(x.desk.open ? "waiting.desk.open" : "waiting.desk.closed", { time: x.desk.time });
}

/** RoomWay calls somebody of the office, says how that stands, or, where no bell can ring, points at the desk. */
function RoomWay({ x }: { x: Waiting }): JSX.Element {
  if (!x.bell && !x.lineDown) return <Way name="bell" does="bell" icon="bell" words={w("waiting.bell")} gloss={desk(x)} />;
  const words = !x.bell ? w("waiting.desk") : x.bell.state === "coming" ? w("waiting.bell.coming", { name: x.bell.by ?? "" }) : w(`waiting.bell.${x.bell.state}`);
  return (
    <div class={x.bell ? "way read rung" : "way read"} data-bell={x.bell?.state}>
      <Icon name={x.bell ? "bell" : "desk"} size={44} />
      <span class="tile-words">
        <span class="tile-word">{words}</span>
        <span class="tile-gloss">{x.bell ? w("waiting.bell.stay") : desk(x)}</span>
      </span>
    </div>
  );
}

function Way({ name, does, icon, words, gloss }: { name: string; does: "ticket" | "bell" | "alone"; icon: IconName; words: string; gloss: string }): JSX.Element {
  return (
    <Key name={name} does={{ do: does }} class="way">
      <Icon name={icon} size={44} />
      <span class="tile-words"><span class="tile-word">{words}</span><span class="tile-gloss">{gloss}</span></span>
    </Key>
  );
}
