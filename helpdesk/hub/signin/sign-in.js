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
      unknown: "This passkey or code is not known here.", slow: "Too many tries. Wait a minute.", where: "Passkeys work over HTTPS, or on this computer under the name localhost.",
    },
    ar: {
      title: "تسجيل الدخول", "title.in": "حسابك", passkey: "الدخول بمفتاح المرور", invited: "هل أنت جديد هنا؟ افتح رابط دعوتك. يتيح لك الدخول مرة واحدة.",
      code: "هل فقدت مفتاح المرور؟ اكتب أحد رموز الاسترداد.", use: "استخدم هذا الرمز", home: "انتقل إلى صفحتك", add: "أضف مفتاح مرور على هذا الجهاز", codes: "أنشئ رموز استرداد جديدة",
      "codes.why": "اكتبها واحفظها في مكان آمن. كل رمز يعمل مرة واحدة. الرموز الجديدة تحل محل القديمة.", added: "أُضيف مفتاح المرور.", made: "هذه رموزك. لن تُعرض مرة أخرى.",
      none: "ليس لديك مفتاح مرور بعد. أضف واحدًا وإلا فلن تتمكن من العودة.", failed: "لم ينجح ذلك. حاول مرة أخرى.", hello: (n) => `سجّلت الدخول باسم ${n}.`,
      unknown: "مفتاح المرور أو الرمز غير معروف هنا.", slow: "محاولات كثيرة. انتظر دقيقة.", where: "تعمل مفاتيح المرور عبر HTTPS، أو على هذا الحاسوب بالاسم localhost.",
    },
  };
  const lang = navigator.languages.map((l) => l.slice(0, 2)).find((l) => texts[l]) ?? "en";
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
  const why = (e) => e.status === 401 ? t.unknown : e.status === 429 ? t.slow : e.status === 400 ? t.where : t.failed;
  const press = (id, f) => $(id).addEventListener("click", async () => {
    $(id).disabled = true;
    say("");
    try { await f(); } catch (e) { say(why(e)); }
    $(id).disabled = false;
  });

  press("passkey", async () => {
    const { ceremony, options } = await call("/api/sign-in/begin", {});
    const key = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey) });
    location.href = (await call(`/api/sign-in/finish?ceremony=${ceremony}`, key.toJSON())).home;
  });
  press("use", async () => {
    location.href = (await call("/api/sign-in/code", { code: $("code").value })).home;
  });
  press("add", async () => {
    const { ceremony, options } = await call("/api/account/passkey/begin", {});
    const key = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey) });
    await call(`/api/account/passkey/finish?ceremony=${ceremony}`, key.toJSON());
    say(t.added);
  });
  press("codes", async () => {
    const { codes } = await call("/api/account/codes", {});
    $("list").replaceChildren(...codes.map((c) => Object.assign(document.createElement("li"), { textContent: c })));
    $("list").hidden = false;
    say(t.made);
  });

  call("/api/account").then((a) => {
    document.querySelector("h1").textContent = t["title.in"];
    $("who").textContent = t.hello(a.name);
    $("home").href = a.home;
    $("in").hidden = false;
    if (a.passkeys === 0) say(t.none);
  }, () => { $("out").hidden = false; });
})();
