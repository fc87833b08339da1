// All orders.
import { newKey, post, put } from "../common/api.js";
import { ask } from "../common/dialogs.js";
import { announce, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { count, money, moment, words } from "../common/format.js";
import { link, refresh } from "../common/router.js";
import { may } from "../common/session.js";
import { attempt, lesson, listing } from "./listing.js";
import { forEach } from "./selection.js";

const STATUSES = ["pending", "failed", "paid", "shipped", "delivered", "cancelling", "cancelled", "refunded"];
const STEPS = { paid: ["shipped", "cancelled"], pending: ["cancelled"], failed: ["cancelled"], shipped: ["delivered"] };
const DEEDS = { shipped: "Ship", delivered: "Deliver", cancelled: "Cancel" };
const TONES = { paid: "good", shipped: "good", delivered: "good", failed: "bad", pending: "warn", cancelling: "warn" };

export const statusTag = (status) => h("span", { class: `tag ${TONES[status] ?? ""}` }, words(status));

export function orders({ query }) {
  return listing({
    title: "Orders",
    path: "orders",
    address: "/api/admin/orders",
    query,
    noun: "order",
    nothing: lesson("No orders yet", "Orders appear here as soon as somebody buys. To try it, buy something in the shop yourself.", h("a", { class: "button", href: "/" }, "To the shop")),
    nameOf: (order) => `order ${order.number}`,
    bulk: may("orders:write") ? [bulkStep("Mark as shipped", "paid", "shipped"), bulkStep("Mark as delivered", "shipped", "delivered")] : [],
    filters: [
      field("status", "Status", { options: Object.fromEntries([["", "All"], ...STATUSES.map((status) => [status, words(status)])]), value: query.status ?? "" }),
      field("username", "Customer", { value: query.username ?? "", autocapitalize: "none" }),
      field("from", "From", { type: "date", value: query.from ?? "" }),
      field("to", "To", { type: "date", value: query.to ?? "" }),
    ],
    columns: [...orderColumns(), { title: "", cell: (order) => h("div", { class: "actions" }, steps(order)) }],
  });
}

/** The same step for several orders. */
const bulkStep = (text, from, status) => ({
  text,
  allows: (order) => order.status === from,
  run: async (chosen) => {
    await forEach(chosen, (order) => put(`/api/admin/orders/${order.id}`, { status }), { nameOf: (order) => order.number, noun: "order", done: `marked as ${status}` });
    refresh();
  },
});

/** The cells of an order's row in every list of orders. */
export function orderColumns() {
  const amount = (title, name) => ({ title, number: true, cell: (order) => money(order[name], order.currency), text: (order) => order[name] });
  return [
    { title: "Order", cell: (order) => h("th", { scope: "row" }, h("a", { href: link(`order/${order.id}`) }, order.number)), text: (order) => order.number },
    { title: "Placed", cell: (order) => moment(order.createdAt), text: (order) => order.createdAt },
    { title: "Customer", cell: (order) => order.username, text: (order) => order.username },
    { title: "Status", cell: (order) => statusTag(order.status), text: (order) => order.status },
    { title: "Units", number: true, cell: (order) => count(order.itemCount), text: (order) => order.itemCount },
    amount("Total", "total"),
    amount("Refunded", "refundedTotal"),
  ];
}

/** Buttons for the actions that an admin can take on an order in its current state. */
export function steps(order) {
  const buttons = (STEPS[order.status] ?? []).map((status) => {
    const name = `${DEEDS[status]} order ${order.number}`;
    const kind = status === "cancelled" ? "small danger" : "small";
    return h("button", { type: "button", class: kind, "aria-label": name, click: (event) => step(event.target, order, status) }, DEEDS[status]);
  });
  const left = order.total - order.refundedTotal;
  if (["paid", "shipped", "delivered"].includes(order.status) && left > 0) {
    buttons.push(h("button", { type: "button", class: "small", "aria-label": `Refund order ${order.number}`, click: () => refund(order, left) }, "Refund"));
  }
  return buttons;
}

async function step(button, order, status) {
  if (status === "cancelled" && !confirm(`Cancel order ${order.number}?`)) return;
  button.disabled = true;
  await attempt(() => put(`/api/admin/orders/${order.id}`, { status }), `Order ${order.number}: ${words(status).toLowerCase()}.`);
  refresh();
}

function refund(order, left) {
  const key = newKey();
  ask({ title: `Refund order ${order.number}`, button: "Refund", kind: "primary" }, async (given) => {
    await post(`/api/admin/orders/${order.id}/refunds`, given, { "Idempotency-Key": key });
    announce(`Order ${order.number} is refunded.`);
    refresh();
  },
  h("p", {}, `${money(left, order.currency)} can be given back. Without an amount, all of it goes.`),
  field("amount", "Amount", { type: "number", min: 0, step: "any" }),
  field("reason", "Reason", { maxlength: 200 }),
  field("restock", "All goods came back: put them into the stock", {
    type: "checkbox",
    hint: "Only when all that is left goes back: leave the amount empty.",
  }));
}
