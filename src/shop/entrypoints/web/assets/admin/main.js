// The admin application: its views and menu. It only makes API calls that require admin rights.
import { announce, fill, h } from "../common/dom.js";
import { go, here, link, startRouter } from "../common/router.js";
import { currentUser, logOut, onSessionChange } from "../common/session.js";
import { dashboard } from "./dashboard.js";

const later = (load, name) => async (here) => (await load())[name](here);

const ROUTES = {
  "": dashboard,
  login: later(() => import("./login.js"), "login"),
  insights: later(() => import("./insights.js"), "insights"),
  items: later(() => import("./items.js"), "items"),
  products: later(() => import("./products.js"), "products"),
  orders: later(() => import("./orders.js"), "orders"),
  order: later(() => import("./order.js"), "order"),
  refunds: later(() => import("./refunds.js"), "refunds"),
  users: later(() => import("./users.js"), "users"),
  codes: later(() => import("./codes.js"), "codes"),
  roles: later(() => import("./settings/roles.js"), "roles"),
  keys: later(() => import("./settings/keys.js"), "keys"),
  "second-factor": later(() => import("./settings/secondfactor.js"), "secondFactor"),
  webhooks: later(() => import("./settings/webhooks.js"), "webhooks"),
  webhook: later(() => import("./settings/webhooks.js"), "webhook"),
  messages: later(() => import("./settings/messages.js"), "messages"),
  audit: later(() => import("./audit.js"), "audit"),
  settings: later(() => import("./settings/overview.js"), "settings"),
  shipping: later(() => import("./settings/shipping.js"), "shipping"),
  "sell-to": later(() => import("./settings/selling.js"), "sellTo"),
  taxes: later(() => import("./settings/taxes.js"), "taxes"),
};

/** The menu: areas, each with its views. */
const AREAS = {
  Overview: { "": "Dashboard", insights: "Insights", items: "Sales" },
  Orders: { orders: "Orders", refunds: "Refunds" },
  Catalogue: { products: "Products" },
  Promotions: { codes: "Promo codes" },
  People: { users: "Users" },
  Settings: { settings: "Overview", shipping: "Shipping", taxes: "Tax", webhooks: "Webhooks", messages: "Messages", roles: "Roles", keys: "API keys", "second-factor": "Second factor", audit: "Audit" },
};

const menu = document.getElementById("menu");

function showMenu() {
  const user = currentUser();
  const toShop = h("a", { href: "/" }, "To the shop");
  if (user === null) {
    fill(menu, toShop);
    return;
  }
  const current = here().split(/[/?]/)[0];
  const entry = ([path, text]) => h("li", {}, h("a", { href: link(path), "aria-current": current === path ? "page" : null }, text));
  const areas = Object.entries(AREAS).map(([area, entries]) => {
    const id = `area-${area.toLowerCase()}`;
    return h("div", { class: "area" }, h("p", { class: "area-name", id }, area), h("ul", { "aria-labelledby": id }, Object.entries(entries).map(entry)));
  });
  fill(menu, areas, h("div", { class: "area leave" }, toShop, h("button", { type: "button", class: "quiet", click: leave }, `Log out ${user.username}`)));
}

async function leave() {
  try {
    await logOut();
    go("login");
  } catch (error) {
    announce(error.message, "refused");
  }
}

onSessionChange(showMenu);
window.addEventListener("view-changed", showMenu);
showMenu();
await startRouter(ROUTES, "Administration");
