// One customer: orders, addresses, and rights.
import { get } from "../common/api.js";
import { h } from "../common/dom.js";
import { count, day, money, words } from "../common/format.js";
import { table } from "../common/lists.js";
import { link } from "../common/router.js";
import { may } from "../common/session.js";
import { accountActions } from "./accountactions.js";
import { stateTag } from "./customers.js";
import { countryName } from "./order.js";
import { orderColumns } from "./orders.js";

const SHOWN = 10;

export async function customer({ segments }) {
  const username = segments[1] ?? "";
  const user = await get(`/api/users/${encodeURIComponent(username)}`);
  const [bought, totals, book] = await Promise.all([
    may("orders:read") ? get("/api/admin/orders", { page: 1, limit: SHOWN, username: user.username }) : null,
    get(`/api/admin/statistics/customers/${encodeURIComponent(user.username)}`),
    get(`/api/users/${encodeURIComponent(user.username)}/addresses`),
  ]);
  return {
    title: user.username,
    content: [
      h("p", { class: "crumbs" }, h("a", { href: link("customers") }, "Customers")),
      h("div", { class: "head" }, h("h1", {}, user.profile.displayName ?? user.username), h("span", { class: "soft" }, `${user.username}, since ${day(user.createdAt)}`)),
      figures(totals),
      h("div", { class: "record" }, h("div", {}, orders(user, bought), favourites(totals)), h("aside", { "aria-label": "Account" }, account(user), addresses(book.items))),
    ],
  };
}

const panel = (title, ...content) => h("section", { class: "panel", "aria-label": title }, h("h2", {}, title), content);

function figures({ orders, spent, refunded, averageOrder, lastOrderAt, currency }) {
  const shown = {
    "Paid orders": count(orders),
    Spent: money(spent, currency),
    Refunded: money(refunded, currency),
    "Average order": averageOrder === null ? "–" : money(averageOrder, currency),
    "Last paid order": day(lastOrderAt),
  };
  return h("dl", { class: "figures" }, Object.entries(shown).map(([name, text]) => h("div", {}, h("dd", {}, text), h("dt", {}, name))));
}

function orders({ username }, bought) {
  if (bought === null) return null;
  if (bought.total === 0) return panel("Orders", h("p", { class: "soft" }, `${username} has not ordered anything yet.`));
  const columns = orderColumns({ withCustomer: false });
  const rows = bought.items.map((order) => columns.map((column) => column.cell(order)));
  const all = bought.total > SHOWN ? h("p", {}, h("a", { href: link("orders", { username }) }, `All ${count(bought.total)} orders`)) : null;
  return panel("Orders", table(`Orders of ${username}`, columns, rows, { class: "records" }), all);
}

function favourites({ topItems, currency }) {
  if (topItems.length === 0) return null;
  const columns = [{ title: "Product" }, { title: "Units", number: true }, { title: "Spent", number: true }];
  const rows = topItems.map((item) => [h("th", { scope: "row" }, item.name), count(item.quantity), money(item.spent, currency)]);
  return panel("Most bought", table("Products most bought", columns, rows, { class: "records" }));
}

function account(user) {
  const { profile } = user;
  const facts = {
    Email: profile.email === null ? "–" : [h("a", { href: `mailto:${profile.email}` }, breakable(profile.email)), " ", profile.emailVerified ? h("span", { class: "tag good" }, "Verified") : h("span", { class: "tag" }, "Not verified")],
    Role: words(user.role),
    Logins: stateTag(user),
    "Second factor": user.totpEnabled ? "On" : "Off",
  };
  return panel("Account", h("dl", { class: "details" }, Object.entries(facts).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])), accountActions(user));
}

/** An address whose line breaks, if it must, after the @. */
const breakable = (email) => email.split(/(?<=@)/).flatMap((part) => [part, h("wbr")]);

function addresses(saved) {
  const lines = (to) => [to.name, to.company, to.line1, to.line2, [to.postalCode, to.city].filter(Boolean).join(" "), to.region, countryName(to.country)].filter(Boolean);
  const one = (to) => h("li", {}, to.label || to.isDefault ? h("strong", {}, [to.label, to.isDefault ? "Default" : null].filter(Boolean).join(", ")) : null, h("address", {}, lines(to).map((text) => h("div", {}, text))));
  return panel("Saved addresses", saved.length ? h("ul", { class: "notes" }, saved.map(one)) : h("p", { class: "soft" }, "None. Orders keep the addresses that they were sent to."));
}
