// Staff actions on an account: change its role, disable or enable its logins, delete it.
import { get, ifMatch, patch, remove } from "../common/api.js";
import { ask } from "../common/dialogs.js";
import { announce, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { words } from "../common/format.js";
import { go, refresh } from "../common/router.js";
import { currentUser, may } from "../common/session.js";
import { announceWithUndo } from "./undo.js";

/** Buttons for the actions that the logged-in account may take on another one. */
export function accountActions(user) {
  const open = (text, label, act, kind = "") => h("button", { type: "button", class: `small ${kind}`, "aria-label": label, click: () => act(user) }, text);
  const { username } = user;
  const actions = [
    may("staff:write") ? open("Change role", `Change role of ${username}`, changeRole) : null,
    may("customers:write") ? (user.active ? open("Disable", `Disable ${username}`, disable) : open("Enable", `Enable ${username}`, enable)) : null,
    may("customers:write") ? open("Delete", `Delete ${username}`, close, "danger") : null,
  ];
  return actions.some(Boolean) ? h("div", { class: "actions" }, actions) : null;
}

const path = ({ username }) => `/api/users/${encodeURIComponent(username)}`;
const warning = ({ username }) => (username === currentUser()?.username ? h("p", { class: "hint warn" }, "This is your own account.") : null);

/** Ask for the new role and show what it permits; if the account changed meanwhile, its current role is shown beside the choice. */
async function changeRole(user, chosen = user.role, meanwhile = null) {
  const roles = await knownRoles(user.role, chosen);
  const options = Object.fromEntries(roles.map(({ name }) => [name, name]));
  const select = field("role", "Role", { options, value: chosen });
  const effect = h("p", { class: "soft", role: "status" });
  const explain = () => (effect.textContent = permits(roles.find(({ name }) => name === select.querySelector("select").value)));
  select.addEventListener("change", explain);
  explain();
  ask({ title: `Change the role of ${user.username}`, button: "Change the role", kind: "primary" }, async ({ role }) => {
    try {
      await patch(path(user), { role }, ifMatch(user.version));
    } catch (error) {
      if (error.status !== 412) throw error;
      const now = await get(path(user));
      setTimeout(() => changeRole(now, role, `Somebody changed ${now.username} meanwhile: the role is ${now.role} now. Change it anyway, or close.`));
      return;
    }
    announce(`${user.username} has the role ${role}.`);
    refresh();
  }, warning(user), meanwhile === null ? null : h("p", { class: "hint warn", role: "alert" }, meanwhile), select, effect);
}

/** The roles that can be given: both built-in ones and, for those who may read them, the shop's own. */
async function knownRoles(...names) {
  const own = may("staff:read") ? (await get("/api/admin/roles", { page: 1, limit: 100 })).items : [];
  const known = [{ name: "customer", permissions: [] }, ...own, { name: "admin", permissions: null }];
  return [...known, ...names.filter((name) => known.every((role) => role.name !== name)).map((name) => ({ name, permissions: [] }))];
}

function permits({ permissions }) {
  if (permissions === null) return "May do everything in the administration.";
  if (permissions.length === 0) return "May buy, and see nothing of the administration.";
  return `May: ${permissions.map((each) => words(each.replace(":", " "))).join(", ")}.`;
}

function disable(user) {
  ask({ title: `Disable ${user.username}?`, button: "Disable", kind: "danger" }, async () => {
    const changed = await patch(path(user), { active: false }, ifMatch(user.version));
    announceWithUndo(`${user.username} is disabled.`, () => patch(path(user), { active: true }, ifMatch(changed.version)));
    refresh();
  }, warning(user), h("p", {}, "All their logins end, and later ones are refused. Their orders stay."));
}

async function enable(user) {
  try {
    await patch(path(user), { active: true }, ifMatch(user.version));
    announce(`${user.username} may log in again.`);
  } catch (error) {
    announce(error.status === 412 ? `Somebody changed ${user.username} meanwhile: this is how it is now.` : error.message, "refused");
  }
  refresh();
}

function close(user) {
  ask({ title: `Delete ${user.username}?`, button: "Delete the account", kind: "danger" }, async () => {
    await remove(path(user), ifMatch(user.version));
    announce(`${user.username} is deleted.`);
    go("customers");
  }, warning(user), h("p", {}, "This cannot be undone. Personal data is removed, all logins end, and the orders stay without a name."));
}
