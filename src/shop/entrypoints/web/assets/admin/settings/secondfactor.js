// The second factor of the user's own account: a code from an app at every login.
import { call, get, newKey, post } from "../../common/api.js";
import { announce, fill, h } from "../../common/dom.js";
import { field, form } from "../../common/forms.js";
import { goTo, refresh } from "../../common/router.js";
import { currentUser } from "../../common/session.js";
import { copyButton, downloadLink, secretField } from "./secrets.js";

const PATH = "/api/users/me/totp";
const CODE = { autocomplete: "one-time-code", autocapitalize: "none", spellcheck: "false", required: true };

export async function secondFactor({ query }) {
  const { totpEnabled: on } = await get("/api/auth/me");
  const place = h("div", { class: "medium" });
  fill(place, on ? activeFactor(place, query.next) : [explanation(), start(place, query.next, false)]);
  return { title: "Second factor", content: [h("h1", {}, "Second factor"), place] };
}

function explanation() {
  const required = !currentUser()?.mustSetUpSecondFactor ? null : h("p", { class: "hint warn", role: "status" }, "This shop requires a second factor from its staff. Set yours up to go on.");
  return [required, h("p", {}, "With a second factor, a login needs your password and a code from an app on your phone. A stolen password alone opens nothing.")];
}

function password() {
  return field("password", "Your password", { type: "password", autocomplete: "current-password", required: true });
}

/** Step 1: the password; while a second factor is in force, also a code of it. */
function start(place, next, replacing) {
  const key = newKey();
  return form(
    { button: "Set up an app", class: "panel", "aria-label": "Set up an app" },
    async (given) => fill(place, confirmation(place, await post(PATH, given, { "Idempotency-Key": key }), next)),
    password(),
    replacing ? field("code", "Code of your current app, or a recovery code", CODE) : null,
  );
}

/** Step 2: the app reads the secret, and its first code proves it. */
function confirmation(place, made, next) {
  const picture = h("img", { class: "qr", alt: "QR code with the secret, for an app", width: 220, height: 220, src: made.qrCode });
  const confirm = form(
    { button: "Confirm", "aria-label": "Confirm the app" },
    async (given) => {
      const { recoveryCodes } = await post(`${PATH}/confirm`, given);
      fill(place, codes(recoveryCodes, next));
      place.querySelector("h2").focus();
      await renewSession();
    },
    field("code", "Code that the app shows", { ...CODE, inputmode: "numeric", maxlength: 6 }),
  );
  return h(
    "section",
    { class: "panel" },
    h("h2", {}, "Add the shop to your app"),
    h("p", {}, "Scan the picture with an app for one-time codes: Aegis, 2FAS, Google Authenticator, 1Password and others. Nothing is in force until you confirm."),
    picture,
    h("p", {}, "Can't scan it? Enter this secret in the app:"),
    secretField("Secret", made.secret),
    confirm,
  );
}

/** Step 3: recovery codes, shown once. */
function codes(found, next) {
  const text = `Recovery codes for ${location.host}. Each works once in place of a code from the app.\n\n${found.join("\n")}\n`;
  return h(
    "section",
    { class: "panel printed" },
    h("h2", { tabindex: "-1" }, "Your recovery codes"),
    h("p", { role: "status" }, "The second factor is in force. If you lose your phone, each of these codes lets you in once. They are not shown again: keep them in a safe place."),
    h("ul", { class: "codes", "aria-label": "Recovery codes" }, found.map((code) => h("li", {}, h("code", {}, code)))),
    h(
      "div",
      { class: "actions" },
      copyButton(text, "recovery codes"),
      downloadLink("recovery-codes.txt", text),
      h("button", { type: "button", click: () => window.print() }, "Print"),
      h("button", { type: "button", class: "primary", click: () => (next === undefined ? refresh() : goTo(next)) }, "I have kept them"),
    ),
  );
}

/** Renew the session: the account may have permissions now that it did not have without a second factor. */
async function renewSession() {
  const { user } = await call("PUT", "/session");
  window.dispatchEvent(new CustomEvent("session-renewed", { detail: user }));
}

function activeFactor(place, next) {
  const disable = form(
    { button: "Switch it off", kind: "danger", class: "panel", "aria-label": "Switch the second factor off" },
    async (given) => {
      await post(`${PATH}/disable`, given);
      announce("The second factor is off.");
      refresh();
    },
    h("h2", {}, "Switch it off"),
    password(),
    field("code", "Code of your app, or a recovery code", CODE),
  );
  return [
    h("p", {}, h("span", { class: "tag good" }, "On"), " Logins to your account need a code from your app."),
    h("h2", {}, "A new phone or new recovery codes"),
    h("p", {}, "Set up an app again: the current one works until you confirm the new one."),
    start(place, next, true),
    disable,
  ];
}
