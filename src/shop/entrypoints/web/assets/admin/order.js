// The admins' view of one order.
import { get } from "../common/api.js";
import { h } from "../common/dom.js";
import { money, moment } from "../common/format.js";
import { table } from "../common/lists.js";
import { statusTag, steps } from "./orders.js";

export async function order({ segments }) {
  const shown = await get(`/api/orders/${encodeURIComponent(segments[1] ?? "")}`);
  const amount = (value) => money(value, shown.currency);
  const columns = [{ title: "Product" }, { title: "Price", number: true }, { title: "Quantity", number: true }, { title: "Discount", number: true }, { title: "Sum", number: true }];
  const rows = shown.items.map((item) => [
    h("th", { scope: "row" }, item.name), amount(item.unitPrice), String(item.quantity), amount(-item.discount), amount(item.lineTotal),
  ]);
  return {
    title: `Order ${shown.number}`,
    content: [
      h("h1", {}, `Order ${shown.number}`),
      h("p", {}, statusTag(shown.status), " ", h("span", { class: "soft" }, `placed ${moment(shown.createdAt)}`)),
      h("p", { class: "actions" }, steps(shown)),
      table("What was ordered", columns, rows),
      h("div", { class: "halves" }, facts(shown, amount), history(shown)),
    ],
  };
}

function facts(shown, amount) {
  const { contact, shippingAddress: to } = shown;
  const known = {
    Total: amount(shown.total),
    Discount: amount(shown.discount),
    "Promo code": shown.promoCode,
    Refunded: amount(shown.refundedTotal),
    Payment: `${shown.payment.provider}, ${shown.payment.status}`,
    Disputed: shown.payment.disputedAt ? moment(shown.payment.disputedAt) : null,
    Contact: [contact.name, contact.email, contact.phone].filter(Boolean).join(", "),
    "Ship to": [to.name, to.line1, to.line2, to.postalCode, to.city, to.region, to.country].filter(Boolean).join(", "),
  };
  const pairs = Object.entries(known).filter(([, text]) => text).map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]);
  return h("section", {}, h("h2", {}, "Facts"), h("dl", { class: "details panel" }, pairs));
}

function history({ statusHistory }) {
  const entries = statusHistory.map(({ status, at, reason }) => h("li", {}, statusTag(status), ` ${moment(at)}`, reason ? ` – ${reason}` : ""));
  return h("section", {}, h("h2", {}, "What happened"), h("ol", { class: "panel" }, entries));
}
