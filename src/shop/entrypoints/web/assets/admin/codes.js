// Promo codes.
import { patch, post, remove } from "../common/api.js";
import { ask } from "../common/dialogs.js";
import { announce, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { count, day, money } from "../common/format.js";
import { refresh } from "../common/router.js";
import { attempt, listing } from "./listing.js";

export function codes({ query }) {
  return listing({
    title: "Promo codes",
    path: "codes",
    address: "/api/promo-codes",
    query,
    noun: "code",
    nothing: "There is no code yet.",
    actions: h("button", { type: "button", class: "primary", click: create }, "New code"),
    columns: [
      { title: "Code", cell: (code) => h("th", { scope: "row" }, code.code), text: (code) => code.code },
      { title: "Worth", number: true, cell: worth, text: (code) => code.value },
      { title: "Type", cell: (code) => code.type, text: (code) => code.type },
      { title: "From a sum of", number: true, cell: (code) => (code.minSubtotal === null ? "–" : money(code.minSubtotal, code.currency)), text: (code) => code.minSubtotal },
      { title: "Begins", cell: (code) => day(code.startsAt), text: (code) => code.startsAt },
      { title: "Ends", cell: (code) => day(code.endsAt), text: (code) => code.endsAt },
      { title: "Used", number: true, cell: (code) => `${count(code.timesUsed)}${code.usageLimit === null ? "" : ` of ${count(code.usageLimit)}`}`, text: (code) => code.timesUsed },
      { title: "State", cell: state, text: (code) => (code.active ? "active" : "inactive") },
      { title: "", cell: more },
    ],
  });
}

function worth(code) {
  if (code.type === "free_shipping") return "–";
  return code.type === "percent" ? `${code.value} %` : money(code.value, code.currency);
}

function state(code) {
  if (!code.active) return h("span", { class: "tag bad" }, "Off");
  if (code.used) return h("span", { class: "tag warn" }, "Used up or over");
  return h("span", { class: "tag good" }, code.public ? "For everybody" : "On");
}

const path = (code) => `/api/promo-codes/${encodeURIComponent(code.code)}`;

function more(code) {
  const edit = h("button", { type: "button", class: "small", "aria-label": `Change ${code.code}`, click: () => change(code) }, "Change");
  const away = h("button", { type: "button", class: "small danger", "aria-label": `Delete ${code.code}` }, "Delete");
  away.addEventListener("click", async () => {
    if (!confirm(`Delete ${code.code}? Past orders keep it.`)) return;
    await attempt(() => remove(path(code)), `${code.code} is deleted.`);
    refresh();
  });
  return h("div", { class: "actions" }, edit, away);
}

function fields(code = { active: true }) {
  const whole = { type: "number", min: 1, step: 1 };
  return [
    h(
      "div",
      { class: "columns" },
      field("type", "Type", { options: { percent: "Per cent", fixed: "Amount", free_shipping: "Free shipping" }, value: code.type ?? "percent" }),
      field("value", "Worth", { type: "number", min: 0, step: "any", value: code.value ?? "" }),
      field("minSubtotal", "From a sum of", { type: "number", min: 0, step: "any", value: code.minSubtotal ?? "" }),
      field("usageLimit", "Uses in all", { ...whole, value: code.usageLimit ?? "" }),
      field("perCustomerLimit", "Uses by customer", { ...whole, value: code.perCustomerLimit ?? "" }),
      field("startsAt", "Begins (UTC)", { type: "datetime-local", value: code.startsAt?.slice(0, 16) ?? "" }),
      field("endsAt", "Ends (UTC)", { type: "datetime-local", value: code.endsAt?.slice(0, 16) ?? "" }),
    ),
    field("public", "Shown to everybody", { type: "checkbox", checked: code.public }),
    field("active", "Active", { type: "checkbox", checked: code.active }),
  ];
}

function terms(given) {
  const moment = (text) => (text ? `${text}:00Z`.replace(/(:\d\d:\d\d):00Z$/, "$1Z") : null);
  const cleared = { minSubtotal: null, usageLimit: null, perCustomerLimit: null };
  const value = given.type === "free_shipping" ? null : given.value;
  return { ...cleared, ...given, value, startsAt: moment(given.startsAt), endsAt: moment(given.endsAt) };
}

function create() {
  const code = field("code", "Code", { required: true, minlength: 3, maxlength: 40, autocapitalize: "characters" });
  ask({ title: "New promo code", button: "Create" }, async (given) => {
    await post("/api/promo-codes", terms(given));
    announce(`${given.code} is there.`);
    refresh();
  }, code, fields());
}

function change(code) {
  ask({ title: `Change ${code.code}`, button: "Save" }, async (given) => {
    await patch(path(code), terms(given));
    announce(`${code.code} is changed.`);
    refresh();
  }, fields(code));
}
