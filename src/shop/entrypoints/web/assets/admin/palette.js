// The command palette: go to any view, order, product or customer, and start actions, by keyboard from everywhere.
import { get } from "../common/api.js";
import { fill, freshId, h } from "../common/dom.js";
import { money } from "../common/format.js";
import { go } from "../common/router.js";
import { may } from "../common/session.js";
import { commands } from "./views.js";

const PAUSE = 200;
const MAX_MATCHES = 5;

/** The searches in the shop: group title, permission, and how to request and show matches. */
const SEARCHES = [
  {
    group: "Orders",
    permission: "orders:read",
    find: (q) => get("/api/admin/orders", { q, page: 1, limit: MAX_MATCHES }),
    entry: (order) => ({ text: order.number, more: [order.contactName ?? order.username ?? order.contactEmail, money(order.total, order.currency)].filter(Boolean).join(", "), path: `order/${order.id}` }),
  },
  {
    group: "Products",
    permission: "catalogue:read",
    find: (q) => get("/api/products/search", { q, page: 1, limit: MAX_MATCHES }),
    entry: (product) => ({ text: product.name, more: product.sku ?? "", path: `product/${product.id}` }),
  },
  {
    group: "Customers",
    permission: "customers:read",
    find: (search) => get("/api/users", { search, page: 1, limit: MAX_MATCHES }),
    entry: (user) => ({ text: user.username, more: user.profile.email ?? user.profile.displayName ?? "", path: `customer/${user.username}` }),
  },
];

/** Open the palette by the button, and by Ctrl-K or ⌘K unless another dialog is open. */
export function startPalette(button) {
  button.addEventListener("click", open);
  window.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || button.hidden) return;
    event.preventDefault();
    if (document.querySelector("dialog[open]") === null) open();
  });
}

function open() {
  const id = freshId("palette");
  const list = h("div", { id: `${id}-list`, role: "listbox", "aria-label": "Found", class: "found-list" });
  const status = h("p", { class: "soft small-text", role: "status" });
  const input = h("input", {
    type: "text", role: "combobox", "aria-label": "Search or go to", "aria-controls": list.id, "aria-expanded": "true", "aria-autocomplete": "list",
    autocomplete: "off", autocapitalize: "none", spellcheck: "false", placeholder: "Order number, name, email, product, view …",
  });
  const close = h("button", { type: "button", class: "small", click: () => dialog.close() }, "Close");
  const dialog = h("dialog", { class: "palette", "aria-label": "Search and commands" }, h("div", { class: "ask" }, input, close), list, status);
  const shown = { entries: [], active: 0 };

  const choose = (entry) => {
    dialog.close();
    if (entry.run) entry.run();
    else go(entry.path);
  };
  const mark = (index) => {
    shown.active = index;
    shown.entries.forEach(({ element }, at) => element.setAttribute("aria-selected", String(at === index)));
    const active = shown.entries[index]?.element;
    if (active === undefined) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", active.id);
    active?.scrollIntoView({ block: "nearest" });
  };
  const show = (groups, said) => {
    const chosen = shown.entries[shown.active]?.key;
    shown.entries = [];
    fill(list, groups.filter(({ entries }) => entries.length > 0).map(({ group, entries }) => groupOf(group, entries)));
    const kept = shown.entries.findIndex(({ key }) => key === chosen);
    mark(kept < 0 ? 0 : kept);
    status.textContent = said ?? (shown.entries.length === 0 ? "Nothing found." : `${shown.entries.length} found.`);
  };
  const groupOf = (group, entries) => {
    const title = freshId("group");
    const options = entries.map((entry) => {
      const element = h("div", { id: freshId("option"), role: "option", "aria-selected": "false", click: () => choose(entry) }, h("span", {}, entry.text), entry.more ? h("span", { class: "soft small-text" }, entry.more) : null);
      shown.entries.push({ ...entry, key: `${group} ${entry.path ?? entry.text}`, element });
      return element;
    });
    return h("div", { role: "group", "aria-labelledby": title }, h("p", { id: title, class: "area-name", role: "presentation" }, group), options);
  };

  input.addEventListener("keydown", (event) => {
    const count = shown.entries.length;
    const next = { ArrowDown: (shown.active + 1) % count, ArrowUp: (shown.active - 1 + count) % count }[event.key];
    if (next !== undefined && count > 0) {
      event.preventDefault();
      mark(next);
    } else if (event.key === "Enter" && count > 0) {
      event.preventDefault();
      choose(shown.entries[shown.active]);
    }
  });
  input.addEventListener("input", searching(input, show));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
  show(local(""));
}

/** The views and actions with words that begin with the query. */
function local(text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ text: title, more = "" }) => wanted.every((word) => `${title} ${more}`.toLowerCase().split(/\s+/).some((each) => each.startsWith(word)));
  return commands().map(({ group, entries }) => ({ group, entries: entries.filter(fits) }));
}

/** A listener that shows views and actions at once, and what the shop finds after a pause in the typing. */
function searching(input, show) {
  let turn = 0;
  return async () => {
    turn += 1;
    const mine = turn;
    const q = input.value.trim();
    show(local(q), q === "" ? undefined : "Searching …");
    if (q === "") return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (mine !== turn) return;
    const found = await Promise.allSettled(SEARCHES.filter(({ permission }) => may(permission)).map(async ({ group, find, entry }) => ({ group, entries: (await find(q)).items.map(entry) })));
    if (mine !== turn) return;
    const failed = found.find(({ status }) => status === "rejected");
    show([...local(q), ...found.filter(({ status }) => status === "fulfilled").map(({ value }) => value)], failed?.reason.message);
  };
}
