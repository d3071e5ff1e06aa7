// SPDX-License-Identifier: Apache-2.0

// The admin's console. The address after # says which page: overview, terminals, enrol, terminal/<id>, people.

import { render } from "preact";
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import "../parts/desk.css";
import "./admin.css";
import { Icon, type IconName } from "../parts/desk-icons";
import { Bells } from "../parts/bells";
import { Avatar, LanguageSwitch, Logo, LookSwitch } from "../parts/desk-parts";
import { clock, dir, lang, t, type Word } from "../parts/desk-words";
import { answerBell, desk, me, overview, problem, signedOut, silentSince, start } from "./api";
import { EnrolPage } from "./enrol";
import { OverviewPage } from "./overview";
import { PeoplePage } from "./people";
import { TerminalPage, TerminalsPage } from "./terminal";

type Page = "overview" | "terminals" | "enrol" | "terminal" | "people";
const address = signal(location.hash);
addEventListener("hashchange", () => { address.value = location.hash; });

function where(): { page: Page; id: string } {
  const [page, id] = address.value.replace(/^#\/?/, "").split("/");
  if (page === "enrol" || page === "terminals" || page === "people") return { page, id: "" };
  if (page === "terminal" && id) return { page, id: decodeURIComponent(id) };
  return { page: "overview", id: "" };
}

function App() {
  useEffect(() => {
    document.documentElement.lang = lang.value;
    document.documentElement.dir = dir();
    document.title = `${t("admin.title")} · Handrail`;
  }, [lang.value]);
  const { page, id } = where();
  useEffect(() => { problem.value = ""; }, [page, id]);
  useGoKeys();
  const screen = signedOut.value ? "signed-out" : page;
  return (
    <div class="console" data-screen={screen} lang={lang.value} dir={dir()}>
      <Side page={page} />
      <div class="content">
        {silentSince.value > 0 && <p class="linebar" role="alert" data-name="line-down"><Icon name="wifi" />{t("admin.silent", { time: clock(silentSince.value) })}</p>}
        {problem.value && <p class="linebar" role="alert" data-name="problem"><Icon name="warning" /><span dir="auto">{problem.value}</span></p>}
        {!signedOut.value && <Bells list={desk.value?.bells ?? []} come={(id) => void answerBell(id, "come")} settled={(id) => void answerBell(id, "settled")} />}
        {signedOut.value ? <main><h1>{t("signin.title")}</h1><p><a class="button primary" href="/sign-in/">{t("signin.passkey")}</a></p><p class="under">{t("signin.how")}</p></main>
          : page === "enrol" ? <EnrolPage />
          : page === "terminal" ? <TerminalPage id={id} key={id} />
          : page === "people" ? <PeoplePage />
          : page === "terminals" ? <TerminalsPage /> : <OverviewPage />}
      </div>
    </div>
  );
}

function Side({ page }: { page: Page }) {
  const things = overview.value?.todo.length ?? 0;
  const items: { page: Page; word: Word; icon: IconName; now: boolean }[] = [
    { page: "overview", word: "admin.overview", icon: "home", now: page === "overview" },
    { page: "terminals", word: "admin.terminals", icon: "monitor", now: page !== "overview" && page !== "people" },
    { page: "people", word: "admin.people", icon: "people", now: page === "people" },
  ];
  return (
    <nav class="side" aria-label={t("admin.title")}>
      <Logo />
      <ul>
        {items.map((i) => (
          <li key={i.page}>
            <a href={`#/${i.page}`} data-name={`nav-${i.page}`} aria-current={i.now ? "page" : undefined}>
              <Icon name={i.icon} /><span>{t(i.word)}</span>
              {i.page === "overview" && things > 0 && <span class="count" title={t("todo.count", { count: things })}>{things}</span>}
            </a>
          </li>
        ))}
      </ul>
      <div class="side-end">
        <LookSwitch />
        <LanguageSwitch />
        {me.value && <a class="person" href="/sign-in/" data-name="account" title={t("account.go")}><Avatar name={me.value.name} /><span><bdi>{me.value.name}</bdi><br /><span class="label">{me.value.office}</span></span></a>}
      </div>
    </nav>
  );
}

/** g, then o, t or p, goes to a page. */
function useGoKeys() {
  useEffect(() => {
    let armed = 0;
    const onKey = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.altKey || e.metaKey || e.target instanceof HTMLInputElement) return;
      if (e.key === "g") armed = performance.now();
      else if (performance.now() - armed < 1500) {
        armed = 0;
        if (e.key === "o") location.hash = "#/overview";
        if (e.key === "t") location.hash = "#/terminals";
        if (e.key === "p") location.hash = "#/people";
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

void start();
render(<App />, document.getElementById("app")!);
