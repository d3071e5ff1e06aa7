// SPDX-License-Identifier: Apache-2.0

// The paper as it comes out: a picture drawn from the exact bytes that the printer got, and the same as text.

import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../parts/desk-icons";
import { Button } from "../parts/desk-parts";
import { t } from "../parts/desk-words";
import { act, bench, type Slip } from "./bench";

export function Paper() {
  const b = bench.value;
  const [all, setAll] = useState(false);
  if (!b?.printer) return null;
  const last = b.slips[b.slips.length - 1];
  const hanging = last && last.number > b.torn ? last : undefined;
  const slip = b.current ?? hanging;
  const says = b.paper_out ? t("bench.paper.out") : b.current ? t("bench.paper.printing", { n: b.current.number, line: b.current.lines })
    : hanging ? t("bench.paper.out.slip", { n: hanging.number }) : t("bench.paper.none");
  return (
    <section class="paper">
      <div class="section-head"><h2>{t("bench.paper")}</h2><p class="label" data-name="paper-says" data-slips={String(b.slips.length)}>{says}</p></div>
      <p class="printer"><Icon name="printer" /><span>{t("bench.printer")}</span><span class={`dot ${b.paper_out ? "out" : ""}`} /></p>
      <div class="out">
        <div class="strip">{slip && <Sheet slip={slip} current={slip === b.current} key={slip.number} />}</div>
        <div class="paper-actions">
          <Button name="tear" icon="tear" size="small" refused={!hanging} onPress={() => void act("tear")}>{t("bench.tear")}</Button>
          <Button name="all-slips" icon="document" size="small" refused={b.slips.length === 0} onPress={() => setAll(true)}>{t("bench.all")}</Button>
          <p class="label">{t("bench.exact")}</p>
        </div>
      </div>
      {all && <AllSlips slips={b.slips} onClose={() => setAll(false)} />}
    </section>
  );
}

function Sheet({ slip, current }: { slip: Slip; current: boolean }) {
  const src = current ? `/slip/current?lines=${slip.lines}` : `/slip/${slip.number}`;
  return (
    <figure class={`sheet ${current ? "growing" : ""}`} data-name="slip" data-number={String(slip.number)}>
      <img src={src} alt={slip.text} />
      <figcaption class="hidden-text" data-name="slip-text">{slip.text}</figcaption>
    </figure>
  );
}

function AllSlips({ slips, onClose }: { slips: Slip[]; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => { dialog.current?.showModal(); }, []);
  return (
    <dialog class="slips" ref={dialog} onClose={onClose} aria-label={t("bench.all")}>
      <div class="section-head">
        <h2>{t("bench.all")}</h2>
        <Button name="slips-close" icon="cross" look="quiet" onPress={() => dialog.current?.close()}>{t("keys.close")}</Button>
      </div>
      <ul>
        {[...slips].reverse().map((s) => (
          <li key={s.number}><p class="label">{t("bench.slip", { n: s.number, time: s.at ?? "", lines: s.lines })}</p><Sheet slip={s} current={false} /></li>
        ))}
      </ul>
    </dialog>
  );
}
