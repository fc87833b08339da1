// All refunds, including those made directly at the payment provider.
import { h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { money, moment, words } from "../common/format.js";
import { link } from "../common/router.js";
import { listing } from "./listing.js";

const TONES = { succeeded: "good", pending: "warn", failed: "bad" };
const STATUSES = Object.fromEntries([["", "All"], ...Object.keys(TONES).map((status) => [status, words(status)])]);

export function refunds({ query }) {
  return listing({
    title: "Refunds",
    path: "refunds",
    address: "/api/admin/refunds",
    query,
    noun: "refund",
    nothing: "No money was given back.",
    intro: h("p", { class: "soft" }, "Money is given back from an order: ", h("a", { href: link("orders", { status: "paid" }) }, "paid orders"), ". Who did it is in the ", h("a", { href: link("audit", { subject: "order" }) }, "audit trail"), "."),
    filters: [field("status", "Status", { options: STATUSES, value: query.status ?? "" })],
    fileColumns: [{ title: "Currency", text: (refund) => refund.currency }],
    columns: [
      { title: "When", cell: (refund) => h("span", { class: "when" }, moment(refund.createdAt)), text: (refund) => refund.createdAt },
      { title: "Order", cell: (refund) => h("th", { scope: "row" }, h("a", { href: link(`order/${refund.orderId}`) }, refund.orderNumber)), text: (refund) => refund.orderNumber },
      { title: "Customer", cell: (refund) => refund.username ?? "Guest", text: (refund) => refund.username },
      { title: "Amount", number: true, cell: (refund) => money(refund.amount, refund.currency), text: (refund) => refund.amount },
      { title: "Status", cell: (refund) => h("span", { class: `tag ${TONES[refund.status] ?? ""}` }, words(refund.status)), text: (refund) => refund.status },
      { title: "Reason", cell: (refund) => refund.reason ?? "–", text: (refund) => refund.reason },
      { title: "Goods", cell: (refund) => (refund.restock ? "Came back" : "–"), text: (refund) => refund.restock },
    ],
  });
}
