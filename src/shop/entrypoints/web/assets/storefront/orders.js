// The customer's orders, and one order with its history.
import { get, post } from "../common/api.js";
import { announce, h } from "../common/dom.js";
import { money, moment, words } from "../common/format.js";
import { empty, paging, table } from "../common/lists.js";
import { link, refresh } from "../common/router.js";
import { productLink } from "./cards.js";
import { totals } from "./cart.js";
import { payment } from "./payment.js";

const TONES = { paid: "good", shipped: "good", delivered: "good", failed: "bad", pending: "warn", cancelling: "warn" };

const tag = (status) => h("span", { class: `tag ${TONES[status] ?? ""}` }, words(status));

export async function orders({ query }) {
  const listed = await get("/api/orders", { page: query.page ?? 1 });
  const columns = [{ title: "Order" }, { title: "Placed" }, { title: "Status" }, { title: "Total", number: true }];
  const rows = listed.items.map((order) => [
    h("th", { scope: "row" }, h("a", { href: link(`order/${order.id}`) }, order.number)),
    moment(order.createdAt),
    tag(order.status),
    money(order.total, order.currency),
  ]);
  const none = empty("You have not ordered anything yet.", h("a", { class: "button primary", href: "#/products" }, "See the products"));
  return {
    title: "Orders",
    content: [h("h1", {}, "Your orders"), rows.length ? table("Your orders", columns, rows) : none, paging("orders", query, listed)],
  };
}

export async function order({ segments }) {
  const shown = await get(`/api/orders/${encodeURIComponent(segments[1] ?? "")}`);
  return {
    title: `Order ${shown.number}`,
    content: [
      h("h1", {}, `Order ${shown.number}`),
      h("p", {}, tag(shown.status), " ", h("span", { class: "soft" }, `placed ${moment(shown.createdAt)}`)),
      payment(shown),
      lines(shown),
      h(
        "div",
        { class: "beside" },
        h("section", { class: "panel" }, h("h2", {}, "What happened"), history(shown)),
        h("section", { class: "panel" }, h("h2", {}, "Sum"), shown.promoCode ? h("p", {}, "Code ", h("strong", {}, shown.promoCode)) : null, totals(shown), destination(shown)),
      ),
      cancelButton(shown),
    ],
  };
}

function lines({ items, currency }) {
  const columns = [{ title: "Product" }, { title: "Price", number: true }, { title: "Quantity", number: true }, { title: "Discount", number: true }, { title: "Sum", number: true }];
  const rows = items.map((item) => [
    h("th", { scope: "row" }, h("a", { href: productLink(item.itemId) }, item.name)),
    money(item.unitPrice, currency),
    String(item.quantity),
    item.discount > 0 ? money(-item.discount, currency) : "–",
    money(item.lineTotal, currency),
  ]);
  return table("What was ordered", columns, rows);
}

function history({ statusHistory }) {
  return h("ol", { class: "history" }, statusHistory.map(({ status, at, reason }) =>
    h("li", {}, tag(status), " ", h("time", { datetime: at }, moment(at)), reason ? h("span", { class: "soft" }, ` – ${reason}`) : null)));
}

function destination({ shippingAddress: to }) {
  const parts = [to.name, to.line1, to.line2, [to.postalCode, to.city].filter(Boolean).join(" "), to.region, to.country].filter(Boolean);
  return parts.length ? h("address", {}, parts.map((part) => h("div", {}, part))) : null;
}

function cancelButton(shown) {
  if (!["pending", "failed", "paid"].includes(shown.status)) return null;
  const refunded = shown.status === "paid" ? " You get your money back." : "";
  const cancel = async (event) => {
    if (!confirm(`Cancel order ${shown.number}?${refunded}`)) return;
    event.target.disabled = true;
    try {
      await post(`/api/orders/${shown.id}/cancel`);
      announce("The order is cancelled.");
    } catch (error) {
      announce(error.message, "refused");
    }
    refresh();
  };
  return h("p", {}, h("button", { type: "button", class: "danger", click: cancel }, "Cancel this order"));
}
