// SPDX-License-Identifier: Apache-2.0

// The bells of the office: somebody at a terminal wants a person from the room, or took a number home and comes back with it.

import { useEffect } from "preact/hooks";
import { Icon } from "./desk-icons";
import { Button } from "./desk-parts";
import { clock, languageName, t } from "./desk-words";
import { playRing } from "./ring";

/** helpdesk.Rung in Go. by: who comes; number: of the ticket, with later. */
export interface Rung { id: string; terminal: string; place: string; language: string; later?: boolean; number?: string; at: number; by?: string;
  /** Where they stood, sealed to their language's team. */
  team?: { key: string; data: string } }

export interface BellsProps { list: Rung[]; come: (id: string) => void; settled: (id: string) => void }

/** Bells shows what rings now above everything else, and rings until somebody says that they come. */
export function Bells({ list, come, settled }: BellsProps) {
  const open = list.filter((b) => !b.later && !b.by).map((b) => b.id).join(" ");
  useEffect(() => {
    if (!open) return;
    playRing();
    const again = setInterval(playRing, 6000);
    return () => clearInterval(again);
  }, [open]);
  const now = list.filter((b) => !b.later);
  if (now.length === 0) return null;
  return (
    <ul class="bells" data-name="bells">
      {now.map((b) => (
        <li key={b.id} data-name="bell" data-coming={b.by ? "true" : undefined}>
          <Icon name="bell" size={28} />
          <p role={b.by ? undefined : "alert"}><span class="strong">{b.by ? t("bell.coming", { name: b.by }) : t("bell.now")}</span><br />
            <span><bdi>{b.terminal}</bdi>, <bdi>{b.place}</bdi>. {t("bell.speaks", { language: languageName(b.language), time: clock(b.at) })}</span></p>
          {b.by
            ? <Button name="bell-settled" icon="tick" onPress={() => settled(b.id)}>{t("bell.settled")}</Button>
            : <Button name="bell-come" look="amber" icon="bell" onPress={() => come(b.id)}>{t("bell.come")}</Button>}
        </li>
      ))}
    </ul>
  );
}

/** Where somebody stood who took a number home, for those who can open it. */
export interface Stood { guide_name?: string; step_title?: string; step_index?: number; step_total?: number }

/** Numbers are the tickets that somebody took home. Whoever says the number is the one; of them, nothing is known. */
export function Numbers({ list, settled, stood = {} }: Omit<BellsProps, "come"> & { stood?: Record<string, Stood> }) {
  const later = list.filter((b) => b.later);
  if (later.length === 0) return null;
  return (
    <section class="numbers" data-name="numbers">
      <h2>{t("numbers.title")}</h2>
      <p class="label">{t("numbers.what")}</p>
      <ul class="card">
        {later.map((b) => (
          <li key={b.id} data-name="number" data-number={b.number}>
            <bdi class="number" dir="ltr">{`${b.number?.slice(0, 3)}-${b.number?.slice(3)}`}</bdi>
            <p>{t("bell.speaks", { language: languageName(b.language), time: clock(b.at) })}<br /><span class="label"><bdi>{b.terminal}</bdi>, <bdi>{b.place}</bdi></span>{where(stood[b.id])}</p>
            <Button name="number-settled" icon="tick" size="small" onPress={() => settled(b.id)}>{t("numbers.settled")}</Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function where(s: Stood | undefined) {
  if (!s?.guide_name) return null;
  return (
    <><br /><span data-name="number-stood"><bdi>{s.guide_name}</bdi>{s.step_title && <>: <bdi>{s.step_title}</bdi></>}
      {s.step_total ? <> ({t("step.of", { index: s.step_index ?? 0, total: s.step_total })})</> : null}</span></>
  );
}
