// All orders.
import { put } from "../common/api.js";
import { h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { count, money, moment, words } from "../common/format.js";
import { link, refresh } from "../common/router.js";
import { may } from "../common/session.js";
import { lesson, listing } from "./listing.js";
import { statusTag, step } from "./orderactions.js";
import { clearSelection, forEach } from "./selection.js";

const STATUSES = ["pending", "failed", "paid", "shipped", "delivered", "cancelling", "cancelled", "refunded"];
const NEXT = { paid: "shipped", shipped: "delivered" };
const ADVICE = "They appear here as soon as somebody buys. To see how that works, buy something in the shop yourself.";

export function orders({ query }) {
  return listing({
    title: "Orders",
    path: "orders",
    address: "/api/admin/orders",
    query,
    noun: "order",
    nothing: lesson("No orders yet", ADVICE, h("a", { class: "button", href: "/" }, "To the shop")),
    nameOf: (order) => `order ${order.number}`,
    bulk: may("orders:write") ? [bulkStep("Mark as shipped", "paid", "shipped"), bulkStep("Mark as delivered", "shipped", "delivered")] : [],
    filters: [
      field("q", "Number, name or email", { type: "search", value: query.q ?? "", maxlength: 254, autocapitalize: "none", placeholder: "How it begins" }),
      field("status", "Status", { options: Object.fromEntries([["", "All"], ...STATUSES.map((status) => [status, words(status)])]), value: query.status ?? "" }),
      query.username ? field("username", "Customer", { value: query.username, autocapitalize: "none" }) : null,
      field("from", "From", { type: "date", value: query.from ?? "" }),
      field("to", "To", { type: "date", value: query.to ?? "" }),
    ],
    exported: "/api/admin/exports/orders.csv",
    columns: orderColumns(),
  });
}

/** The same step for several orders. */
const bulkStep = (text, from, status) => ({
  text,
  allows: (order) => order.status === from,
  run: async (chosen) => {
    await forEach(chosen, (order) => put(`/api/admin/orders/${order.id}`, { status }), { nameOf: (order) => order.number, noun: "order", done: `marked as ${status}` });
    clearSelection();
    refresh();
  },
});

/** The columns of every list of orders. */
export function orderColumns({ withCustomer = true } = {}) {
  return [
    { title: "Order", cell: (order) => h("th", { scope: "row" }, h("a", { href: link(`order/${order.id}`) }, order.number)), text: (order) => order.number },
    { title: "Placed", cell: (order) => h("span", { class: "when" }, moment(order.createdAt)), text: (order) => order.createdAt },
    ...(withCustomer ? [{ title: "Customer", cell: customerOf, text: (order) => order.username ?? order.contactEmail }] : []),
    { title: "Status", cell: (order) => statusTag(order.status), text: (order) => order.status },
    ...(withCustomer ? [{ title: "Units", number: true, cell: (order) => count(order.itemCount), text: (order) => order.itemCount }] : []),
    { title: "Total", number: true, cell: (order) => money(order.total, order.currency), text: (order) => order.total },
    { title: "Refunded", number: true, cell: (order) => (order.refundedTotal > 0 ? money(order.refundedTotal, order.currency) : "–"), text: (order) => order.refundedTotal },
    ...(may("orders:write") ? [{ title: "", cell: (order) => h("div", { class: "actions" }, next(order)) }] : []),
  ];
}

/** The buyer: the given name, and the account. */
function customerOf({ username, contactName, contactEmail }) {
  const given = contactName ?? contactEmail;
  if (username === null) return h("span", { class: "buyer" }, given ?? "–", h("span", { class: "under" }, "Guest"));
  const account = may("customers:read") ? h("a", { href: link(`customer/${username}`) }, username) : username;
  return h("span", { class: "buyer" }, given === null || given === username ? account : [given, h("span", { class: "under" }, account)]);
}

/** The button for an order's usual next step. */
function next(order) {
  const status = NEXT[order.status];
  return status === undefined ? null : step(order, status, "small");
}
