// The page's header: account, cart and its count, and the categories.
import { announce, fill, h } from "../common/dom.js";
import { go, link } from "../common/router.js";
import { currentUser, logOut, onSessionChange } from "../common/session.js";
import { loadCart, onCartChange, unitsOf } from "./cart.js";
import { categoryLink, childrenOf, loadCategories, rootsOf } from "./categories.js";

const MAX_IN_ROW = 12;

const part = (id) => document.getElementById(id);

/** Fill the header and keep it up to date. */
export function startHeader() {
  part("open-menu").addEventListener("click", () => void openMenu());
  part("to-cart").addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || location.pathname === link("cart")) return;
    event.preventDefault();
    import("./cartdrawer.js").then(({ openCart }) => openCart()).catch((error) => announce(error.message, "refused"));
  });
  onCartChange(showCount);
  onSessionChange(showAccount);
  onSessionChange(() => loadCart().catch(() => undefined));
  window.addEventListener("view-changed", markCurrent);
  showAccount();
  loadCart().catch(() => undefined);
  showCategories().catch(() => undefined);
}

function showCount(cart) {
  const units = unitsOf(cart);
  const badge = part("cart-count");
  badge.hidden = units === 0;
  fill(badge, units > 99 ? "99+" : String(units), h("span", { class: "visually-hidden" }, units === 1 ? " item" : " items"));
}

function showAccount() {
  const user = currentUser();
  part("account-name").textContent = user === null ? "Log in" : user.username;
  part("to-account").href = link(user === null ? "login" : "account");
}

async function showCategories() {
  const roots = rootsOf(await loadCategories());
  const all = h("li", {}, h("a", { href: link("products") }, "All products"));
  fill(part("categories"), all, roots.slice(0, MAX_IN_ROW).map((category) => h("li", {}, h("a", { href: categoryLink(category) }, category.name))));
  markCurrent();
}

function markCurrent() {
  const here = location.pathname + (location.pathname.startsWith(link("c/")) ? "" : location.search);
  for (const anchor of part("categories").querySelectorAll("a")) {
    if (anchor.getAttribute("href") === here) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
}

async function openMenu() {
  const [{ openDrawer }, categories] = await Promise.all([import("./drawer.js"), loadCategories().catch(() => [])]);
  const entry = (href, text) => h("li", {}, h("a", { href }, text));
  const user = currentUser();
  const personal = user
    ? [entry(link("orders"), "Orders"), entry(link("account"), "Account"), h("li", {}, h("button", { type: "button", class: "quiet", click: leave }, "Log out"))]
    : [entry(link("login"), "Log in"), entry(link("signup"), "Sign up")];
  const children = (root) => childrenOf(categories, root);
  const branch = (root) => h("li", {}, h("a", { href: categoryLink(root) }, root.name), children(root).length ? h("ul", { class: "links inner" }, children(root).map((child) => entry(categoryLink(child), child.name))) : null);
  const dialog = openDrawer({ title: "Menu", side: "start" }, [
    h("nav", { "aria-label": "Categories" }, h("ul", { class: "links" }, entry(link("products"), "All products"), rootsOf(categories).map(branch))),
    h("h3", {}, user ? user.username : "Your account"),
    h("nav", { "aria-label": "Account" }, h("ul", { class: "links" }, personal)),
  ]);
  window.addEventListener("view-changed", () => dialog.close(), { once: true });
}

/** Log out and go to the home page. */
export async function leave() {
  try {
    await logOut();
    announce("You are logged out.");
    go("");
  } catch (error) {
    announce(error.message, "refused");
  }
}
