// The administration's views. One entry here puts a view into the router, the sidebar and the command palette.
import { announce, h } from "../common/dom.js";
import { go, link } from "../common/router.js";
import { currentUser, logOut, may } from "../common/session.js";
import { dashboard } from "./dashboard.js";

/** The sidebar's areas, in its order. */
const AREAS = ["Orders", "Products", "Customers", "Promotions", "Figures", "Settings"];

/** The view that a module exports by this name; the module is loaded when the view is first shown. */
const later = (load, name) => async (place) => (await load())[name](place);

/**
 * `path` is the first segment of the view's address, `permission` what its account needs to read it, if anything. A view with an `area` and
 * a `title` has an entry in the sidebar; one without belongs to the entry with the path `within`.
 */
const VIEWS = [
  { area: "Orders", title: "Orders", path: "orders", permission: "orders:read", view: later(() => import("./orders.js"), "orders") },
  { within: "orders", path: "order", permission: "orders:read", view: later(() => import("./order.js"), "order") },
  { area: "Orders", title: "Refunds", path: "refunds", permission: "orders:read", view: later(() => import("./refunds.js"), "refunds") },
  { area: "Products", title: "Products", path: "products", permission: "catalogue:read", view: later(() => import("./products.js"), "products") },
  { area: "Products", title: "Categories", path: "categories", permission: "catalogue:read", view: later(() => import("./categories.js"), "categories") },
  { area: "Products", title: "Import & export", path: "transfer", permission: "catalogue:read", view: later(() => import("./transfer.js"), "transfer") },
  { within: "products", path: "product", permission: "catalogue:read", view: later(() => import("./product.js"), "product") },
  { area: "Customers", title: "Customers", path: "customers", permission: "customers:read", view: later(() => import("./customers.js"), "customers") },
  { within: "customers", path: "customer", permission: "customers:read", view: later(() => import("./customer.js"), "customer") },
  { within: "customers", path: "users", permission: "customers:read", view: ({ query }) => go("customers", query, { replace: true }) },
  { area: "Promotions", title: "Promo codes", path: "codes", permission: "promotions:read", view: later(() => import("./codes.js"), "codes") },
  { area: "Figures", title: "Dashboard", path: "", permission: "statistics:read", view: home },
  { area: "Figures", title: "Insights", path: "insights", permission: "statistics:read", view: later(() => import("./insights.js"), "insights") },
  { area: "Figures", title: "Sales", path: "items", permission: "statistics:read", view: later(() => import("./items.js"), "items") },
  { area: "Settings", title: "Overview", path: "settings", permission: "settings:read", view: later(() => import("./settings/overview.js"), "settings") },
  { area: "Settings", title: "Shipping", path: "shipping", permission: "settings:read", view: later(() => import("./settings/shipping.js"), "shipping") },
  { within: "shipping", path: "sell-to", permission: "settings:write", view: later(() => import("./settings/selling.js"), "sellTo") },
  { area: "Settings", title: "Tax", path: "taxes", permission: "settings:read", view: later(() => import("./settings/taxes.js"), "taxes") },
  { area: "Settings", title: "Webhooks", path: "webhooks", permission: "settings:read", view: later(() => import("./settings/webhooks.js"), "webhooks") },
  { within: "webhooks", path: "webhook", permission: "settings:read", view: later(() => import("./settings/webhooks.js"), "webhook") },
  { area: "Settings", title: "Messages", path: "messages", permission: "settings:read", view: later(() => import("./settings/messages.js"), "messages") },
  { area: "Settings", title: "Roles", path: "roles", permission: "staff:read", view: later(() => import("./settings/roles.js"), "roles") },
  { area: "Settings", title: "API keys", path: "keys", permission: "staff:read", view: later(() => import("./settings/keys.js"), "keys") },
  { area: "Settings", title: "Second factor", path: "second-factor", view: later(() => import("./settings/secondfactor.js"), "secondFactor") },
  { area: "Settings", title: "Audit", path: "audit", permission: "staff:read", view: later(() => import("./audit.js"), "audit") },
  { path: "login", view: later(() => import("./login.js"), "login") },
];

/** Actions of the command palette: `path` opens a view, `run` does something. */
const ACTIONS = [
  { title: "New product", path: "product/new", permission: "catalogue:write" },
  { title: "Orders to ship", path: "orders?status=paid", permission: "orders:read" },
  { title: "Open the shop", run: () => location.assign("/") },
  { title: "Log out", run: leave },
];

/** Views by the first segment of their address, for the router. */
export const routes = () => Object.fromEntries(VIEWS.map(({ path, view }) => [path, view]));

/** The entries that the account may read, by area; areas without any are left out. */
export function sidebar() {
  const areas = AREAS.map((area) => [area, VIEWS.filter((view) => view.area === area && mayRead(view))]);
  return areas.filter(([, entries]) => entries.length > 0);
}

/** The command palette's static entries: views and actions that the account may use, in groups. */
export function commands() {
  const views = sidebar().flatMap(([area, entries]) => entries.map(({ title, path }) => ({ text: title, more: area === title ? "" : area, path })));
  return [{ group: "Go to", entries: views }, { group: "Actions", entries: ACTIONS.filter(mayRead).map(({ title, path, run }) => ({ text: title, path, run })) }];
}

const mayRead = ({ permission }) => permission === undefined || may(permission);

/** The path of the sidebar's entry for the view at an address. */
export function entryOf(address) {
  const path = address.split(/[/?]/)[0];
  return VIEWS.find((view) => view.path === path)?.within ?? path;
}

/** Log out, and show the login. */
export async function leave() {
  try {
    await logOut();
    go("login");
  } catch (error) {
    announce(error.message, "refused");
  }
}

/** The start: the dashboard, or the first view of an account that may not read figures. */
function home(place) {
  if (currentUser() === null || may("statistics:read")) return dashboard(place);
  if (currentUser().mustSetUpSecondFactor) return go("second-factor", { next: "" }, { replace: true });
  const first = sidebar()[0]?.[1][0];
  if (first !== undefined) return go(first.path, {}, { replace: true });
  const text = "Your account may not see anything here. Ask the shop's owner for a role.";
  return { title: "Start", content: h("div", { class: "empty" }, h("h1", {}, "Nothing to administer"), h("p", {}, text), h("a", { class: "button", href: link("login") }, "Log in as someone else")) };
}
