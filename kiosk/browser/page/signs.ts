// SPDX-License-Identifier: Apache-2.0

// Signs by which the state of a page is known on any site: a password, a bank card, a test whether somebody is a person, a
// banner about cookies. Only that they are there is told, nothing of them.

import { visible } from "./names.ts";
import type { Tree } from "./roots.ts";

/** Hosts and paths whose frames are tests whether somebody is a person. */
const captchas = /^https?:\/\/([^/]*\.)?((google\.com|recaptcha\.net)\/recaptcha\/|hcaptcha\.com\/|challenges\.cloudflare\.com\/|arkoselabs\.com\/|funcaptcha\.com\/|geetest\.com\/|friendlycaptcha\.(com|eu)\/|mtcaptcha\.com\/)/;
const payments = /^https?:\/\/([^/]*\.)?(stripe\.com|adyen\.com|braintreegateway\.com|worldpay\.com|checkout\.com|mollie\.com|paypal\.com|payconiq\.com|saferpay\.com|ogone\.com)\//;
const banners = "[id*=cookie i],[class*=cookie i],[aria-label*=cookie i],[id*=consent i],[class*=consent-banner i]";

/** What the trees of a page show. */
export function signsOf(trees: Tree[]): string[] {
  const signs = new Set<string>();
  for (const { root } of trees) {
    for (const el of root.querySelectorAll<HTMLInputElement>("input[type=password],input[autocomplete]")) {
      if (!visible(el)) continue;
      const token = el.getAttribute("autocomplete") ?? "";
      if (/(^|\s)one-time-code(\s|$)/.test(token)) signs.add("code");
      else if (/(^|\s)cc-(number|csc|exp|exp-month|exp-year|name)(\s|$)/.test(token)) signs.add("payment");
      else if (el.type === "password") signs.add("login");
    }
    for (const frame of root.querySelectorAll<HTMLIFrameElement>("iframe[src]")) {
      const box = frame.getBoundingClientRect();
      if (box.width < 100 || box.height < 50 || frame.closest(".grecaptcha-badge") || !visible(frame)) continue;
      if (captchas.test(frame.src)) signs.add("captcha");
      if (payments.test(frame.src)) signs.add("payment");
    }
    for (const box of root.querySelectorAll(".g-recaptcha:not([data-size=invisible]),.h-captcha:not([data-size=invisible]),.cf-turnstile,.frc-captcha")) {
      if (visible(box) && box.getBoundingClientRect().height >= 50) signs.add("captcha");
    }
    if (root.querySelector("form input[name=SAMLRequest]")) signs.add("eid");
    for (const banner of root.querySelectorAll(banners)) {
      if (banner.matches("html,body,main,form,input,button,a") || !visible(banner) || banner.getBoundingClientRect().height < 20) continue;
      if (/cookie/i.test(banner.textContent ?? "") && [...banner.querySelectorAll("button,[role=button],input[type=submit]")].some(visible)) signs.add("cookies");
    }
  }
  return [...signs].sort();
}
