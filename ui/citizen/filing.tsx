// SPDX-License-Identifier: Apache-2.0

// A box of the site for files: the paper is laid on the scanner or put under the camera, looked at, and given to the form, with others
// where the box takes several. The pictures are in this page alone until the citizen says so, and are gone with this screen.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren, JSX } from "preact";
import { accept, send } from "./bridge.ts";
import { Header, Key, Note, w } from "../parts/citizen.tsx";
import { Icon, stateIcon, type IconName } from "../parts/icons.tsx";
import { GlassOfScanner, PaperSlot } from "./drawings.tsx";
import type { Filing, View } from "./view.ts";

declare global {
  interface Window { handrailPictures?: () => string[] }
}

const longest = 2000; // px of the longer side: enough to read a page of small print
const most = 12; // pages that are given at once

export function FilingScreen({ v, f }: { v: View; f: Filing }): JSX.Element {
  const [pages, set] = useState<string[]>(f.pages ?? []); // JPEGs, as data: addresses
  const [looking, look] = useState(pages.length > 0);
  const [at, turn] = useState(0);
  const arrived = useRef("");
  const add = (page: string) => { const more = f.several ? [...pages, page] : [page]; set(more); turn(more.length - 1); look(true); };
  const remove = () => { const left = pages.filter((_, i) => i !== at); set(left); turn(Math.max(0, Math.min(at, left.length - 1))); look(left.length > 0); };
  useEffect(() => {
    window.handrailPictures = () => pages.map((page) => page.split(",")[1] ?? "");
    return () => { delete window.handrailPictures; };
  }, [pages]);
  useEffect(() => {
    if (!f.src || arrived.current === f.src) return;
    const src = f.src;
    arrived.current = src;
    fetched(src).then((page) => { if (arrived.current === src) add(page); }, () => send({ do: "scan-picture" }));
  }, [f.src]);
  useEffect(() => { if (f.state === "scanning") look(false); }, [f.state]);
  const giving = f.state === "giving";
  if (f.state.startsWith("scanner.")) return <NoScan f={f} />;
  if (f.state === "none" || f.state === "failed") return <Without v={v} failed={f.state === "failed"} />;
  if (f.state === "scanning" || f.state === "scanned" && arrived.current === f.src && pages.length === 0) return <Glass f={f} busy />;
  if (pages.length > 0 && (looking || giving)) {
    return <Look pages={pages} at={at} turn={turn} giving={giving} several={f.several} another={() => look(false)} remove={remove} again={() => { set([]); look(false); }} />;
  }
  return f.state === "camera" ? <Camera f={f} take={add} /> : <Glass f={f} />;
}

async function fetched(src: string): Promise<string> {
  const answer = await fetch(src, { cache: "no-store" });
  if (!answer.ok) throw new Error(src);
  const picture = await answer.blob();
  return new Promise((yes, no) => {
    const reader = new FileReader();
    reader.onload = () => yes(String(reader.result));
    reader.onerror = () => no(reader.error);
    reader.readAsDataURL(picture);
  });
}

/** One has a picture at its side, words, and keys under them. */
function One({ title, picture, words, keys }: { title: string; picture: ComponentChildren; words: ComponentChildren; keys: ComponentChildren }): JSX.Element {
  return (
    <>
      <Header tools={false} />
      <main class="content column">
        <h1 class="title">{title}</h1>
        <div class="filing">
          {picture}
          <div class="sheet-words">
            {words}
            <div class="stack filing-keys">{keys}</div>
          </div>
        </div>
      </main>
    </>
  );
}

/** Own is a key of which the worker hears nothing. */
function Own({ name, icon, word, primary, resting, does }: { name: string; icon: IconName; word: string; primary?: boolean; resting?: boolean; does: () => void }): JSX.Element {
  return (
    <button type="button" class={`key key-${primary ? "primary" : "plain"}`} data-name={name} aria-disabled={resting ? "true" : undefined} onClick={() => !resting && accept() && does()}>
      <Icon name={icon} /><span class="key-words"><span class="key-word">{word}</span></span>
    </button>
  );
}

/** Other leads to the other thing that a picture can be taken with. */
function Other({ f }: { f: Filing }): JSX.Element | null {
  return f.other ? <Key name="other-source" does={{ do: "picture-with", what: f.other }} icon={f.other === "camera" ? "see" : "paper"} words={w(f.other === "camera" ? "filing.to-camera" : "filing.to-scanner")} /> : null;
}

const notNow = () => <Key name="no-picture" does={{ do: "no-picture" }} icon="back" words={w("sheets.no")} />;

