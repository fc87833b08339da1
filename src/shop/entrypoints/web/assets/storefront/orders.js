// The customer's orders.
import { get } from "../common/api.js";
import { h } from "../common/dom.js";
import { money, moment, words } from "../common/format.js";
import { beyond, empty, pageOf, paging } from "../common/lists.js";
import { link } from "../common/router.js";
import { accountHead } from "./account.js";

const TONES = { paid: "good", shipped: "good", delivered: "good", failed: "bad", pending: "warn", cancelling: "warn" };
const NAMES = { pending: "Waiting for payment", failed: "Payment failed", partly_shipped: "Partly shipped" };

/** "Waiting for payment" for "pending" */
export const statusName = (status) => NAMES[status] ?? words(status);

export const statusTag = (status) => h("span", { class: `tag ${TONES[status] ?? ""}` }, statusName(status));

export async function orders({ query }) {
  const listed = await get("/api/orders", { page: pageOf(query) });
  const browse = h("a", { class: "button primary", href: link("products") }, "See the products");
  const none = () => beyond("orders", query, listed) ?? empty("You have not ordered anything yet.", browse);
  return {
    title: "Orders",
    content: [
      accountHead("Your orders", "orders"),
      listed.items.length ? h("ul", { class: "order-list" }, listed.items.map(row)) : none(),
      paging("orders", query, listed),
    ],
  };
}

function row(order) {
  return h(
    "li",
    {},
    h(
      "a",
      { href: link(`orders/${order.id}`) },
      h("strong", {}, order.number),
      h("span", { class: "amount" }, money(order.total, order.currency)),
      h("span", { class: "soft small-text" }, moment(order.createdAt)),
      h("span", { class: "amount" }, statusTag(order.status)),
    ),
  );
}
