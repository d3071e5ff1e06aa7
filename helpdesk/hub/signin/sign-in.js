// SPDX-License-Identifier: Apache-2.0

// The page that signs volunteers and admins in: with a passkey, or with a recovery code. Signed in, it adds a passkey and
// makes codes. Its server is helpdesk/hub/passkeys.go.
(() => {
  const texts = {
    en: {
      title: "Sign in", "title.in": "Your account", passkey: "Sign in with a passkey", invited: "New here? Open the link of your invitation. It signs you in once.",
      code: "Passkey lost? Type one of your recovery codes.", use: "Use this code", home: "Go to your page", add: "Add a passkey on this device", codes: "Make new recovery codes",
      "codes.why": "Write them down and keep them safe. Each works once. New codes replace the old ones.", added: "The passkey is added.", made: "These are your codes. They are shown this once.",
      none: "You have no passkey yet. Add one, or you cannot come back.", failed: "That did not work. Try again.", hello: (n) => `Signed in as ${n}.`,
      keys: "Your passkeys", "keys.name": "Name of this passkey", "keys.example": "Give it a name: my phone", made_on: (d) => `made on ${d}`, used_on: (d) => `last used on ${d}`, unused: "not used yet",
      remove: "Remove", "remove.ask": "It cannot be undone.", "remove.yes": "Yes, remove it", "remove.no": "Keep it", removed: "The passkey is removed here. Delete it on your device too.", named: "The name is kept.",
      last: "This is your last passkey. Make recovery codes or add another one first.", left: (n) => n === 0 ? "You have no recovery codes." : `Recovery codes not used yet: ${n}.`,
      unknown: "This passkey or code is not known here.", slow: "Too many tries. Wait a minute.", where: "Passkeys work over HTTPS, or on this computer under the name localhost.",
    },
    ar: {
      title: "تسجيل الدخول", "title.in": "حسابك", passkey: "الدخول بمفتاح المرور", invited: "هل أنت جديد هنا؟ افتح رابط دعوتك. يتيح لك الدخول مرة واحدة.",
      code: "هل فقدت مفتاح المرور؟ اكتب أحد رموز الاسترداد.", use: "استخدم هذا الرمز", home: "انتقل إلى صفحتك", add: "أضف مفتاح مرور على هذا الجهاز", codes: "أنشئ رموز استرداد جديدة",
      "codes.why": "اكتبها واحفظها في مكان آمن. كل رمز يعمل مرة واحدة. الرموز الجديدة تحل محل القديمة.", added: "أُضيف مفتاح المرور.", made: "هذه رموزك. لن تُعرض مرة أخرى.",
      none: "ليس لديك مفتاح مرور بعد. أضف واحدًا وإلا فلن تتمكن من العودة.", failed: "لم ينجح ذلك. حاول مرة أخرى.", hello: (n) => `سجّلت الدخول باسم ${n}.`,
      keys: "مفاتيح المرور الخاصة بك", "keys.name": "اسم مفتاح المرور هذا", "keys.example": "أعطه اسمًا: هاتفي", made_on: (d) => `أُنشئ في ${d}`, used_on: (d) => `آخر استخدام في ${d}`, unused: "لم يُستخدم بعد",
      remove: "إزالة", "remove.ask": "لا يمكن التراجع عن ذلك.", "remove.yes": "نعم، أزله", "remove.no": "أبقه", removed: "أُزيل مفتاح المرور من هنا. احذفه من جهازك أيضًا.", named: "حُفظ الاسم.",
      last: "هذا آخر مفتاح مرور لديك. أنشئ رموز استرداد أو أضف مفتاحًا آخر أولًا.", left: (n) => n === 0 ? "ليست لديك رموز استرداد." : `رموز استرداد لم تُستخدم بعد: ${n}.`,
      unknown: "مفتاح المرور أو الرمز غير معروف هنا.", slow: "محاولات كثيرة. انتظر دقيقة.", where: "تعمل مفاتيح المرور عبر HTTPS، أو على هذا الحاسوب بالاسم localhost.",
    },
  };
  let chosen = []; // in the consoles
  try { chosen = [localStorage.getItem("handrail-console-language") ?? ""]; } catch { /* a browser that keeps nothing */ }
  const lang = [...chosen, ...navigator.languages].map((l) => l.slice(0, 2)).find((l) => texts[l]) ?? "en";
  const t = texts[lang];
  const $ = (id) => document.getElementById(id);
  document.documentElement.lang = lang;
  document.documentElement.dir = lang === "ar" ? "rtl" : "ltr";
  for (const el of document.querySelectorAll("[data-t]")) el.textContent = t[el.dataset.t];

  const say = (text) => { $("says").textContent = text; };
  async function call(path, body) {
    const r = await fetch(path, body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (r.ok) return r.json();
    throw Object.assign(new Error(), { status: r.status });
  }
  const why = (e) => e.status === 401 ? t.unknown : e.status === 429 ? t.slow : e.status === 400 ? t.where : e.status === 409 ? t.last : t.failed;
  const press = (id, f) => $(id).addEventListener("click", async () => {
    $(id).disabled = true;
    say("");
    try { await f(); await account(); } catch (e) { say(why(e)); }
    $(id).disabled = false;
  });

  // A passkey with the extension prf (Web Authentication, level 3) gives a secret that is the same whenever it is used here. Of it
  // comes the key under which a volunteer's page wraps the volunteer's own (ui/volunteer/own-keys.ts). It is put into this browser's
  // database, where no script can read it out. The secret never goes to the hub.
  const prf = { prf: { eval: { first: new TextEncoder().encode("handrail volunteer's key, version 1") } } };
  const bytes64 = (b) => btoa(String.fromCharCode(...new Uint8Array(b)));
  const secretOf = (key) => key.getClientExtensionResults().prf?.results?.first;
  function told(key) {
    const json = key.toJSON();
    json.clientExtensionResults = {};
    return json;
  }
  async function keep(person, key, secret) {
    const entry = { person, credential: bytes64(key.rawId) };
    if (secret) {
      const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
      const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info: new TextEncoder().encode("handrail member key v1") };
      entry.wrap = await crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
    }
    const kept = new Promise((yes, no) => {
      const open = indexedDB.open("handrail", 1);
      open.onupgradeneeded = () => open.result.createObjectStore("keys");
      open.onerror = () => no(open.error);
      open.onsuccess = () => {
        const t = open.result.transaction("keys", "readwrite");
        // A passkey that gave its secret here before, and not this time, has lost nothing.
        t.objectStore("keys")[secret ? "put" : "add"](entry, `passkey:${entry.credential}`);
        t.oncomplete = () => { open.result.close(); yes(); };
        t.onabort = () => { open.result.close(); no(t.error); };
      };
    }).catch(() => {});
    // Signing in works all the same with a browser that keeps nothing, or that does not answer.
    await Promise.race([kept, new Promise((late) => setTimeout(late, 3000))]);
  }

  press("passkey", async () => {
    const { ceremony, options } = await call("/api/sign-in/begin", {});
    const key = await navigator.credentials.get({ publicKey: { ...PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey), extensions: prf } });
    const { home } = await call(`/api/sign-in/finish?ceremony=${ceremony}`, told(key));
    if (key.response.userHandle) await keep(new TextDecoder().decode(key.response.userHandle), key, secretOf(key));
    location.href = home;
  });
  press("use", async () => {
    location.href = (await call("/api/sign-in/code", { code: $("code").value })).home;
  });
  press("add", async () => {
    const { ceremony, options } = await call("/api/account/passkey/begin", {});
    const asked = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
    const key = await navigator.credentials.create({ publicKey: { ...asked, extensions: { ...asked.extensions, ...prf } } });
    await call(`/api/account/passkey/finish?ceremony=${ceremony}`, told(key));
    let secret = secretOf(key);
    if (!secret && key.getClientExtensionResults().prf?.enabled) { // many give it only when they are used
      const use = { challenge: crypto.getRandomValues(new Uint8Array(32)), allowCredentials: [{ type: "public-key", id: key.rawId }], extensions: prf };
      secret = await navigator.credentials.get({ publicKey: use }).then(secretOf, () => undefined);
    }
    await keep(new TextDecoder().decode(asked.user.id), key, secret);
    say(t.added);
  });
  press("codes", async () => {
    const { codes } = await call("/api/account/codes", {});
    $("list").replaceChildren(...codes.map((c) => Object.assign(document.createElement("li"), { textContent: c })));
    $("list").hidden = false;
    say(t.made);
  });

  const make = (tag, is, ...inside) => {
    const el = Object.assign(document.createElement(tag), is);
    el.append(...inside);
    return el;
  };
  const day = (at) => new Intl.DateTimeFormat(lang === "ar" ? "ar-u-nu-latn" : "en-GB", { day: "numeric", month: "long", year: "numeric" }).format(at);

  // One passkey: its name, which is written in place, what is known of it, and how it goes.
  function row(key) {
    const name = make("input", { className: "name", dir: "auto", maxLength: 40, value: key.name, placeholder: t["keys.example"], ariaLabel: t["keys.name"] });
    const tell = async (path, body, done) => {
      say("");
      try { show((await call(path, { id: key.id, ...body })).keys); say(done); } catch (e) { say(why(e)); }
    };
    name.addEventListener("change", () => tell("/api/account/passkey/name", { name: name.value }, t.named));
    const button = (word, className, f) => { const b = make("button", { type: "button", className, textContent: t[word] }); b.addEventListener("click", f); return b; };
    const ask = make("p", { className: "ask", hidden: true }, t["remove.ask"] + " ",
      button("remove.yes", "yes", () => tell("/api/account/passkey/remove", {}, t.removed)), button("remove.no", "no", () => { ask.hidden = true; away.hidden = false; away.focus(); }));
    const away = button("remove", "remove", () => { ask.hidden = false; away.hidden = true; ask.querySelector(".no").focus(); });
    away.ariaLabel = `${t.remove}: ${key.name || day(key.made)}`;
    return make("li", {}, name, make("p", { className: "more", textContent: `${t.made_on(day(key.made))}, ${key.used ? t.used_on(day(key.used)) : t.unused}` }), away, ask);
  }
  const show = (keys) => { $("keys").replaceChildren(...keys.map(row)); $("mine").hidden = keys.length === 0; };

  async function account() {
    const a = await call("/api/account");
    document.title = document.querySelector("h1").textContent = t["title.in"];
    $("who").textContent = t.hello(a.name);
    $("home").href = a.home;
    $("left").textContent = t.left(a.codes_left);
    $("in").hidden = false;
    show(a.keys);
    return a;
  }
  account().then((a) => { if (a.passkeys === 0) say(t.none); }, () => { document.title = t.title; $("out").hidden = false; });
})();
