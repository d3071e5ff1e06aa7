// SPDX-License-Identifier: Apache-2.0

// A box of the site for a file: the paper is put under the camera, looked at, and given to the form. The picture is in this
// page alone until the citizen says so, and is gone with this screen.

import { useEffect, useRef, useState } from "preact/hooks";
import type { JSX } from "preact";
import { accept, send } from "./bridge.ts";
import { Header, Key, Note, w } from "../parts/citizen.tsx";
import { Icon } from "../parts/icons.tsx";
import { PaperSlot } from "./drawings.tsx";
import type { View } from "./view.ts";

declare global {
  interface Window { handrailPicture?: () => string }
}

const longest = 2000; // px of the longer side: enough to read a page of small print

export function FilingScreen({ v, state }: { v: View; state: string }): JSX.Element {
  return state === "camera" || state === "giving" ? <Camera giving={state === "giving"} /> : <Without v={v} failed={state === "failed"} />;
}

function Camera({ giving }: { giving: boolean }): JSX.Element {
  const live = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const [seen, see] = useState(false); // the camera's picture is there
  const [taken, take] = useState(false);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let gone = false;
    const ask = navigator.mediaDevices?.getUserMedia({ video: { width: { ideal: longest }, facingMode: "environment" } }) ?? Promise.reject(new Error("no camera"));
    ask.then(async (s) => {
      stream = s;
      if (gone || !live.current) return s.getTracks().forEach((t) => t.stop());
      live.current.srcObject = s;
      await live.current.play();
      see(true);
    }).catch(() => { if (!gone) send({ do: "camera-failed" }); });
    return () => {
      gone = true;
      stream?.getTracks().forEach((t) => t.stop());
      if (still.current) still.current.width = 0; // what was seen is gone
      delete window.handrailPicture;
    };
  }, []);
  const shoot = () => {
    const from = live.current, to = still.current;
    if (!accept() || !from || !to || from.videoWidth === 0) return;
    const scale = Math.min(1, longest / Math.max(from.videoWidth, from.videoHeight));
    to.width = Math.round(from.videoWidth * scale);
    to.height = Math.round(from.videoHeight * scale);
    to.getContext("2d")!.drawImage(from, 0, 0, to.width, to.height);
    window.handrailPicture = () => to.toDataURL("image/jpeg", 0.85).split(",")[1] ?? "";
    take(true);
  };
  return (
    <>
      <Header tools={false} />
      <main class="content column">
        <h1 class="title">{w(taken ? "filing.look.title" : "filing.camera.title")}</h1>
        <div class="filing">
          <div class="filing-picture" data-taken={taken ? "true" : undefined}>
            <video ref={live} muted playsInline aria-hidden="true" />
            <canvas ref={still} aria-hidden="true" />
          </div>
          <div class="sheet-words">
            {taken ? <p class="lead">{w("filing.look")}</p> : <p class="lead">{w("filing.camera")}</p>}
            <Note icon="private">{w("filing.private")}</Note>
            <div class="stack filing-keys">
              {taken
                ? <button type="button" class="key key-plain" data-name="again-picture" aria-disabled={giving ? "true" : undefined} onClick={() => accept() && !giving && take(false)}>
                    <Icon name="again" /><span class="key-words"><span class="key-word">{w("filing.again")}</span></span></button>
                : <Key name="no-picture" does={{ do: "no-picture" }} icon="back" words={w("sheets.no")} />}
              {taken
                ? <Key name="use-picture" does={{ do: "use-picture" }} look="primary" icon="yes" words={w("filing.use")} resting={giving} />
                : <button type="button" class="key key-primary" data-name="take-picture" aria-disabled={seen ? undefined : "true"} onClick={shoot}>
                    <Icon name="paper" /><span class="key-words"><span class="key-word">{w("filing.take")}</span></span></button>}
            </div>
          </div>
        </div>
      </main>
    </>
  );
}

/** Without says what to do where there is no camera, or when the page did not take the picture. */
function Without({ v, failed }: { v: View; failed: boolean }): JSX.Element {
  return (
    <>
      <Header tools={false} />
      <main class="content column">
        <h1 class="title">{w(failed ? "filing.failed.title" : "filing.none.title")}</h1>
        <div class="confirm">
          <div class="panel soft"><PaperSlot arrow={false} bad rtl={v.dir === "rtl"} /></div>
          <div class="confirm-words">
            <p class="lead">{w(failed ? "filing.failed" : "filing.none")}</p>
            <Note icon="people">{w("filing.ask")}</Note>
          </div>
        </div>
        <div class="pair tall">
          {failed ? <Key name="another-picture" does={{ do: "another-picture" }} icon="again" words={w("sheets.again")} /> : <Key name="ask-person" does={{ do: "help" }} icon="help" words={w("bar.help")} />}
          <Key name="no-picture" does={{ do: "no-picture" }} look="primary" icon="back" words={w("sheets.back")} first />
        </div>
      </main>
    </>
  );
}
