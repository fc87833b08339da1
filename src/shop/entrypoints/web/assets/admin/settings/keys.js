// API keys: secrets with which programs act for staff.
import { newKey, post } from "../../common/api.js";
import { ask, tell } from "../../common/dialogs.js";
import { h } from "../../common/dom.js";
import { field } from "../../common/forms.js";
import { day, moment } from "../../common/format.js";
import { refresh } from "../../common/router.js";
import { listing } from "../listing.js";
import { permissionGrid, permissionText } from "./permissions.js";
import { secretField } from "./secrets.js";
import { forThose, listOf, removeAfter, saveChanges, saved } from "./shared.js";

const WRITE = "staff:write";

export function keys({ query }) {
  return listing({
    title: "API keys",
    path: "keys",
    address: "/api/admin/api-keys",
    query,
    noun: "key",
    nothing: "There is no key yet. With a key, a program uses the API: a warehouse scanner, your accounting, a website of your own.",
    actions: forThose(WRITE, h("button", { type: "button", class: "primary", click: create }, "New key")),
    columns: [
      { title: "Name", cell: (key) => h("th", { scope: "row" }, key.name), text: (key) => key.name },
      { title: "Begins with", cell: (key) => h("code", {}, `${key.prefix}…`), text: (key) => key.prefix },
      { title: "Permissions", cell: (key) => permissionText(key.permissions), text: (key) => key.permissions.join(" ") },
      { title: "Last used", cell: (key) => (key.lastUsedAt === null ? "Never" : moment(key.lastUsedAt)), text: (key) => key.lastUsedAt },
      { title: "Expires", cell: expiry, text: (key) => key.expiresAt },
      { title: "", cell: more },
    ],
  });
}

function expiry(key) {
  if (key.expiresAt === null) return "Never";
  return new Date(key.expiresAt) < new Date() ? h("span", { class: "tag bad" }, "Expired") : day(key.expiresAt);
}

const path = (key) => `/api/admin/api-keys/${encodeURIComponent(key.id)}`;

function more(key) {
  const edit = h("button", { type: "button", class: "small", "aria-label": `Change ${key.name}`, click: () => change(key) }, "Change");
  const away = h("button", { type: "button", class: "small danger", "aria-label": `Revoke ${key.name}` }, "Revoke");
  away.addEventListener("click", () => removeAfter(`Revoke the key ${key.name}? Programs that use it are refused at once.`, path(key), `${key.name} is revoked.`));
  return forThose(WRITE, h("div", { class: "actions" }, edit, away));
}

function fields(key = { permissions: [] }) {
  return [
    field("name", "Name", { required: true, maxlength: 100, value: key.name ?? "", hint: "What uses it" }),
    field("expiresAt", "Expires at the end of", { type: "date", value: key.expiresAt?.slice(0, 10) ?? "", hint: "Optional; in UTC" }),
    permissionGrid(key.permissions),
  ];
}

const terms = ({ name, permissions, expiresAt }) => ({ name, permissions: listOf(permissions), expiresAt: expiresAt === undefined ? null : `${expiresAt}T23:59:59Z` });

function create() {
  const attempt = newKey();
  ask({ title: "New API key", button: "Create" }, async (given) => {
    const made = await post("/api/admin/api-keys", terms(given), { "Idempotency-Key": attempt });
    refresh();
    tell(
      `The key ${made.name}`,
      h("p", {}, "Copy it now: it is not shown again. Programs send it as ", h("code", {}, "Authorization: Bearer …"), "."),
      secretField("The key", made.secret),
    );
  }, fields());
}

function change(key) {
  ask({ title: `Change ${key.name}`, button: "Save" }, async (given) => {
    const undo = await saveChanges(path(key), key, terms(given), "key");
    saved(`${given.name} is saved.`, undo);
  }, fields(key));
}
