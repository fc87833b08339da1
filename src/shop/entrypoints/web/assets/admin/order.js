// The admins' view of one order.
import { get } from "../common/api.js";
import { h } from "../common/dom.js";
import { money, moment, words } from "../common/format.js";
import { table } from "../common/lists.js";
import { link } from "../common/router.js";
import { statusTag, steps } from "./orders.js";

export async function order({ segments }) {
  const shown = await get(`/api/admin/orders/${encodeURIComponent(segments[1] ?? "")}`);
  const customer = await customerOf(shown);
  const amount = (value) => money(value, shown.currency);
  const columns = [{ title: "Product" }, { title: "Price", number: true }, { title: "Quantity", number: true }, { title: "Discount", number: true }, { title: "Sum", number: true }];
  const rows = shown.items.map((item) => [
    h("th", { scope: "row" }, item.name), amount(item.unitPrice), String(item.quantity), item.discount > 0 ? amount(-item.discount) : "–", amount(item.lineTotal),
  ]);
  return {
    title: `Order ${shown.number}`,
    content: [
      h("h1", {}, `Order ${shown.number}`),
      h("p", {}, statusTag(shown.status), " ", h("span", { class: "soft" }, `placed ${moment(shown.createdAt)}`)),
      h("p", { class: "actions" }, steps(shown)),
      table("What was ordered", columns, rows),
      h("div", { class: "halves" }, facts(shown, customer, amount), history(shown)),
    ],
  };
}

/** The account that placed the order, as the list of that moment's orders names it; undefined for a guest. */
async function customerOf({ id, createdAt }) {
  const next = new Date(Date.parse(createdAt) + 1000).toISOString();
  const { items } = await get("/api/admin/orders", { page: 1, limit: 100, from: createdAt, to: next });
  return items.find((order) => order.id === id)?.username;
}

function facts(shown, customer, amount) {
  const { contact, shippingAddress: to } = shown;
  const known = {
    Customer: customer ? h("a", { href: link("orders", { username: customer }) }, customer) : null,
    Total: amount(shown.total),
    Discount: shown.discount > 0 ? amount(-shown.discount) : null,
    Shipping: shown.shipping ? `${shown.shipping.name}, ${amount(shown.shipping.price)}` : null,
    Tax: shown.tax > 0 ? amount(shown.tax) : null,
    "Promo code": shown.promoCode,
    Refunded: shown.refundedTotal > 0 ? [amount(shown.refundedTotal), " (", h("a", { href: link("refunds") }, "all refunds"), ")"] : null,
    Payment: `${shown.payment.provider}, ${shown.payment.status}`,
    Disputed: shown.payment.disputedAt ? moment(shown.payment.disputedAt) : null,
    Contact: [contact.name, contact.email, contact.phone].filter(Boolean).join(", "),
    "Ship to": [to.name, to.line1, to.line2, to.postalCode, to.city, to.region, to.country].filter(Boolean).join(", "),
  };
  const pairs = Object.entries(known).filter(([, text]) => text).map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]);
  return h("section", {}, h("h2", {}, "Facts"), h("dl", { class: "details panel" }, pairs));
}

function history({ statusHistory }) {
  const entries = statusHistory.map(({ status, at, reason }) =>
    h("li", { class: "done" }, h("strong", {}, words(status)), h("time", { datetime: at }, moment(at)), reason ? h("span", { class: "soft" }, reason) : null));
  return h("section", {}, h("h2", {}, "What happened"), h("div", { class: "panel" }, h("ol", { class: "timeline" }, entries)));
}
