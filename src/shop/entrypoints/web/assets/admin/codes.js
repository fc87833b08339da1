// Promo codes.
import { get, newKey, patch, post, remove } from "../common/api.js";
import { ask } from "../common/dialogs.js";
import { announce, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { count, day, money, plural } from "../common/format.js";
import { refresh } from "../common/router.js";
import { may } from "../common/session.js";
import { categoryPicker } from "./categorypicker.js";
import { itemPicker } from "./itempicker.js";
import { lesson, listing } from "./listing.js";
import { announceWithUndo } from "./undo.js";

const TYPES = { percent: "Per cent", fixed: "Amount", free_shipping: "Free shipping" };
const MAX_TARGETS = 250;

export function codes({ query }) {
  return listing({
    title: "Promo codes",
    path: "codes",
    address: "/api/promo-codes",
    query,
    noun: "code",
    nothing: lesson("No promo codes yet", "A code takes a part off the price, an amount, or the shipping: for everybody, once per customer, or for chosen products alone.", creation("Create the first code")),
    actions: creation("New code"),
    fileColumns: [
      { title: "Type", text: (code) => code.type },
      { title: "Begins", text: (code) => code.startsAt },
      { title: "Ends", text: (code) => code.endsAt },
    ],
    columns: [
      { title: "Code", cell: (code) => h("th", { scope: "row", class: "nowrap" }, code.code), text: (code) => code.code },
      { title: "Worth", number: true, cell: worth, text: (code) => code.value },
      { title: "Applies to", cell: appliesTo, text: appliesTo },
      { title: "Minimum", number: true, cell: (code) => (code.minSubtotal === null ? "–" : money(code.minSubtotal, code.currency)), text: (code) => code.minSubtotal },
      { title: "When", cell: (code) => h("span", { class: "when" }, whenParts(code).map((part) => h("span", {}, part))), text: (code) => whenParts(code).join(" ") },
      { title: "Used", number: true, cell: used, text: (code) => code.timesUsed },
      { title: "State", cell: state, text: (code) => (code.active ? "active" : "inactive") },
      { title: "", cell: more },
    ],
  });
}

function creation(text) {
  return may("promotions:write") ? h("button", { type: "button", class: "primary", click: create }, text) : null;
}

function appliesTo({ itemIds, categoryIds }) {
  const parts = [categoryIds.length ? plural(categoryIds.length, "category", "categories") : null, itemIds.length ? plural(itemIds.length, "product") : null];
  return parts.filter(Boolean).join(", ") || "Everything";
}

function whenParts({ startsAt, endsAt }) {
  if (startsAt === null && endsAt === null) return ["Always"];
  return [startsAt === null ? "" : `from ${day(startsAt)}`, endsAt === null ? "" : `to ${day(endsAt)}`].filter(Boolean);
}

function used(code) {
  const all = code.usageLimit === null ? "" : ` of ${count(code.usageLimit)}`;
  const each = code.perCustomerLimit === null ? null : h("div", { class: "soft small-text" }, `${count(code.perCustomerLimit)} per customer`);
  return [`${count(code.timesUsed)}${all}`, each];
}

function worth(code) {
  if (code.type === "free_shipping") return TYPES.free_shipping;
  return code.type === "percent" ? `${code.value} %` : money(code.value, code.currency);
}

function state(code) {
  if (!code.active) return h("span", { class: "tag bad" }, "Off");
  if (code.used) return h("span", { class: "tag warn" }, "Ended");
  return h("span", { class: "tag good" }, code.public ? "Public" : "On");
}

const path = (code) => `/api/promo-codes/${encodeURIComponent(code.code)}`;

function more(code) {
  if (!may("promotions:write")) return null;
  const edit = h("button", { type: "button", class: "small", "aria-label": `Change ${code.code}`, click: () => change(code) }, "Change");
  const away = h("button", { type: "button", class: "small danger", "aria-label": `Delete ${code.code}` }, "Delete");
  away.addEventListener("click", () => drop(code));
  return h("div", { class: "actions" }, activation(code), edit, away);
}

/** A button that switches a code on or off. */
function activation(code) {
  const text = code.active ? "Switch off" : "Switch on";
  const press = h("button", { type: "button", class: "small", "aria-label": `${text}: ${code.code}` }, text);
  press.addEventListener("click", async () => {
    await undoable(() => patch(path(code), { active: !code.active }), `${code.code} is switched ${code.active ? "off" : "on"}.`, () => patch(path(code), { active: code.active }));
  });
  return press;
}

/** Delete a code. One that was never used can come back; of others, the shop would forget who used them. */
async function drop(code) {
  const lost = code.timesUsed > 0 ? ` It was used ${plural(code.timesUsed, "time")}: this cannot be undone. Switch it off to keep its count.` : "";
  if (!confirm(`Delete ${code.code}? Past orders keep it.${lost}`)) return;
  const { timesUsed, used: over, currency, ...known } = code;
  const key = newKey();
  const restore = () => post("/api/promo-codes", known, { "Idempotency-Key": key });
  await undoable(() => remove(path(code)), `${code.code} is deleted.`, timesUsed > 0 ? undefined : restore);
}

async function undoable(act, done, undo) {
  try {
    await act();
    if (undo === undefined) announce(done);
    else announceWithUndo(done, undo);
  } catch (error) {
    announce(error.message, "refused");
  }
  refresh();
}

/** The fields of a code; `targets` are the ids that it is limited to, edited in place. */
function fields(code, targets, categories) {
  const whole = { type: "number", min: 1, step: 1 };
  const type = field("type", "Type", { options: TYPES, value: code.type ?? "percent" });
  const value = field("value", "Worth", { type: "number", min: 0, step: "any", required: true, value: code.value ?? "" });
  const [select, input] = [type.querySelector("select"), value.querySelector("input")];
  const follow = () => {
    input.disabled = value.hidden = select.value === "free_shipping";
    value.querySelector("label").firstChild.data = select.value === "percent" ? "Worth in per cent" : "Worth";
  };
  select.addEventListener("change", follow);
  follow();
  const chosen = h("input", { type: "hidden", name: "targets", value: JSON.stringify(targets) }); // unsaved ones are asked about
  const changed = () => (chosen.value = JSON.stringify(targets));
  return [
    h(
      "div",
      { class: "columns" },
      type,
      value,
      field("minSubtotal", "From a sum of", { type: "number", min: 0, step: "any", value: code.minSubtotal ?? "" }),
      field("usageLimit", "Uses in all", { ...whole, value: code.usageLimit ?? "" }),
      field("perCustomerLimit", "Uses by customer", { ...whole, value: code.perCustomerLimit ?? "" }),
      field("startsAt", "Begins (UTC)", { type: "datetime-local", value: code.startsAt?.slice(0, 16) ?? "" }),
      field("endsAt", "Ends (UTC)", { type: "datetime-local", value: code.endsAt?.slice(0, 16) ?? "" }),
    ),
    h(
      "fieldset",
      {},
      h("legend", {}, "Applies to"),
      h("p", { class: "soft small-text" }, "Everything, unless you choose products or categories. The sum above counts them alone then."),
      categoryPicker({ chosen: targets.categoryIds, categories, changed, creates: false, max: MAX_TARGETS }),
      itemPicker({ chosen: targets.itemIds, changed }),
    ),
    chosen,
    field("public", "Shown to everybody", { type: "checkbox", checked: code.public }),
    field("active", "Active", { type: "checkbox", checked: code.active }),
  ];
}

function terms({ targets, ...given }) {
  const moment = (text) => (text ? `${text}:00Z`.replace(/(:\d\d:\d\d):00Z$/, "$1Z") : null);
  const cleared = { value: null, minSubtotal: null, usageLimit: null, perCustomerLimit: null };
  return { ...cleared, ...given, ...JSON.parse(targets), startsAt: moment(given.startsAt), endsAt: moment(given.endsAt) };
}

async function allCategories() {
  try {
    return (await get("/api/categories")).items;
  } catch (error) {
    announce(error.message, "refused");
    return [];
  }
}

async function create() {
  const code = field("code", "Code", { required: true, minlength: 3, maxlength: 40, autocapitalize: "characters" });
  const key = newKey();
  ask({ title: "New promo code", button: "Create" }, async (given) => {
    await post("/api/promo-codes", terms(given), { "Idempotency-Key": key });
    announce(`${given.code} is there.`);
    refresh();
  }, code, fields({ active: true }, { itemIds: [], categoryIds: [] }, await allCategories()));
}

async function change(code) {
  const targets = { itemIds: [...code.itemIds], categoryIds: [...code.categoryIds] };
  ask({ title: `Change ${code.code}`, button: "Save" }, async (given) => {
    const changed = await patch(path(code), terms(given));
    const before = Object.fromEntries(Object.keys(terms(given)).filter((name) => JSON.stringify(changed[name]) !== JSON.stringify(code[name])).map((name) => [name, code[name]]));
    announceWithUndo(`${code.code} is changed.`, () => patch(path(code), before));
    refresh();
  }, fields(code, targets, await allCategories()));
}
