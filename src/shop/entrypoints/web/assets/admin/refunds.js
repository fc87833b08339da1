// Refunds, as the audit trail tells of them.
import { h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { moment } from "../common/format.js";
import { link } from "../common/router.js";
import { listing } from "./listing.js";
import { changes } from "./audit.js";

export function refunds({ query }) {
  return listing({
    title: "Refunds",
    path: "refunds",
    address: "/api/admin/audit",
    query,
    fixed: { action: "order.refunded" },
    noun: "refund",
    nothing: "No money was given back.",
    intro: h("p", { class: "soft" }, "Money is given back from an order: ", h("a", { href: link("orders", { status: "paid" }) }, "paid orders"), "."),
    filters: [
      field("username", "By whom", { value: query.username ?? "", autocapitalize: "none" }),
      field("from", "From", { type: "date", value: query.from ?? "" }),
      field("to", "To", { type: "date", value: query.to ?? "" }),
    ],
    columns: [
      { title: "When", cell: (entry) => moment(entry.at), text: (entry) => entry.at },
      { title: "Order", cell: (entry) => h("th", { scope: "row" }, h("a", { href: link(`order/${entry.subject.id}`) }, "Show the order")), text: (entry) => entry.subject.id },
      { title: "By whom", cell: (entry) => entry.username, text: (entry) => entry.username },
      { title: "Refund", cell: (entry) => changes(entry), text: (entry) => JSON.stringify(entry.after) },
    ],
  });
}
