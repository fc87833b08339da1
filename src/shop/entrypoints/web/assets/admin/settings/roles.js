// Roles of staff.
import { newKey, post } from "../../common/api.js";
import { ask } from "../../common/dialogs.js";
import { h } from "../../common/dom.js";
import { field } from "../../common/forms.js";
import { day } from "../../common/format.js";
import { link } from "../../common/router.js";
import { listing } from "../listing.js";
import { permissionGrid, permissionText } from "./permissions.js";
import { forThose, listOf, removeAfter, saveChanges, saved } from "./shared.js";

const WRITE = "staff:write";

export function roles({ query }) {
  return listing({
    title: "Roles",
    path: "roles",
    address: "/api/admin/roles",
    query,
    noun: "role",
    nothing: "There is no role yet. A role defines what staff may see and change here; an admin may do everything.",
    intro: h("p", { class: "soft" }, "You give people a role on their page in the list of ", h("a", { href: link("customers") }, "customers"), ". Nobody can give more than they have themselves."),
    actions: forThose(WRITE, h("button", { type: "button", class: "primary", click: create }, "New role")),
    columns: [
      { title: "Name", cell: (role) => h("th", { scope: "row" }, role.name), text: (role) => role.name },
      { title: "Permissions", cell: (role) => permissionText(role.permissions), text: (role) => role.permissions.join(" ") },
      { title: "Since", cell: (role) => day(role.createdAt), text: (role) => role.createdAt },
      { title: "", cell: more },
    ],
  });
}

const path = (role) => `/api/admin/roles/${encodeURIComponent(role.id)}`;

function more(role) {
  const edit = h("button", { type: "button", class: "small", "aria-label": `Change ${role.name}`, click: () => change(role) }, "Change");
  const away = h("button", { type: "button", class: "small danger", "aria-label": `Delete ${role.name}` }, "Delete");
  away.addEventListener("click", () => removeAfter(`Delete the role ${role.name}?`, path(role), `${role.name} is deleted.`));
  return forThose(WRITE, h("div", { class: "actions" }, edit, away));
}

function fields(role = { permissions: [] }) {
  return [field("name", "Name", { required: true, maxlength: 50, value: role.name ?? "" }), permissionGrid(role.permissions)];
}

const terms = ({ name, permissions }) => ({ name, permissions: listOf(permissions) });

function create() {
  const key = newKey();
  ask({ title: "New role", button: "Create" }, async (given) => {
    await post("/api/admin/roles", terms(given), { "Idempotency-Key": key });
    saved(`${given.name} is there. Give it to people on their pages in the list of customers.`);
  }, fields());
}

function change(role) {
  ask({ title: `Change ${role.name}`, button: "Save" }, async (given) => {
    const undo = await saveChanges(path(role), role, terms(given), "role");
    saved(`${given.name} is saved. It applies to all its users.`, undo);
  }, fields(role));
}
