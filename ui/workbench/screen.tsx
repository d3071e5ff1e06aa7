// SPDX-License-Identifier: Apache-2.0

// The terminal's screen, live: 1280 x 800 scaled into its bezel, usable by touch and keyboard.

import RFB from "@novnc/novnc";
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../parts/desk-words";
import { bench } from "./bench";

type Shown = "coming" | "live" | "gone";
const shown = signal<Shown>("coming");

export function Screen() {
  const target = useRef<HTMLDivElement>(null);
  const there = bench.value?.screen ?? false;
  useEffect(() => {
    const place = target.current;
    if (!place || !there) return;
    let rfb: RFB | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const connect = () => {
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      const r = new RFB(place, `${scheme}//${location.host}/screen`, { shared: true });
      rfb = r;
      r.scaleViewport = true;
      r.resizeSession = false;
      r.background = "transparent";
      r.qualityLevel = 8;
      r.addEventListener("connect", () => { shown.value = "live"; });
      r.addEventListener("disconnect", () => {
        shown.value = "gone";
        // The screen goes and comes with the terminal's power.
        if (!ended) again = setTimeout(connect, 700);
      });
    };
    shown.value = "coming";
    connect();
    return () => {
      ended = true;
      clearTimeout(again);
      rfb?.disconnect();
    };
  }, [there]);
  return (
    <section class="bezel" aria-label={t("bench.screen")}>
      <div class="glass" data-name="screen" data-live={String(shown.value === "live" && there)} ref={target} />
      {(!there || shown.value !== "live") && <p class="dark-glass">{there ? t("bench.screen.coming") : t("bench.screen.none")}</p>}
    </section>
  );
}
