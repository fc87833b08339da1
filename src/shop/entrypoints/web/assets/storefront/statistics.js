// The customer's purchases in figures.
import { get } from "../common/api.js";
import { chart } from "../common/charts.js";
import { h } from "../common/dom.js";
import { count, day, money } from "../common/format.js";
import { empty, pageOf, paging, table } from "../common/lists.js";
import { link } from "../common/router.js";
import { accountHead } from "./account.js";
import { lineLink } from "./lines.js";

export async function statistics({ query }) {
  const [own, items] = await Promise.all([
    get("/api/orders/statistics"),
    get("/api/orders/statistics/items", { page: pageOf(query) }),
  ]);
  if (own.orders === 0) {
    const note = empty("Nothing paid yet: your figures begin with your first order.", h("a", { class: "button primary", href: link("products") }, "See the products"));
    return { title: "Your figures", content: [accountHead("Your figures", "statistics"), note] };
  }
  return {
    title: "Your figures",
    content: [
      accountHead("Your figures", "statistics"),
      figures(own),
      h("div", { class: "charts" }, byMonth("Spent by month", own, "spent", (amount) => money(amount, own.currency)), byMonth("Orders by month", own, "orders", count)),
      h("h2", {}, "By product"),
      byItem(items, own.currency),
      paging("statistics", query, items),
    ],
  };
}

function figures(own) {
  const amount = (value) => money(value ?? 0, own.currency);
  const shown = {
    Orders: count(own.orders),
    Items: count(own.items),
    Spent: amount(own.spent),
    Saved: amount(own.saved),
    Refunded: amount(own.refunded),
    "Average order": amount(own.averageOrder),
    "First order": day(own.firstOrderAt),
    "Last order": day(own.lastOrderAt),
  };
  return h("dl", { class: "figures" }, Object.entries(shown).map(([name, text]) => h("div", {}, h("dd", {}, text), h("dt", {}, name))));
}

function byMonth(title, own, name, format) {
  return chart({ title, periodName: "Month", labels: own.byMonth.map(({ month }) => month), values: own.byMonth.map((month) => month[name]), format, whole: format === count });
}

function byItem({ items }, currency) {
  const columns = [{ title: "Product" }, { title: "Orders", number: true }, { title: "Units", number: true }, { title: "Spent", number: true }, { title: "Average price", number: true }, { title: "Last bought" }];
  const rows = items.map((item) => [
    h("th", { scope: "row" }, h("a", { href: lineLink(item) }, item.name)),
    count(item.orders),
    count(item.quantity),
    money(item.spent, currency),
    money(item.averageUnitPrice, currency),
    day(item.lastPurchasedAt),
  ]);
  return table("Your purchases by product", columns, rows);
}
