// SPDX-License-Identifier: Apache-2.0

// Plugs on the rail: each holds while it is in. A pulled plug tilts, its line opens, and it says what the terminal does now.

import { Icon, type IconName } from "../parts/desk-icons";
import { Button } from "../parts/desk-parts";
import { known, t } from "../parts/desk-words";
import { act, bench, busy, type Plug } from "./bench";

const icons: Record<string, IconName> = { network: "wifi", reader: "card", printer: "printer", hub: "link", site: "site", power: "power" };

export function Plugs() {
  const b = bench.value;
  if (!b || b.plugs.length === 0) return null;
  return (
    <section class="plugs">
      <div class="section-head">
        <h2>{t("bench.plugs")}</h2><p class="label">{t("bench.plugs.how")}</p><span class="gap" />
        {b.printer && <Button name="paper-out" icon="document" size="small" pressed={b.paper_out}
          onPress={() => void act(b.paper_out ? "paper-in" : "paper-out")}>{t(b.paper_out ? "bench.paper.in" : "bench.paper.runsout")}</Button>}
      </div>
      <ol class="plug-rail">
        {b.plugs.map((p, i) => <li key={p.name} class={`${p.in ? "in" : "pulled"} ${i === b.plugs.length - 1 ? "last" : ""}`}><OnePlug plug={p} /></li>)}
      </ol>
    </section>
  );
}

function OnePlug({ plug: p }: { plug: Plug }) {
  const doing = busy.value === `pull ${p.name}` || busy.value === `plug ${p.name}`;
  return (
    <>
      <span class="line before" /><span class="line behind" />
      <button type="button" class="plug" data-name={`plug-${p.name}`} aria-pressed={!p.in} title={`plug-${p.name}`} aria-busy={doing}
        onClick={() => void act(p.in ? "pull" : "plug", p.name)}>
        <span class="socket"><Icon name={icons[p.name] ?? "plug"} size={24} /></span>
        <span class={p.in ? "" : "strong"}>{known(`plug.${p.name}`) ?? p.name}</span>
        <span class="label">{doing ? t("bench.moment") : p.in ? t("bench.in") : t("bench.pulled")}</span>
        {!p.in && p.says && <span class="says label ink" dir="auto">{p.says}</span>}
      </button>
    </>
  );
}
