// SPDX-License-Identifier: Apache-2.0

// Cards to put in and take out. Drag one onto the terminal, or press it; the one in the reader has an ink rim.

import { Button } from "../parts/desk-parts";
import { t } from "../parts/desk-words";
import { act, bench, type Card } from "./bench";

export const dragged = "application/x-handrail-card";

export function Cards() {
  const b = bench.value;
  if (!b?.reader) return null;
  const chosen = b.cards.find((c) => c.id === b.inserted);
  return (
    <section class="cards">
      <div class="section-head"><h2>{t("bench.cards")}</h2><p class="label">{t("bench.cards.how")}</p></div>
      <ul>
        {b.cards.map((c) => <li key={c.id}><OneCard card={c} inside={c.id === b.inserted} /></li>)}
      </ul>
      <div class="actions">
        <Button name="take-out" icon="back" size="small" refused={!chosen} onPress={() => void act("remove")}>{t("bench.takeout")}</Button>
        <Button name="pull-early" icon="warning" size="small" refused={!b.cards.length}
          onPress={() => void act("pull-early", chosen?.id ?? b.cards[0]!.id)}>{t("bench.early")}</Button>
      </div>
    </section>
  );
}

function OneCard({ card: c, inside }: { card: Card; inside: boolean }) {
  return (
    <button type="button" class={`onecard ${inside ? "inside" : ""}`} data-name={`card-${c.id}`} aria-pressed={inside} title={c.note}
      draggable onDragStart={(e) => e.dataTransfer?.setData(dragged, c.id)}
      onClick={() => void (inside ? act("remove") : act("insert", c.id))}>
      <CardFace kind={c.kind} />
      <span class="strong">{kindWords(c.kind)}</span>
      <span class="label">{inside ? t("bench.inside") : c.name}</span>
    </button>
  );
}

type Kind = "identity" | "worn" | "unknown";
const kindOf = (kind: string): Kind => (/worn/.test(kind) ? "worn" : /identity/.test(kind) ? "identity" : "unknown");
const kindWords = (kind: string) => t(`bench.card.${kindOf(kind)}`);

/** A card as a drawing: what it is, never whose. */
function CardFace({ kind }: { kind: string }) {
  return (
    <span class={`face face-${kindOf(kind)}`} aria-hidden="true">
      <svg viewBox="0 0 136 82">
        {kindOf(kind) === "identity" ? <>
          <rect class="photo" x="14" y="14" width="26" height="34" rx="4" />
          <circle class="deep" cx="27" cy="27" r="6" /><path class="deep" d="M17 48a10 10 0 0 1 20 0z" />
          <path class="deep-line" d="M52 20h54M52 33h30" /><path class="soft-line" d="M14 60h42M66 60h30" />
        </> : kindOf(kind) === "worn" ? <>
          <rect class="worn" x="15" y="16" width="22" height="17" rx="4" /><path class="soft-line" d="M14 54h48M30 54h26" />
        </> : <><rect class="chip-gold" x="15" y="16" width="22" height="17" rx="4" /><path class="soft-line" d="M14 54h54" /></>}
      </svg>
    </span>
  );
}
