// The admin application: its views and menu. It only makes API calls that require admin rights.
import { announce, fill, h } from "../common/dom.js";
import { refresh, startRouter } from "../common/router.js";
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
  audit: later(() => import("./audit.js"), "audit"),
};

const ENTRIES = {
  "": "Dashboard",
  insights: "Insights",
  items: "Sales",
  products: "Products",
  orders: "Orders",
  refunds: "Refunds",
  users: "Users",
  codes: "Promo codes",
  audit: "Audit",
};

const menu = document.getElementById("menu");

function showMenu() {
  const user = currentUser();
  if (user === null) {
    fill(menu, h("a", { href: "/" }, "To the shop"));
    return;
  }
  const here = location.hash.replace(/^#\/?/, "").split("?")[0];
  const entries = Object.entries(ENTRIES).map(([path, text]) => h("a", { href: `#/${path}`, "aria-current": here === path ? "page" : null }, text));
  fill(menu, entries, h("a", { href: "/" }, "Shop"), h("button", { type: "button", click: leave }, `Log out ${user.username}`));
}

async function leave() {
  try {
    await logOut();
    location.hash = "#/login";
    refresh();
  } catch (error) {
    announce(error.message, "refused");
  }
}

onSessionChange(showMenu);
window.addEventListener("hashchange", showMenu);
showMenu();
await startRouter(ROUTES, "Administration");
