// SPDX-License-Identifier: Apache-2.0

import { render } from "preact";
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import "../parts/desk.css";
import "./volunteer.css";
import "./practice.css";
import { Icon } from "../parts/desk-icons";
import { Bells } from "../parts/bells";
import { Avatar, Button, LanguageSwitch, Logo, LookSwitch, Spoken } from "../parts/desk-parts";
import { clock, dir, lang, t } from "../parts/desk-words";
import { AfterScreen } from "./after";
import { CallScreen } from "./call-screen";
import { DeskScreen } from "./desk";
import { PhrasesPage } from "./phrases";
import { PracticePage, practising } from "./practice";
import { RingScreen } from "./ring";
import { TrustBar } from "./trust";
import { after, answerBell, call, connectAgain, desk, lineState, me, notice, ringing, signedOut, start } from "./state";

type Page = "desk" | "phrases" | "practice";
const page = signal<Page>("desk");

function App() {
  useEffect(() => {
    document.documentElement.lang = lang.value;
    document.documentElement.dir = dir();
  }, [lang.value]);
  const screen = signedOut.value ? "signed-out" : call.value ? "call" : ringing.value ? "ringing" : after.value ? "after" : page.value === "practice" && practising() ? "practice-call" : page.value;
  return (
    <div class={`screen at-${screen}`} data-screen={screen} lang={lang.value} dir={dir()}>
      {screen !== "call" && screen !== "practice-call" && <TopBar ringing={screen === "ringing"} page={page.value} />}
      <LineBar />
      <TrustBar />
      {screen !== "call" && screen !== "practice-call" && <Bells list={desk.value?.bells ?? []} come={(id) => answerBell(id, "come")} settled={(id) => answerBell(id, "settled")} />}
      {screen === "signed-out" ? <SignedOut />
        : screen === "call" ? <CallScreen call={call.value!} key={call.value!.id} />
        : screen === "ringing" ? <RingScreen ring={ringing.value!} key={ringing.value!.request.id} />
        : screen === "after" ? <AfterScreen call={after.value!} key={after.value!.id} />
        : screen === "phrases" ? <PhrasesPage /> : screen === "practice" || screen === "practice-call" ? <PracticePage /> : <DeskScreen />}
      {notice.value && <p class="notice" data-name="notice" role="status">{notice.value}</p>}
      <Spoken text={ringing.value ? t("ring.spoken") : ""} now />
    </div>
  );
}

function TopBar({ ringing, page: current }: { ringing: boolean; page: Page }) {
  const pages: [Page, string][] = [["desk", t("nav.desk")], ["phrases", t("nav.phrases")], ["practice", t("nav.practice")]];
  return (
    <header class="topbar">
      <Logo />
      <nav>
        {!signedOut.value && pages.map(([p, word]) => (
          <button type="button" key={p} data-name={`nav-${p}`} aria-current={p === current ? "page" : undefined}
            onClick={() => { page.value = p; }}>{word}</button>
        ))}
      </nav>
      <div class="end">
        {ringing && <span class="chip attention"><Icon name="bell" size={18} />{t("ring.chip")}</span>}
        <LookSwitch />
        <LanguageSwitch />
        {me.value && <a class="me" href="/sign-in/" data-name="account" title={t("account.go")}><Avatar name={me.value.name} /><bdi>{me.value.name}</bdi></a>}
      </div>
    </header>
  );
}

function LineBar() {
  const s = lineState.value;
  if (s.up || signedOut.value) return null;
  return (
    <div class="linebar" role="alert" data-name="line-down">
      <Icon name="wifi" />
      {s.why === "elsewhere" ? <>
        <span>{t("line.elsewhere")}</span>
        <Button name="connect-again" size="small" onPress={connectAgain}>{t("line.here")}</Button>
      </> : <span>{t("line.down", { time: clock(s.since) })}</span>}
    </div>
  );
}

function SignedOut() {
  return (
    <main class="plain">
      <h1>{t("signin.title")}</h1>
      <p><a class="button primary" href="/sign-in/">{t("signin.passkey")}</a></p>
      <p>{t("signin.how")}</p>
    </main>
  );
}

void start();
render(<App />, document.getElementById("app")!);
