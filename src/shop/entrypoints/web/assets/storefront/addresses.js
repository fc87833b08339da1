// The customer's saved addresses.
import { get, post, put, remove } from "../common/api.js";
import { ask } from "../common/dialogs.js";
import { announce, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { empty } from "../common/lists.js";
import { refresh } from "../common/router.js";
import { accountHead } from "./account.js";
import { addressFields, addressLines, addressOf } from "./addressform.js";

const PATH = "/api/users/me/addresses";

export async function addresses() {
  const { items } = await get(PATH);
  const add = h("button", { type: "button", class: "primary", click: () => edit() }, "Add an address");
  return {
    title: "Addresses",
    content: [
      accountHead("Your addresses", "addresses"),
      items.length ? [h("ul", { class: "saved" }, items.map(card)), add] : empty("No address is saved yet. Add one, and the checkout takes less typing.", add),
    ],
  };
}

function card(address) {
  const name = address.label ?? address.name;
  const act = (text, click) => h("button", { type: "button", class: "link", "aria-label": `${text}: ${name}`, click }, text);
  return h(
    "li",
    { class: "panel" },
    h("h2", { class: "visually-hidden" }, name),
    h("div", { class: "actions" }, address.label ? h("strong", {}, address.label) : null, address.isDefault ? h("span", { class: "tag good" }, "Default") : null),
    addressLines(address),
    h(
      "div",
      { class: "actions" },
      act("Edit", () => edit(address)),
      address.isDefault ? null : act("Make default", () => save(address, { isDefault: true })),
      act("Delete", () => drop(address)),
    ),
  );
}

function edit(address) {
  const title = address ? "Edit the address" : "New address";
  ask({ title, button: "Save" }, async (given) => {
    const written = { ...addressOf(given), label: given.label, isDefault: given.isDefault || (address?.isDefault ?? false) };
    await (address ? put(`${PATH}/${address.id}`, written) : post(PATH, written));
    announce("The address is saved.");
    refresh();
  }, addressFields(address), field("label", "Label", { value: address?.label ?? "", maxlength: 50, hint: "Optional: Home, Work" }),
  address?.isDefault ? null : field("isDefault", "Use it by default", { type: "checkbox" }));
}

async function save({ id, createdAt, ...address }, change) {
  await attempt(() => put(`${PATH}/${id}`, { ...address, ...change }), "The default address is changed.");
}

async function drop(address) {
  if (confirm("Delete this address? Orders keep it.")) await attempt(() => remove(`${PATH}/${address.id}`), "The address is deleted.");
}

async function attempt(act, done) {
  try {
    await act();
    announce(done);
  } catch (error) {
    announce(error.message, "refused");
  }
  refresh();
}
