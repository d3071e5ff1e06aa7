// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef } from "preact/hooks";
import { Button } from "../parts/desk-parts";
import { t, type Word } from "../parts/desk-words";

const keys: [string[], Word][] = [
  [["P"], "keys.point"], [["S"], "keys.spot"], [["↑", "↓", "←", "→"], "keys.arrows"], [["Enter"], "keys.enter"], [["Esc"], "keys.esc"],
  [["/"], "keys.search"], [["1", "…", "9"], "keys.digits"], [["C"], "keys.chat"], [["B"], "keys.back"], [["G"], "keys.guide"], [["M"], "keys.mute"], [["Space"], "keys.hold"],
  [["+", "−", "0"], "keys.zoom"], [["?"], "keys.all"],
];

/** All keys of the call, on one card. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => { dialog.current?.showModal(); }, []);
  return (
    <dialog class="keys" ref={dialog} onClose={onClose} aria-label={t("keys.title")}>
      <h2>{t("keys.title")}</h2>
      <ul>
        {keys.map(([caps, word]) => <li key={word}><span class="caps" dir="ltr">{caps.map((c) => <kbd class="key" key={c}>{c}</kbd>)}</span><span>{t(word)}</span></li>)}
      </ul>
      <Button name="keys-close" look="primary" onPress={() => dialog.current?.close()}>{t("keys.close")}</Button>
    </dialog>
  );
}
