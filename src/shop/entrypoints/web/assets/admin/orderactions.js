// Staff actions on an order: ship, deliver, mark as paid, cancel, refund.
import { get, newKey, post, put } from "../common/api.js";
import { ask } from "../common/dialogs.js";
import { announce, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { money, words } from "../common/format.js";
import { refresh } from "../common/router.js";
import { attempt } from "./listing.js";

const STEP_NAMES = { shipped: "Ship", delivered: "Deliver" };
const TONES = { paid: "good", shipped: "good", delivered: "good", failed: "bad", pending: "warn", cancelling: "warn" };
const PAID = new Set(["paid", "partly_shipped", "shipped", "delivered"]);
const CANCELLABLE = new Set(["pending", "failed", "paid"]);

export const statusTag = (status) => h("span", { class: `tag ${TONES[status] ?? ""}` }, words(status));

/** The buttons of all actions that an order permits in its current state. */
export function actionsOf(order) {
  const { number, status, payment } = order;
  const open = (text, label, act, kind = "") => h("button", { type: "button", class: kind, "aria-label": label, click: () => act(order) }, text);
  return [
    status === "paid" ? step(order, "shipped", "primary") : null,
    status === "shipped" ? step(order, "delivered", "primary") : null,
    payment.provider === "manual" && ["pending", "failed"].includes(status) ? open("Mark as paid", `Mark as paid: order ${number}`, markPaid, "primary") : null,
    PAID.has(status) && order.total > order.refundedTotal ? open("Refund", `Refund order ${number}`, refund) : null,
    CANCELLABLE.has(status) ? open("Cancel", `Cancel order ${number}`, cancel, "danger") : null,
  ];
}

/** A button that takes an order to the status. */
export function step(order, status, kind) {
  const press = h("button", { type: "button", class: kind, "aria-label": `${STEP_NAMES[status]} order ${order.number}` }, STEP_NAMES[status]);
  press.addEventListener("click", async () => {
    press.disabled = true;
    await attempt(() => put(`/api/admin/orders/${order.id}`, { status }), `Order ${order.number}: ${status}.`);
    refresh();
  });
  return press;
}

function markPaid(order) {
  const key = newKey();
  ask({ title: `Mark order ${order.number} as paid`, button: "Mark as paid", kind: "primary" }, async (given) => {
    await post(`/api/admin/orders/${order.id}/mark-paid`, given, { "Idempotency-Key": key });
    announce(`Order ${order.number} is paid.`);
    refresh();
  },
  h("p", {}, `Do this once ${money(order.total, order.currency)} has arrived.`),
  field("reference", "Reference", { maxlength: 200, hint: "Such as the bank statement's line. It is shown in the history." }));
}

function cancel(order) {
  const effect = order.status === "paid" ? `The customer gets ${money(order.total - order.refundedTotal, order.currency)} back, and the goods return to the stock.` : "Nothing is charged, and the goods return to the stock.";
  ask({ title: `Cancel order ${order.number}?`, button: "Cancel the order", kind: "danger" }, async (given) => {
    await put(`/api/admin/orders/${order.id}`, { status: "cancelled", ...given });
    announce(`Order ${order.number} is being cancelled.`);
    refresh();
  },
  h("p", {}, effect),
  field("reason", "Reason", { maxlength: 200, hint: "The customer sees it in the order's history." }));
}

/** Ask for the refund: units of lines, an amount, or the whole rest. */
async function refund({ id, number }) {
  const order = await get(`/api/admin/orders/${id}`); // another refund may have been made meanwhile
  const key = newKey();
  const left = order.total - order.refundedTotal;
  const returned = unitsRefunded(order.refunds);
  ask({ title: `Refund order ${number}`, button: "Refund", kind: "primary" }, async (given) => {
    const items = order.items.map(({ itemId }) => ({ itemId, quantity: given[`units-${itemId}`] ?? 0 })).filter(({ quantity }) => quantity > 0);
    const { amount, reason, restock } = given;
    await post(`/api/admin/orders/${id}/refunds`, { amount, reason, restock, ...(items.length && { items }) }, { "Idempotency-Key": key });
    announce(`Order ${number} is refunded.`);
    refresh();
  },
  h("p", {}, `${money(left, order.currency)} can be refunded. Choose the units that it is for, or enter an amount; without either, all of it is refunded.`),
  h("fieldset", {}, h("legend", {}, "Units"), order.items.map((item) => unitsField(item, item.quantity - (returned.get(item.itemId) ?? 0)))),
  h(
    "div",
    { class: "columns" },
    field("amount", `Amount (${order.currency})`, { type: "number", min: 0, max: left, step: "any", hint: "Empty: what the chosen units cost" }),
    field("reason", "Reason", { maxlength: 200 }),
  ),
  field("restock", "Put the goods back into the stock", { type: "checkbox", hint: "The chosen units, or everything when all that is left is refunded." }));
}

function unitsField(item, most) {
  const options = Object.values(item.options ?? {}).join(", ");
  const name = options ? `${item.name} (${options})` : item.name;
  return field(`units-${item.itemId}`, name, { type: "number", min: 0, max: Math.max(most, 0), step: 1, disabled: most < 1, hint: most < 1 ? "All refunded" : `Of ${most}` });
}

/** The units refunded so far by item; failed refunds do not count. */
function unitsRefunded(refunds) {
  const units = new Map();
  for (const { status, items = [] } of refunds) {
    if (status !== "failed") for (const { itemId, quantity } of items) units.set(itemId, (units.get(itemId) ?? 0) + quantity);
  }
  return units;
}
