// SPDX-License-Identifier: Apache-2.0

// The people of the office: the number to come back with, and who is coming.

import type { JSX } from "preact";
import { Header, Key, Note, w } from "../parts/citizen.tsx";
import { stateIcon } from "../parts/icons.tsx";
import { Figure } from "./drawings.tsx";
import "./room.css";
import type { Bell, Ticket } from "./view.ts";

export function TicketScreen({ x }: { x: Ticket }): JSX.Element {
  const trouble = x.paper !== "printing" && x.paper !== "out";
  return (
    <>
      <Header tools />
      <main class="content">
        <h1 class="title">{w("ticket.title")}</h1>
        <div class="two ticket-screen">
          <div class="ticket">
            <p class="ticket-number"><bdi dir="ltr">{x.number}</bdi></p>
            {trouble
              ? <div class="ticket-paper"><Note icon={stateIcon(x.paper)} kind="bad">{w(`state.${x.paper}`)}</Note><p class="strong-note">{w("ticket.copy")}</p></div>
              : <Note icon="print">{w(`ticket.${x.paper}`)}</Note>}
          </div>
          <div class="ticket-words">
            <div><p class="ticket-head">{w("ticket.say")}</p><p class="ticket-say">{x.say}</p></div>
            <div><p class="ticket-head">{w("ticket.when")}</p><ul>{x.hours.map((line) => <li key={line}>{line}</li>)}</ul></div>
            <Note icon={x.known ? "yes" : "line"}>{w(x.known ? "ticket.office.knows" : "ticket.office.later")}</Note>
          </div>
        </div>
        <div class={x.asked ? "pair tall" : "pair tall end-only"}>
          {x.asked && <Key name="ticket-wait" does={{ do: "back" }} icon="back" words={w("ticket.wait")} />}
          <Key name="alone" look="primary" does={{ do: "alone" }} icon="write" words={w("waiting.alone")} first />
        </div>
      </main>
    </>
  );
}

export function BellScreen({ x }: { x: Bell }): JSX.Element {
  return (
    <>
      <Header tools />
      <main class="content column">
        <h1 class="title">{w("bell.coming.title", { name: x.by ?? "" })}</h1>
        <div class="coming" aria-hidden="true"><Figure kind="helper" /><span class="coming-way" /><Figure kind="you" /></div>
        <p class="lead">{w("bell.coming.how", { name: x.by ?? "" })}</p>
        <div class="pair tall">
          <Key name="alone" does={{ do: "alone" }} icon="write" words={w("bell.go-on")} />
          <Key name="bell-away" look="primary" does={{ do: "bell-away" }} icon="yes" words={w("bell.here")} first />
        </div>
      </main>
    </>
  );
}
