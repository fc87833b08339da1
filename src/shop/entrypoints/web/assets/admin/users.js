// All users with an account.
import { patch } from "../common/api.js";
import { announce, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { day } from "../common/format.js";
import { refresh } from "../common/router.js";
import { currentUser } from "../common/session.js";
import { listing } from "./listing.js";

export async function users({ query }) {
  return listing({
    title: "Users",
    path: "users",
    address: "/api/users",
    query,
    noun: "user",
    filters: [field("search", "Name or email", { type: "search", value: query.search ?? "", maxlength: 254, autocapitalize: "none", hint: "How it begins" })],
    columns: [
      { title: "Username", cell: (user) => h("th", { scope: "row" }, user.username), text: (user) => user.username },
      { title: "Name", cell: (user) => user.profile.displayName ?? "–", text: (user) => user.profile.displayName },
      { title: "Email", cell: (user) => user.profile.email ?? "–", text: (user) => user.profile.email },
      { title: "Since", cell: (user) => day(user.createdAt), text: (user) => user.createdAt },
      { title: "Role", cell: roleCell, text: (user) => user.role },
      { title: "Active", cell: activeCell, text: (user) => user.active },
    ],
  });
}

function roleCell(user) {
  const select = h("select", { "aria-label": `Role of ${user.username}` }, ["customer", "admin"].map((role) => h("option", { value: role }, role)));
  select.value = user.role;
  select.addEventListener("change", () => change(user, { role: select.value }));
  return select;
}

function activeCell(user) {
  const box = h("input", { type: "checkbox", checked: user.active, "aria-label": `${user.username} may log in` });
  box.addEventListener("change", () => change(user, { active: box.checked }));
  return box;
}

function questionOf({ username }, { role, active }) {
  if (role !== undefined) return `Make ${username} ${role === "admin" ? "an admin, who may do everything here" : `a ${role}`}?`;
  return active ? `Let ${username} log in again?` : `Log ${username} out, and refuse later logins?`;
}

async function change(user, rights) {
  const own = user.username === currentUser()?.username ? "This is your own account. " : "";
  if (!confirm(`${own}${questionOf(user, rights)}`)) return refresh();
  try {
    await patch(`/api/users/${encodeURIComponent(user.username)}`, rights, { "If-Match": `"${user.version}"` });
    announce(`${user.username} is changed.`);
  } catch (error) {
    const text = error.status === 412 ? `Somebody changed ${user.username} meanwhile: this is how it is now.` : error.message;
    announce(text, "refused");
  }
  return refresh();
}
