// Changes of several products at once: prices by percent, in or out of the catalogue, categories, and a file of them.
import { get, ifMatch, patch, put } from "../common/api.js";
import { saveCsv } from "../common/csv.js";
import { ask } from "../common/dialogs.js";
import { announce, fill, h, meta } from "../common/dom.js";
import { field } from "../common/forms.js";
import { money, plural } from "../common/format.js";
import { table } from "../common/lists.js";
import { categoryPicker } from "./categorypicker.js";
import { changeAll } from "./changeall.js";

const MAX_PREVIEWED = 50;
const LOADED_AT_ONCE = 6;

const path = (id) => `/api/products/${encodeURIComponent(id)}`;

/** The actions on selected products; `columns` are the columns of the file. */
export function bulkActions(categories, columns) {
  return [
    { text: "Change prices", run: (items) => changePrices(items) },
    { text: "Activate", allows: (item) => !item.active, run: (items) => switchAll(items, true) },
    { text: "Deactivate", allows: (item) => item.active, run: (items) => switchAll(items, false) },
    { text: "Set category", run: (items) => setCategories(items, categories) },
    { text: "Export", run: (items) => exportAll(items, columns) },
  ];
}

function exportAll(items, columns) {
  saveCsv("products", columns.map(({ title }) => title), items.map((item) => columns.map(({ text }) => text(item))));
  announce(`${plural(items.length, "row")} exported.`);
}

function switchAll(items, active) {
  changeAll({ title: active ? "Put into the catalogue" : "Switch off", items, change: (item) => patched(item.id, item.version, { active }, { active: !active }) });
}

/** Change fields of a product; returns a function that undoes it. */
async function patched(id, version, fields, before) {
  const changed = await patch(path(id), fields, ifMatch(version));
  return () => patch(path(id), before, ifMatch(changed.version));
}

function setCategories(items, categories) {
  const chosen = [];
  const way = field("way", "How", { options: { add: "Add to the categories that they have", replace: "Replace the categories that they have" }, value: "add" });
  ask(
    { title: `Categories of ${plural(items.length, "product")}`, button: "Set categories" },
    ({ way: how }) => {
      if (how === "add" && chosen.length === 0) throw Object.assign(new Error("Choose a category first."), { status: 400 });
      const wanted = ({ categoryIds }) => (how === "add" ? [...new Set([...categoryIds, ...chosen])] : chosen);
      changeAll({ title: "Set categories", items, change: (item) => patched(item.id, item.version, { categoryIds: wanted(item) }, { categoryIds: item.categoryIds }) });
    },
    way,
    categoryPicker({ chosen, categories, changed: () => undefined, main: true, label: "Categories" }),
  );
}

/** Prices of products and of all their variants, by percent, shown before they are changed. */
async function changePrices(items) {
  let full;
  try {
    full = await loadFull(items);
  } catch (error) {
    announce(error.message, "refused");
    return;
  }
  const preview = h("div", { class: "bulk-preview" });
  const percent = field("percent", "Change in per cent", { type: "number", step: "any", min: -100, max: 1000, required: true, hint: "-10 makes everything a tenth cheaper." });
  const input = percent.querySelector("input");
  const show = () => fill(preview, input.value === "" || !input.checkValidity() ? h("p", { class: "soft" }, "The new prices appear here.") : previewOf(full, Number(input.value)));
  input.addEventListener("input", show);
  show();
  ask(
    { title: `Prices of ${plural(items.length, "product")}`, button: "Change prices" },
    (given) => changeAll({ title: "Change prices", items: full, change: (item) => reprice(item, given.percent) }),
    percent,
    preview,
  );
}

/** The products with their variants. */
async function loadFull(items) {
  const full = [];
  for (let at = 0; at < items.length; at += LOADED_AT_ONCE) full.push(...(await Promise.all(items.slice(at, at + LOADED_AT_ONCE).map(({ id }) => get(path(id))))));
  return full;
}

function previewOf(items, percent) {
  const rows = items.flatMap((item) => item.variants.map((variant) => [[item.name, ...Object.values(variant.options)].join(" / "), money(variant.price, item.currency), money(changedPrice(variant.price, percent), item.currency)]));
  const columns = [{ title: "Product" }, { title: "Now", number: true }, { title: "Then", number: true }];
  const rest = rows.length - MAX_PREVIEWED;
  return [table("Prices before and after", columns, rows.slice(0, MAX_PREVIEWED)), rest > 0 ? h("p", { class: "soft" }, `And ${plural(rest, "more price", "more prices")}.`) : null];
}

/** Change all prices of a product in one request; returns a function that undoes it, nothing if no price changes. */
async function reprice(item, percent) {
  const after = item.variants.map(({ price }) => changedPrice(price, percent));
  if (item.variants.every(({ price }, index) => price === after[index])) return undefined;
  const changed = await setPrices(item, item.version, after);
  return () => setPrices(item, changed.version, item.variants.map(({ price }) => price));
}

function setPrices(item, version, prices) {
  if (item.options.length === 0) return patch(path(item.id), { price: prices[0] }, ifMatch(version));
  const variants = item.variants.map(({ id }, index) => ({ id, price: prices[index] }));
  return put(`${path(item.id)}/variants`, { options: item.options.map(({ name }) => name), variants }, ifMatch(version));
}

/** The price, changed and rounded half up to the step in which the currency can be paid. */
export function changedPrice(price, percent, step = meta("price-step") || "0.01") {
  const decimals = (step.split(".")[1] ?? "").length;
  const steps = Math.floor((price * (100 + percent)) / 100 / Number(step) + 0.5 + 1e-9);
  return Number((steps * Number(step)).toFixed(decimals));
}
