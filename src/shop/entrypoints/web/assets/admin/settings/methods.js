// Shipping methods: their rates, by subtotal and weight.
import { newKey, post } from "../../common/api.js";
import { ask } from "../../common/dialogs.js";
import { h, meta } from "../../common/dom.js";
import { field } from "../../common/forms.js";
import { count, money } from "../../common/format.js";
import { saveChanges, saved } from "./shared.js";

const BOUNDS = ["minSubtotal", "maxSubtotal", "minWeight", "maxWeight"];

/** "$4.90 · from $50.00 · below 2,000 g" */
export function rateText(rate) {
  const within = (low, high, text) => [low === null ? null : `from ${text(low)}`, high === null ? null : `below ${text(high)}`];
  const bounds = [...within(rate.minSubtotal, rate.maxSubtotal, (amount) => money(amount)), ...within(rate.minWeight, rate.maxWeight, (grams) => `${count(grams)} g`)];
  return [rate.price === 0 ? "Free" : money(rate.price), ...bounds].filter(Boolean).join(" · ");
}

export function daysText(days) {
  if (days === null) return "–";
  return days.min === days.max ? `${days.min} ${days.max === 1 ? "day" : "days"}` : `${days.min} to ${days.max} days`;
}

const path = (method) => `/api/admin/shipping-methods/${encodeURIComponent(method.id)}`;
export const methodPath = path;

export function createMethod(zone) {
  const key = newKey();
  ask({ title: `New method for ${zone.name}`, button: "Create" }, async (given) => {
    await post("/api/admin/shipping-methods", { zoneId: zone.id, ...terms(given) }, { "Idempotency-Key": key });
    saved(`${given.name} ships to ${zone.name}.`);
  }, fields());
}

export function changeMethod(method, zones) {
  const zone = field("zoneId", "Zone", { options: zones.map(({ id, name }) => [id, name]), value: method.zoneId });
  ask({ title: `Change ${method.name}`, button: "Save" }, async (given) => {
    const undo = await saveChanges(path(method), method, { zoneId: given.zoneId, ...terms(given) }, "shipping method");
    saved(`${given.name} is saved.`, undo);
  }, fields(method), zone);
}

function fields(method = {}) {
  const days = method.deliveryDays ?? {};
  const whole = { type: "number", min: 0, step: 1 };
  return [
    field("name", "Name", { required: true, maxlength: 100, value: method.name ?? "", hint: "As buyers see it, such as Standard or Express" }),
    rateFields(method.rates ?? [{ price: "" }]),
    h(
      "div",
      { class: "columns" },
      field("deliveryDays.min", "Days, at least", { ...whole, value: days.min ?? "" }),
      field("deliveryDays.max", "Days, at most", { ...whole, value: days.max ?? "" }),
      field("taxClass", "Tax class", { required: true, maxlength: 40, value: method.taxClass ?? "standard" }),
    ),
    field("description", "Description", { type: "textarea", value: method.description ?? "" }),
    field("active", "Offered to buyers", { type: "checkbox", checked: method.active ?? true }),
  ];
}

/** The rates, each a group of fields; the cheapest that matches an order counts. */
function rateFields(rates) {
  let made = 0;
  const list = h("div", { class: "rates" });
  const number = () => [...list.children].forEach((group, index) => {
    group.querySelector("legend").textContent = `Rate ${index + 1}`;
    group.querySelector(".remove").hidden = list.children.length === 1;
    group.querySelector(".remove").setAttribute("aria-label", `Remove rate ${index + 1}`);
    for (const input of group.querySelectorAll("input")) {
      input.name = `rates.${index}.${input.name.split(".").at(-1)}`;
    }
  });
  const add = (rate) => {
    made += 1;
    const amount = (name, label, properties) => field(`rates.${made}.${name}`, label, { type: "number", min: 0, step: "any", value: rate[name] ?? "", ...properties });
    const grams = { step: 1 };
    const away = h("button", { type: "button", class: "small remove" }, "Remove");
    const group = h(
      "fieldset",
      { class: "rate" },
      h("legend", {}),
      h(
        "div",
        { class: "columns tight" },
        amount("price", `Price (${meta("currency")})`, { required: true }),
        amount("minSubtotal", "Subtotal from"),
        amount("maxSubtotal", "Subtotal below"),
        amount("minWeight", "Grams from", grams),
        amount("maxWeight", "Grams below", grams),
      ),
      away,
    );
    away.addEventListener("click", () => {
      group.remove();
      number();
      more.focus();
    });
    list.append(group);
    number();
    return group;
  };
  const more = h("button", { type: "button", class: "small", click: () => add({}).querySelector("input").focus() }, "Add a rate");
  rates.forEach(add);
  return h("div", {}, list, h("p", { class: "soft small-text" }, "Bounds are optional. If several rates match an order, the cheapest counts."), h("p", {}, more));
}

function terms(given) {
  const rates = [];
  for (const [name, value] of Object.entries(given)) {
    const [group, index, part] = name.split(".");
    if (group === "rates") (rates[index] ??= Object.fromEntries(BOUNDS.map((bound) => [bound, null])))[part] = value;
  }
  const least = given["deliveryDays.min"];
  const most = given["deliveryDays.max"];
  const deliveryDays = least === undefined && most === undefined ? null : { min: least ?? most, max: most ?? least };
  return { name: given.name, description: given.description ?? null, active: given.active, taxClass: given.taxClass, rates, deliveryDays };
}
