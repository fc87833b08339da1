// All accounts.
import { h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { day } from "../common/format.js";
import { link } from "../common/router.js";
import { lesson, listing } from "./listing.js";

export function customers({ query }) {
  return listing({
    title: "Customers",
    path: "customers",
    address: "/api/users",
    query,
    noun: "account",
    nothing: lesson("No accounts yet", "Customers appear here when they sign up. Guests, who buy without an account, are only in their orders."),
    filters: [field("search", "Name or email", { type: "search", value: query.search ?? "", maxlength: 254, autocapitalize: "none", placeholder: "How it begins" })],
    exported: "/api/admin/exports/customers.csv",
    columns: [
      { title: "Username", cell: (user) => h("th", { scope: "row" }, h("a", { href: link(`customer/${user.username}`) }, user.username)), text: (user) => user.username },
      { title: "Name", cell: (user) => user.profile.displayName ?? "–", text: (user) => user.profile.displayName },
      { title: "Email", cell: (user) => user.profile.email ?? "–", text: (user) => user.profile.email },
      { title: "Since", cell: (user) => h("span", { class: "when" }, day(user.createdAt)), text: (user) => user.createdAt },
      { title: "Role", cell: roleTag, text: (user) => user.role },
      { title: "Logins", cell: (user) => stateTag(user), text: (user) => (user.active ? "allowed" : "disabled") },
    ],
  });
}

const roleTag = ({ role }) => (role === "customer" ? "Customer" : h("span", { class: "tag warn" }, role));

export const stateTag = ({ active }) => (active ? "Allowed" : h("span", { class: "tag bad" }, "Disabled"));
