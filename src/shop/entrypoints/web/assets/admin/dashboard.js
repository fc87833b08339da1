// The figures of a selected period.
import { get } from "../common/api.js";
import { barCell, chart } from "../common/charts.js";
import { h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { count, money, variantName, words } from "../common/format.js";
import { empty, table } from "../common/lists.js";
import { go, link } from "../common/router.js";
import { inOrder } from "./listing.js";
import { insightList } from "./insights.js";

const GRANULARITIES = { day: "By day", week: "By week", month: "By month" };
const PERIODS = { "Last 7 days": [7, "day"], "Last 30 days": [30, "day"], "Last 90 days": [90, "week"], "Last year": [365, "month"] };

export async function dashboard({ query }) {
  const chosen = { ...startOf("Last 30 days"), ...query };
  if (chosen.from > chosen.to) return backwards(chosen);
  const shown = await get("/api/admin/dashboard", chosen);
  const amount = (value) => money(value ?? 0, shown.currency);
  return {
    title: "Dashboard",
    content: [
      h("h1", {}, "Dashboard"),
      picker(chosen, shown.timeZone),
      totals(shown.totals, amount),
      h("div", { class: "charts" }, overTime("Net revenue", shown.series, "netRevenue", amount, true), overTime("Orders", shown.series, "orders", count)),
      h("div", { class: "halves" }, topItems(shown.topItems, amount), stockLeft(shown.lowStock)),
      h("div", { class: "halves" }, byStatus(shown.ordersByStatus, chosen), codes(shown.promoCodes, amount)),
      h("h2", {}, "Insights"),
      insightList(shown.insights.slice(0, 6)),
      shown.insights.length > 6 ? h("p", {}, h("a", { href: link("insights") }, `See all ${count(shown.insights.length)} insights`)) : null,
    ],
  };
}

/** Shown when the address has a period that ends before it begins: the choice of another one. */
function backwards(chosen) {
  const problem = h("p", { class: "hint warn", role: "alert" }, "This period ends before it begins. Choose another one.");
  return { title: "Dashboard", content: [h("h1", {}, "Dashboard"), picker(chosen, null), problem] };
}

function startOf(name) {
  const [back, granularity] = PERIODS[name];
  const day = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  return { from: day(back - 1), to: day(0), granularity };
}

function picker(chosen, zone) {
  const isChosen = (period) => ["from", "to", "granularity"].every((name) => period[name] === chosen[name]);
  const quick = Object.keys(PERIODS).map((name) =>
    h("a", { class: "button small", href: link("", startOf(name)), "aria-current": isChosen(startOf(name)) ? "true" : null, "data-keep": name }, name));
  return [
    h("nav", { class: "actions periods", "aria-label": "Periods" }, quick, zone === null ? null : h("span", { class: "soft small-text" }, `Days of ${zone}`)),
    h(
      "div",
      { class: "toolbar" },
      form(
        { button: "Show", kind: "", "aria-label": "Period" },
        (given) => go("", inOrder(given)),
        field("from", "From", { type: "date", value: chosen.from, required: true }),
        field("to", "To", { type: "date", value: chosen.to, required: true }),
        field("granularity", "In steps", { options: GRANULARITIES, value: chosen.granularity }),
      ),
    ),
  ];
}

function totals(sums, amount) {
  const shown = {
    "Net revenue": amount(sums.netRevenue),
    "Gross revenue": amount(sums.grossRevenue),
    Discounts: amount(sums.discounts),
    Refunds: amount(sums.refunds),
    Shipping: amount(sums.shipping),
    Tax: amount(sums.tax),
    Orders: count(sums.orders),
    "Items sold": count(sums.itemsSold),
    "Average order": amount(sums.averageOrder),
    "New customers": count(sums.newCustomers),
  };
  return h("dl", { class: "figures" }, Object.entries(shown).map(([name, text]) => h("div", {}, h("dd", {}, text), h("dt", {}, name))));
}

function overTime(title, series, name, format, line = false) {
  const values = series.map((period) => period[name]);
  return chart({ title: `${title} over time`, periodName: "Period", labels: series.map(({ period }) => period), values, format, line, whole: format === count });
}

function section(title, columns, rows, nothing) {
  return h("section", {}, h("h2", {}, title), rows.length ? table(title, columns, rows) : empty(nothing));
}

function topItems(items, amount) {
  const most = Math.max(...items.map((item) => item.revenue), 0);
  const columns = [{ title: "Product" }, { title: "Units", number: true }, { title: "Net revenue", number: true }];
  const rows = items.map((item) => [h("th", { scope: "row" }, variantName(item)), count(item.quantity), barCell(item.revenue, most, amount(item.revenue))]);
  return section("Top items", columns, rows, "Nothing was sold in this time.");
}

function stockLeft(items) {
  const most = Math.max(...items.map((item) => item.stock), 0);
  const columns = [{ title: "Product" }, { title: "Sold in 30 days", number: true }, { title: "Days left", number: true }, { title: "Stock left", number: true }];
  const rows = items.map((item) => [
    h("th", { scope: "row" }, h("a", { href: link("products", { q: item.name }) }, variantName(item))),
    count(item.soldIn30Days),
    item.daysOfStockLeft === null ? "–" : count(item.daysOfStockLeft),
    barCell(item.stock, most, count(item.stock)),
  ]);
  return section("Stock left", columns, rows, "Nothing is running out.");
}

function byStatus(orders, { from, to }) {
  const rows = Object.entries(orders).map(([status, number]) => [h("th", { scope: "row" }, h("a", { href: link("orders", { status, from, to }) }, words(status))), count(number)]);
  return section("Orders placed, by status", [{ title: "Status" }, { title: "Orders", number: true }], rows, "No order was placed in this time.");
}

function codes(used, amount) {
  const columns = [{ title: "Code" }, { title: "Orders", number: true }, { title: "Discount", number: true }, { title: "Revenue", number: true }];
  const rows = used.map((code) => [h("th", { scope: "row" }, code.code), count(code.orders), amount(code.discount), amount(code.revenue)]);
  return section("Promo codes", columns, rows, "No code was used in this time.");
}
