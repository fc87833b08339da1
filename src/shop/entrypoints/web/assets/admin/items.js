// Sales by product.
import { h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { count, money, variantName } from "../common/format.js";
import { listing } from "./listing.js";

const AMOUNTS = { grossRevenue: "Gross revenue", discounts: "Discounts", refunds: "Refunds", revenue: "Net revenue" };

export function items({ query }) {
  const amounts = Object.entries(AMOUNTS).map(([name, title]) => ({ title, number: true, cell: (item) => money(item[name], item.currency), text: (item) => item[name] }));
  const number = (name, title) => ({ title, number: true, cell: (item) => (item[name] === null ? "–" : count(item[name])), text: (item) => item[name] });
  return listing({
    title: "Sales by product",
    path: "items",
    address: "/api/admin/statistics/items",
    query,
    noun: "product",
    nothing: "Nothing was sold.",
    filters: [
      field("sort", "Sort by", { options: { revenue: "Net revenue", quantity: "Units" }, value: query.sort ?? "revenue" }),
      field("from", "From", { type: "date", value: query.from ?? "" }),
      field("to", "To", { type: "date", value: query.to ?? "" }),
    ],
    columns: [
      { title: "Product", cell: (item) => h("th", { scope: "row" }, variantName(item)), text: variantName },
      number("orders", "Orders"),
      number("quantity", "Units"),
      ...amounts,
      number("stock", "Stock"),
      number("daysOfStockLeft", "Days left"),
    ],
  });
}
