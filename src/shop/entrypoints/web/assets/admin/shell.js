// The frame around every view: the sidebar, which a button opens on small screens.
import { fill, h } from "../common/dom.js";
import { here, link } from "../common/router.js";
import { currentUser, onSessionChange } from "../common/session.js";
import { startPalette } from "./palette.js";
import { entryOf, leave, sidebar } from "./views.js";

const menu = document.getElementById("menu");
const opener = document.getElementById("menu-button");
const finder = document.getElementById("palette-button");

/** Keep the sidebar up to date with the view and the account. */
export function startShell() {
  onSessionChange(showMenu);
  window.addEventListener("view-changed", () => {
    open(false);
    showMenu();
  });
  opener.addEventListener("click", () => open(!menu.hasAttribute("data-open")));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.hasAttribute("data-open")) return;
    open(false);
    opener.focus();
  });
  startPalette(finder);
  showMenu();
}

function open(wanted) {
  menu.toggleAttribute("data-open", wanted);
  opener.setAttribute("aria-expanded", String(wanted));
}

function showMenu() {
  const user = currentUser();
  const toShop = h("a", { href: "/" }, "To the shop");
  opener.hidden = user === null;
  finder.hidden = user === null;
  if (user === null) {
    fill(menu, toShop);
    return;
  }
  const current = entryOf(here());
  const entry = ({ path, title }) => h("li", {}, h("a", { href: link(path), "aria-current": current === path ? "page" : null }, title));
  const areas = sidebar().map(([area, entries]) => {
    const id = `area-${area.toLowerCase()}`;
    return h("div", { class: "area" }, h("p", { class: "area-name", id }, area), h("ul", { "aria-labelledby": id }, entries.map(entry)));
  });
  fill(menu, areas, h("div", { class: "area leave" }, toShop, h("button", { type: "button", class: "quiet", click: leave }, `Log out ${user.username}`)));
}
