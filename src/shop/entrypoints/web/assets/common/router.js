// Views by URL fragment: `#/product/7`, `#/products?q=mug`.
import { fill, h } from "./dom.js";

let turn = 0;

/**
 * Show the view of the current URL and of every later one. `routes` maps a first segment to
 * `async ({segments, query}) => {title, content}`; visitors who must log in first return to the view afterwards.
 */
export function startRouter(routes, siteName) {
  const main = document.getElementById("main");
  const show = () => render(routes, siteName, main);
  window.addEventListener("hashchange", () => location.hash.startsWith("#/") && show());
  window.addEventListener("refresh-view", show);
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the fragment is reserved for views
    main.focus();
  });
  for (const state of ["online", "offline"]) window.addEventListener(state, showConnection);
  window.addEventListener("online", show);
  showConnection();
  return show();
}

/** `#/orders?page=2` from "orders" and {page: 2}. */
export function link(path, query = {}) {
  const chosen = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return `#/${path}${chosen.length ? `?${new URLSearchParams(chosen)}` : ""}`;
}

export function go(path, query) {
  const target = link(path, query);
  if (location.hash === target) refresh();
  else location.hash = target;
}

/** Reload the current view. */
export function refresh() {
  window.dispatchEvent(new CustomEvent("refresh-view"));
}

function place() {
  const [path, search = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const segments = path.split("/").filter(Boolean).map(decodeURIComponent);
  return { segments, query: Object.fromEntries(new URLSearchParams(search)) };
}

async function render(routes, siteName, main) {
  turn += 1;
  const mine = turn;
  const here = place();
  const asked = location.hash;
  main.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => fill(main, h("p", { class: "progress", role: "status" }, "Loading …")), 150);
  const view = routes[here.segments[0] ?? ""] ?? nothingHere;
  let shown;
  try {
    shown = await view(here);
  } catch (error) {
    shown = failure(error);
  }
  clearTimeout(slow);
  if (mine !== turn || shown === undefined) return; // the visitor has navigated away
  document.title = `${shown.title} – ${siteName}`;
  fill(main, shown.content);
  main.removeAttribute("aria-busy");
  main.dataset.view = asked;
  if (mine > 1) focusHeading(main);
}

function focusHeading(main) {
  window.scrollTo(0, 0);
  const heading = main.querySelector("h1");
  if (heading === null || document.activeElement !== document.body) return; // don't take the focus from an input
  heading.tabIndex = -1;
  heading.focus();
}

function failure(error) {
  if (error.status === 401) {
    location.replace(link("login", { next: location.hash.replace(/^#\//, "") }));
    return undefined;
  }
  if (error.status === undefined) console.error(error);
  const message = error.status === undefined ? "Something went wrong on this page." : error.message;
  const again = h("button", { type: "button", click: refresh }, "Try again");
  return {
    title: "Not available",
    content: h("div", { class: "error", role: "alert" }, h("h1", {}, "This can't be shown"), h("p", {}, message), again),
  };
}

async function nothingHere() {
  const home = h("p", {}, "There is nothing at this address. ", h("a", { href: "#/" }, "Go to the start"));
  return { title: "Nothing here", content: [h("h1", {}, "Nothing here"), home] };
}

function showConnection() {
  document.getElementById("offline").hidden = navigator.onLine;
}
