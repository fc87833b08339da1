// The docs page: contents, and the view that the address names.

import { loadDocument } from "./document.js";
import { fill, h } from "./dom.js";
import { badge, eventView, operationView } from "./operation.js";
import { loginDialog, onTokens, tokensNow } from "./session.js";
import { prose } from "./text.js";

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const contents = document.getElementById("contents");
const filter = document.getElementById("filter");
const login = document.getElementById("login-button");
const wide = matchMedia("(min-width: 60rem)");

function showLogin() {
  const { bearer, name } = tokensNow();
  login.textContent = bearer ? name ?? "Logged in" : "Log in";
}

function arrange() {
  contents.open = wide.matches;
}

function navigation(api) {
  const chapters = api.chapters.map(({ name, operations }) => chapter(name, operations.map((id) => {
    const { method, title, path } = api.operations.get(id);
    return entry(id, `${title} ${path} ${method}`, [badge(method), h("span", {}, title)]);
  })));
  const events = api.events.map(({ type }) => entry(`event/${type}`, type, [h("span", {}, type)]));
  fill(nav, entryList([entry("start", "start overview", [h("span", {}, "Start here")])]), chapters, events.length ? chapter("Events for webhooks", events) : null);
}

function chapter(name, entries) {
  return h("section", {}, h("h2", {}, name), entryList(entries));
}

function entryList(entries) {
  return h("ul", {}, entries);
}

function entry(id, words, content) {
  return h("li", { "data-words": words.toLowerCase() }, h("a", { href: `#${id}` }, content));
}

function narrow() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of nav.querySelectorAll("li")) item.hidden = !words.every((word) => item.dataset.words.includes(word));
  for (const section of nav.querySelectorAll("section")) section.hidden = !section.querySelector("li:not([hidden])");
}

function start(api) {
  const steps = api.chapters.slice(0, 5).map(({ name, operations }) => h("li", {},
    h("strong", {}, name), h("ul", { class: "steps" }, operations.slice(0, 3).map((id) => h("li", {}, h("a", { href: `#${id}` }, badge(api.operations.get(id).method), h("span", {}, api.operations.get(id).title)))))));
  return h("article", {},
    h("h1", { tabindex: "-1" }, "Shop API"), h("p", { class: "soft" }, `Version ${api.info.version}`),
    prose(api.info.description),
    h("h2", {}, "From signing up to paying"),
    h("p", {}, "“Try it” sends real calls to this shop. The answer to one step fills in the next step’s tokens, ids and totals."),
    h("ol", { class: "story" }, steps));
}

/** Scroll the contents, and only them. */
function reveal(link) {
  const place = link.getBoundingClientRect();
  const frame = contents.getBoundingClientRect();
  if (place.top < frame.top || place.bottom > frame.bottom) contents.scrollTop += place.top - frame.top - frame.height / 3;
}

function view(api, name) {
  if (api.operations.has(name)) return [api.operations.get(name).title, operationView(api, api.operations.get(name))];
  const event = api.events.find(({ type }) => `event/${type}` === name);
  if (event) return [event.type, eventView(api, event)];
  return [null, start(api)];
}

function show(api, { moveFocus }) {
  const name = decodeURIComponent(location.hash.slice(1)) || "start";
  if (name === "main") return;
  const [title, content] = view(api, name);
  document.title = title ? `${title} – Shop API` : "Shop API";
  fill(main, content);
  main.removeAttribute("aria-busy");
  for (const link of nav.querySelectorAll("a")) {
    const isHere = link.hash === `#${name}`;
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    if (isHere && wide.matches) reveal(link);
  }
  if (!moveFocus) return;
  if (!wide.matches) contents.open = false;
  scrollTo(0, 0);
  main.querySelector("h1").focus({ preventScroll: true });
}

async function open() {
  arrange();
  wide.addEventListener("change", arrange);
  login.addEventListener("click", loginDialog);
  document.getElementById("skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
  onTokens(showLogin);
  showLogin();
  try {
    const api = await loadDocument();
    navigation(api);
    filter.addEventListener("input", narrow);
    addEventListener("hashchange", () => show(api, { moveFocus: true }));
    show(api, { moveFocus: false });
  } catch (error) {
    fill(main, h("p", { class: "error", role: "alert" }, error.message));
    main.removeAttribute("aria-busy");
  }
}

open();
