// The caller's tokens, which the page sends with its calls. They stay in this tab until it is closed.

import { announce, fill, h } from "./dom.js";

const STORED = "shop-docs-tokens";
const HEADERS = {
  bearer: (token) => ["Authorization", `Bearer ${token}`],
  cartToken: (token) => ["Cart-Token", token],
  orderToken: (token) => ["Order-Token", token],
};
const PLACEHOLDERS = { bearer: "YOUR_TOKEN", cartToken: "YOUR_CART_TOKEN", orderToken: "YOUR_ORDER_TOKEN" };
const listeners = new Set();
let tokens = JSON.parse(sessionStorage.getItem(STORED) ?? "{}");

/** The tokens that the page has, by security scheme; `name` is the user's. */
export function tokensNow() {
  return tokens;
}

export function onTokens(listener) {
  listeners.add(listener);
}

export function keepTokens(changes) {
  tokens = Object.fromEntries(Object.entries({ ...tokens, ...changes }).filter(([, value]) => value));
  sessionStorage.setItem(STORED, JSON.stringify(tokens));
  for (const listener of listeners) listener();
}

/** The headers that authenticate the caller; with `asSample`, placeholders for missing tokens. */
export function identityHeaders(operation, asSample = false) {
  const ways = (operation.security ?? []).map((way) => Object.keys(way)).filter((way) => way.length);
  const known = ways.find((way) => way.every((scheme) => tokens[scheme]));
  const schemes = known ?? (asSample && !(operation.security ?? []).some((way) => !Object.keys(way).length) ? ways[0] : undefined) ?? [];
  return Object.fromEntries(schemes.map((scheme) => HEADERS[scheme](asSample ? PLACEHOLDERS[scheme] : tokens[scheme])));
}

/** Keep the tokens in an answer of the shop. */
export function learnTokens(operation, answer) {
  if (operation.operationId === "logOut") keepTokens({ bearer: null, name: null });
  if (typeof answer !== "object" || answer === null) return;
  if (answer.accessToken) {
    keepTokens({ bearer: answer.accessToken, name: answer.user?.username ?? tokens.name });
    announce("The page uses this login from now on.");
  }
  if (answer.cartToken) keepTokens({ cartToken: answer.cartToken });
  if (answer.orderToken) keepTokens({ orderToken: answer.orderToken });
}

/** The dialog for logging in or entering a token. */
export function loginDialog() {
  const dialog = h("dialog", { "aria-labelledby": "login-title", close: () => dialog.remove() });
  document.body.append(dialog);
  fillDialog(dialog);
  dialog.showModal();
}

function fillDialog(dialog) {
  const problem = h("p", { class: "problem", role: "alert" });
  const code = field("totpCode", "Code of the second factor", { autocomplete: "one-time-code", inputmode: "numeric" });
  code.hidden = true;
  const form = h("form", { submit: (event) => logIn(event, dialog, problem, code) },
    field("username", "Username or email address", { autocomplete: "username", required: true }),
    field("password", "Password", { type: "password", autocomplete: "current-password", required: true }),
    code, problem,
    h("button", { class: "primary", type: "submit" }, "Log in"));
  const others = h("form", { submit: (event) => keep(event, dialog) },
    field("bearer", "Access token or API key", { value: tokens.bearer ?? "", autocomplete: "off" }),
    field("cartToken", "Cart-Token of a guest", { value: tokens.cartToken ?? "", autocomplete: "off" }),
    field("orderToken", "Order-Token of a guest", { value: tokens.orderToken ?? "", autocomplete: "off" }),
    h("button", { type: "submit" }, "Use these"));
  fill(dialog,
    h("h2", { id: "login-title" }, tokens.bearer ? `Logged in${tokens.name ? ` as ${tokens.name}` : ""}` : "Log in"),
    h("p", { class: "soft" }, "“Send” on this page then sends calls in your name. Tokens stay in this tab."),
    tokens.bearer
      ? h("button", { type: "button", class: "primary", click: () => { keepTokens({ bearer: null, name: null }); dialog.close(); } }, "Forget this login")
      : form,
    h("details", { class: "other-tokens" }, h("summary", {}, "Use a token that you have"), others),
    h("div", { class: "messages" }),
    h("button", { type: "button", class: "quiet close", click: () => dialog.close() }, "Close"));
}

function field(name, label, properties) {
  const id = `login-${name}`;
  return h("div", { class: "field" }, h("label", { for: id }, label), h("input", { id, name, ...properties }));
}

async function logIn(event, dialog, problem, code) {
  event.preventDefault();
  const given = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value));
  event.target.setAttribute("aria-busy", "true");
  try {
    const response = await fetch("/api/auth/login", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given),
    });
    const answer = await response.json();
    if (response.ok) {
      learnTokens({}, answer);
      dialog.close();
      return;
    }
    code.hidden = code.hidden && answer.error.code !== "TOTP_REQUIRED";
    problem.textContent = answer.error.message;
  } catch {
    problem.textContent = "The shop does not answer. Try again.";
  } finally {
    event.target.removeAttribute("aria-busy");
  }
}

function keep(event, dialog) {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(event.target));
  keepTokens({ ...given, name: given.bearer === tokens.bearer ? tokens.name : null });
  dialog.close();
}
