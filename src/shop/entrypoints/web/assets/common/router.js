// Views by URL path below the page's root: `/p/mug`, `/products?q=mug`, `/admin/orders`.
import { fill, h, meta, refill } from "./dom.js";
import { restoreScroll, saveScroll, startEntry, stepsFromEntry } from "./scrolling.js";

const ROOT = meta("root");

const SECOND_FACTOR = "second-factor"; // the view that sets one up, where the page has it

let routes = {};
let siteName = "";
let turn = 0;
let returning = false;

/**
 * Show the view of the current URL and of every later one. `known` maps a first segment to
 * `async ({segments, query}) => {title, content}`; visitors who must log in first return to the view afterwards.
 */
export function startRouter(known, name) {
  routes = known;
  siteName = name;
  const main = document.getElementById("main");
  readFragment();
  startEntry();
  window.addEventListener("popstate", moved);
  window.addEventListener("refresh-view", () => show({ stay: true }));
  document.addEventListener("click", follow);
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved()) event.preventDefault();
  });
  for (const state of ["online", "offline"]) window.addEventListener(state, showConnection);
  window.addEventListener("online", () => isUnsaved() || refresh());
  showConnection();
  return main.querySelector("[data-static]") === null ? show({ back: true }) : undefined;
}

/** The browser went back or forward. If the visitor stays because of unsaved input, return to the entry that is shown. */
function moved() {
  if (returning) {
    returning = false;
    return;
  }
  const steps = stepsFromEntry();
  if (steps !== 0 && !mayLeave()) {
    returning = true;
    history.go(-steps);
    return;
  }
  readFragment();
  saveScroll();
  startEntry();
  if (isView(location.pathname)) show({ back: true });
  else location.reload(); // a page that the server renders
}

/** `/orders?page=2` from "orders" and {page: 2}; a list of values repeats its name. */
export function link(path, query = {}) {
  const chosen = Object.entries(query).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
  const search = new URLSearchParams(chosen.filter(([, value]) => value !== undefined && value !== null && value !== ""));
  return `${ROOT}/${path}`.replace(/(.)\/$/, "$1") + (search.size ? `?${search}` : "");
}

/** Go to a view. With `stay`, the scroll position stays; with `replace`, the browser's Back skips the current one. */
export function go(path, query, { stay = false, replace = false } = {}) {
  visit(link(path, query), { stay, replace });
}

/** Reload the current view. */
export function refresh() {
  window.dispatchEvent(new CustomEvent("refresh-view"));
}

/** The path and query of the current view, without the root: "p/mug". */
export function here() {
  return (location.pathname.slice(ROOT.length) + location.search).replace(/^\//, "");
}

/** Go to a path that `here` returned, and to no other site. */
export function goTo(path = "") {
  visit(`${ROOT}/${path.replace(/^\/+/, "")}`, { replace: true });
}

function visit(target, { stay = false, replace = false }) {
  if (!mayLeave()) return undefined;
  if (target === location.pathname + location.search) return refresh();
  saveScroll();
  if (replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  startEntry();
  return show({ stay });
}

/** Whether the view may be replaced: the visitor decides if something in it is not saved. */
function mayLeave() {
  if (!isUnsaved()) return true;
  if (!confirm("What you changed is not saved. Leave it?")) return false;
  window.dispatchEvent(new CustomEvent("unsaved-dropped"));
  return true;
}

function isUnsaved() {
  return document.querySelector("[data-unsaved]") !== null;
}

/** Links to views are followed without loading the page anew. */
function follow(event) {
  const anchor = event.target.closest?.("a[href]");
  const modified = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (anchor === null || anchor === undefined || modified || event.defaultPrevented || anchor.target || anchor.hasAttribute("download")) return;
  const target = new URL(anchor.href);
  if (target.origin !== location.origin || !isView(target.pathname)) return;
  event.preventDefault();
  visit(target.pathname + target.search, { stay: anchor.dataset.stay !== undefined });
}

function isView(path) {
  return (path === ROOT || path.startsWith(`${ROOT}/`)) && Object.hasOwn(routes, path.slice(ROOT.length).split("/")[1] ?? "");
}

/** Bookmarks of former versions: `/#/orders` is `/orders` now. */
function readFragment() {
  if (location.hash.startsWith("#/")) history.replaceState(history.state, "", link(location.hash.slice(2)));
}

function place() {
  const segments = location.pathname.slice(ROOT.length).split("/").filter(Boolean).map(decodeURIComponent);
  const search = new URLSearchParams(location.search);
  const query = {};
  for (const name of search.keys()) query[name] = search.getAll(name).length > 1 ? search.getAll(name) : search.get(name);
  return { segments, query };
}

async function show({ back = false, stay = false }) {
  const main = document.getElementById("main");
  turn += 1;
  const mine = turn;
  const asked = location.pathname + location.search;
  window.dispatchEvent(new CustomEvent("view-changed"));
  if (mine > 1) document.head.querySelectorAll("[data-of-view]").forEach((each) => each.remove()); // the server's, of the first view
  const rendered = main.querySelector("[data-rendered]") !== null; // by the server: the visitor reads it already
  if (rendered) restoreScroll();
  else main.setAttribute("aria-busy", "true");
  const shown = await currentView();
  if (mine !== turn || shown === undefined) return; // the visitor has navigated away
  if (shown.content !== undefined) {
    document.title = `${shown.title} – ${siteName}`;
    const kept = refill(main, shown.content, rendered ? "href" : undefined);
    if (back) restoreScroll();
    else if (!stay) window.scrollTo(0, 0);
    if (mine > 1 && !kept && !stay) focusHeading(main);
  }
  main.removeAttribute("aria-busy");
  main.dataset.view = asked;
}

async function currentView() {
  try {
    const where = place();
    const name = where.segments[0] ?? "";
    const view = Object.hasOwn(routes, name) ? routes[name] : nothingHere;
    return await view(where);
  } catch (error) {
    return failure(error);
  }
}

function focusHeading(main) {
  const heading = main.querySelector("h1");
  if (heading === null || !(document.activeElement === document.body || main.contains(document.activeElement))) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function failure(error) {
  if (error.status === 401) {
    go("login", { next: here() }, { replace: true });
    return undefined;
  }
  if (error.code === "TOTP_SETUP_REQUIRED" && Object.hasOwn(routes, SECOND_FACTOR)) {
    go(SECOND_FACTOR, { next: here() }, { replace: true });
    return undefined;
  }
  if (error.status === undefined) console.error(error);
  if (error.status === 404) return nothingHere();
  const message = error.status === undefined ? "Something went wrong on this page." : error.message;
  const again = h("button", { type: "button", click: refresh }, "Try again");
  return { title: "Not available", content: notice("This can't be shown right now", message, again) };
}

function nothingHere() {
  return { title: "Not found", content: notice("This page doesn't exist any more", "There is nothing at this address.") };
}

function notice(title, text, action) {
  const home = h("a", { class: "button", href: link("") }, "Go to the start");
  return h("div", { class: "empty", role: "alert" }, h("h1", {}, title), h("p", {}, text), h("div", { class: "actions centred" }, action, home));
}

function showConnection() {
  fill(document.getElementById("offline"), navigator.onLine ? null : "You are offline. What you see may be old; the page continues when you are back.");
  document.getElementById("offline").hidden = navigator.onLine;
}