function Words({ f, lead }: { f: Filing; lead: string }): JSX.Element {
  return (
    <>
      <p class="lead">{lead}</p>
      {f.several && <Note icon="paper">{w("filing.several")}</Note>}
      <Note icon="private">{w("filing.private")}</Note>
    </>
  );
}

function Camera({ f, take }: { f: Filing; take: (page: string) => void }): JSX.Element {
  const live = useRef<HTMLVideoElement>(null);
  const [seen, see] = useState(false); // the camera's picture is there
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
    };
  }, []);
  const shoot = () => {
    const from = live.current;
    if (!from || from.videoWidth === 0) return;
    const scale = Math.min(1, longest / Math.max(from.videoWidth, from.videoHeight));
    const to = document.createElement("canvas");
    to.width = Math.round(from.videoWidth * scale);
    to.height = Math.round(from.videoHeight * scale);
    to.getContext("2d")!.drawImage(from, 0, 0, to.width, to.height);
    take(to.toDataURL("image/jpeg", 0.85));
    to.width = 0;
  };
  return <One title={w("filing.camera.title")}
    picture={<div class="filing-picture"><video ref={live} muted playsInline aria-hidden="true" /></div>}
    words={<Words f={f} lead={w("filing.camera")} />}
    keys={<>{notNow()}<Other f={f} /><Own name="take-picture" icon="paper" word={w("filing.take")} primary resting={!seen} does={shoot} /></>} />;
}

/** Glass is the scanner: the paper is to be laid on it, or is being scanned. */
function Glass({ f, busy }: { f: Filing; busy?: boolean }): JSX.Element {
  return <One title={w(busy ? "filing.scanning.title" : "filing.scanner.title")}
    picture={<div class="filing-picture panel soft"><GlassOfScanner closed={busy === true} /></div>}
    words={busy ? <p class="lead">{w("filing.scanning")}</p> : <Words f={f} lead={w("filing.scanner")} />}
    keys={<>{notNow()}{!busy && <Other f={f} />}{!busy && <Key name="scan-picture" does={{ do: "scan-picture" }} look="primary" icon="paper" words={w("filing.scan")} />}</>} />;
}

interface LookProps {
  pages: string[]; at: number; giving: boolean; several: boolean;
  turn: (to: number) => void; another: () => void; remove: () => void; again: () => void;
}

function Look({ pages, at, turn, giving, several, another, remove, again }: LookProps): JSX.Element {
  const many = pages.length > 1;
  const to = (name: string, icon: "back" | "next", n: number, word: string) => (
    <button type="button" class="key key-plain sheet-turn" data-name={name} aria-label={word} aria-disabled={n < 0 || n >= pages.length ? "true" : undefined}
      onClick={() => n >= 0 && n < pages.length && accept() && turn(n)}><Icon name={icon} size={30} /></button>
  );
  return <One title={w("filing.look.title")}
    picture={
      <div class="filing-side" data-many={many ? "true" : undefined}>
        <div class="filing-picture"><img src={pages[at]} alt="" /></div>
        {many && <div class="sheet-place">{to("page-before", "back", at - 1, w("bar.back"))}<span>{w("sheets.place", { n: at + 1, total: pages.length })}</span>{to("page-after", "next", at + 1, w("companion.next"))}</div>}
      </div>
    }
    words={<p class="lead">{w("filing.look")}</p>}
    keys={
      <>
        {!several && <Own name="again-picture" icon="again" word={w("filing.again")} resting={giving} does={again} />}
        {several && <Own name="drop-picture" icon="no" word={w("filing.remove")} resting={giving} does={remove} />}
        {several && pages.length < most && <Own name="add-picture" icon="paper" word={w("filing.add")} resting={giving} does={another} />}
        <Key name="use-picture" does={{ do: "use-picture" }} look="primary" icon="yes" words={w(many ? "filing.use-all" : "filing.use")} resting={giving} />
      </>
    } />;
}

/** NoScan says why the scanner gave nothing. */
function NoScan({ f }: { f: Filing }): JSX.Element {
  return <One title={w("filing.scanner.failed.title")}
    picture={<div class="filing-picture panel soft"><GlassOfScanner closed={false} bad /></div>}
    words={<><Note icon={stateIcon(f.state)} kind="bad">{w(`state.${f.state}`)}</Note><Note icon="people">{w("filing.ask")}</Note></>}
    keys={<>{notNow()}<Other f={f} /><Key name="scan-picture" does={{ do: "scan-picture" }} look="primary" icon="again" words={w("sheets.again")} /></>} />;
}

/** Without says what to do where there is no camera, or when the page did not take the pictures. */
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
