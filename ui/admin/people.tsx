// SPDX-License-Identifier: Apache-2.0

// Who may come in: everybody with an account, an invitation for somebody new, and taking access away.

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../parts/desk-icons";
import { Avatar, Button } from "../parts/desk-parts";
import { dateOf, languageName, list, t } from "../parts/desk-words";
import { invite, lookAtPeople, overview, people, removePerson } from "./api";
import type { Account, Invitation } from "./protocol";

/** Languages that are offered by name; "handrail hub invite" takes any. */
const offered = ["ar", "de", "en", "es", "fa", "fr", "it", "ku", "pl", "ps", "pt", "ro", "ru", "so", "ti", "tr", "uk", "ur"];
/** The link is shown once and kept nowhere; it lives as long as this page. */
const link = signal<(Invitation & { name: string }) | undefined>(undefined);

export function PeoplePage() {
  useEffect(() => {
    void lookAtPeople();
    const timer = setInterval(() => void lookAtPeople(), 5000);
    return () => { clearInterval(timer); link.value = undefined; };
  }, []);
  const all = people.value;
  if (!all) return <main><h1>{t("admin.opening")}</h1></main>;
  const here = all.filter((a) => a.here).length;
  return (
    <main>
      <div class="page-head"><div>
        <h1 data-name="people-title">{t("people.title", { count: all.length })}</h1>
        <p class="under">{here > 0 ? t("people.here", { count: here }) : t("volunteers.none")}</p>
      </div></div>
      <div class="people-two">
        <ul class="card people-list">{all.map((a) => <Row account={a} key={a.id} />)}</ul>
        <section class="card box">{link.value ? <TheLink /> : <NewInvitation />}</section>
      </div>
    </main>
  );
}

function Row({ account: a }: { account: Account }) {
  const [asking, setAsking] = useState(false);
  const speaks = a.languages.filter((l) => l.speak || l.write).map((l) => languageName(l.code));
  const facts = [t(a.role === "admin" ? "people.admin" : "people.volunteer"), ...(speaks.length ? [list(speaks)] : []), ...a.places];
  return (
    <li data-name="person" data-person={a.name} data-here={String(a.here)}>
      <Avatar name={a.name} />
      <div class="who">
        <p><bdi class="strong">{a.name}</bdi>{a.you && <> <span class="label">{t("people.you")}</span></>}{a.here && <> <span class="chip">{t("people.athedesk")}</span></>}</p>
        <p>{facts.map((x, i) => <span key={x}>{i > 0 && " · "}<bdi>{x}</bdi></span>)}</p>
        <p class="label">{wayIn(a)}</p>
      </div>
      {!a.you && !asking && <Button name="person-remove" look="quiet" size="small" title={t("people.remove.of", { name: a.name })} onPress={() => setAsking(true)}>{t("people.remove")}</Button>}
      {asking && (
        <div class="ask" role="alertdialog" aria-label={t("people.remove.of", { name: a.name })}>
          <p><span class="strong">{t("people.remove.ask", { name: a.name })}</span> {t("people.remove.what")}</p>
          <div class="actions">
            <Button name="person-remove-yes" look="danger filled" size="small" onPress={() => void removePerson(a.id)}>{t("people.remove.yes")}</Button>
            <Button name="person-remove-no" size="small" onPress={() => setAsking(false)}>{t("people.remove.no")}</Button>
          </div>
        </div>
      )}
    </li>
  );
}

/** wayIn says with what somebody can come back. */
function wayIn(a: Account): string {
  if (a.invited) return t("people.invited", { date: dateOf(a.invited) });
  if (a.passkeys === 0) return a.codes_left ? t("people.codes", { count: a.codes_left }) : t("people.nokey");
  return `${t("people.keys", { count: a.passkeys })} ${a.used ? t("people.used", { date: dateOf(a.used) }) : t("people.unused")}`;
}

function NewInvitation() {
  const [name, setName] = useState("");
  const [role, setRole] = useState<"volunteer" | "admin">("volunteer");
  const [languages, setLanguages] = useState<string[]>([]);
  const [places, setPlaces] = useState<string[]>([]);
  const [making, setMaking] = useState(false);
  const flip = (all: string[], one: string) => (all.includes(one) ? all.filter((x) => x !== one) : [...all, one]);
  const ready = name.trim() !== "" && (role === "admin" || languages.length > 0);
  const make = async () => {
    if (!ready || making) return;
    setMaking(true);
    const made = await invite({ role, name: name.trim(), languages: role === "admin" ? [] : languages.map((code) => ({ code, speak: true, read: true, write: true })), places: role === "admin" ? [] : places });
    setMaking(false);
    if (made) link.value = { ...made, name: name.trim() };
  };
  const sites = (overview.value?.sites ?? []).map((s) => s.place);
  return (
    <form class="newcode" onSubmit={(e) => { e.preventDefault(); void make(); }}>
      <h2>{t("invite.title")}</h2>
      <label><span class="strong">{t("invite.name")}</span><input class="field" data-name="invite-name" dir="auto" maxLength={80} required value={name} onInput={(e) => setName(e.currentTarget.value)} /></label>
      <fieldset><legend class="strong">{t("invite.role")}</legend>
        <div class="choices">{(["volunteer", "admin"] as const).map((r) => <Choice key={r} name={`invite-${r}`} on={role === r} flip={() => setRole(r)}>{t(`people.${r}`)}</Choice>)}</div>
        <p class="label">{t(role === "admin" ? "invite.admin.may" : "invite.volunteer.may")}</p>
      </fieldset>
      {role === "volunteer" && <>
        <fieldset><legend class="strong">{t("invite.languages")}</legend>
          <div class="choices">{offered.map((l) => <Choice key={l} name={`invite-${l}`} on={languages.includes(l)} flip={() => setLanguages(flip(languages, l))}>{languageName(l)}</Choice>)}</div></fieldset>
        {sites.length > 0 && <fieldset><legend class="strong">{t("invite.places")}</legend>
          <div class="choices">{sites.map((p) => <Choice key={p} name="invite-place" on={places.includes(p)} flip={() => setPlaces(flip(places, p))}>{p}</Choice>)}</div></fieldset>}
      </>}
      <Button name="invite" icon="plus" look={ready ? "primary" : ""} size="main" refused={!ready} onPress={() => void make()}>{t("invite.make")}</Button>
    </form>
  );
}

function Choice({ name, on, flip, children }: { name: string; on: boolean; flip: () => void; children: string }) {
  return <button type="button" class="button small" data-name={name} aria-pressed={on} onClick={flip}>{on && <Icon name="tick" size={16} />}<bdi>{children}</bdi></button>;
}

function TheLink() {
  const made = link.value!;
  return (
    <div class="newcode">
      <h2>{t("invite.made", { name: made.name })}</h2>
      <p>{t("invite.give", { date: dateOf(made.expires) })}</p>
      <p class="command"><code dir="ltr" data-name="invite-link">{made.link}</code></p>
      <p class="label">{t("invite.once")}</p>
      <Button name="invite-another" icon="plus" onPress={() => { link.value = undefined; }}>{t("invite.another")}</Button>
    </div>
  );
}
