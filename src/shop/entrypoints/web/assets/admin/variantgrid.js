// Options and variants of a product: a grid with one row per variant; without options, the terms of the only variant.
import { announce, fill, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { count, plural } from "../common/format.js";
import { adjustStock } from "./adjuststock.js";
import { noted, noteOf } from "./attributes.js";
import { keyOf, missingCombinations, newVariant } from "./draft.js";
import { optionsEditor } from "./options.js";

const MAX_OPTIONS = 3;
const MAX_VARIANTS = 100;

const TERMS = {
  price: { title: "Price", type: "number", required: true, step: "any", min: 0 },
  compareAtPrice: { title: "Price before", type: "number", step: "any", min: 0, hint: "Above the price: on sale" },
  sku: { title: "SKU", maxlength: 64, hint: "Your own number for it" },
  barcode: { title: "Barcode", maxlength: 64, hint: "EAN, UPC or ISBN" },
  weight: { title: "Weight (g)", type: "number", step: 1, min: 0 },
};

/**
 * Edit `draft.options` and `draft.variants`; `changed` is called on every change, and `stockChanged` with the product
 * after stock was adjusted, which happens at once. `settle` takes over values that were typed but not added yet.
 */
export function variantsEditor(draft, { item, changed, stockChanged }) {
  const element = h("section", { class: "panel", "aria-labelledby": "section-variants" });
  let options;
  const render = () => {
    options = optionsEditor(draft, { storedRows, changed, restructured });
    fill(element, h("h2", { id: "section-variants" }, draft.options.length ? "Variants" : "Price and stock"), draft.options.length ? [options.element, generator(), grid()] : single(), addOption());
  };
  const storedRows = (rows) => rows.filter(({ id }) => id !== undefined).length;
  const restructured = (focus) => {
    render();
    changed();
    if (focus !== undefined) element.querySelector(focus)?.focus();
  };
  const single = () =>
    h("div", { class: "columns" }, Object.keys(TERMS).map((name) => termField(draft.variants[0], name)), stockField(draft.variants[0]));
  const addOption = () => {
    if (draft.options.length >= MAX_OPTIONS) return null;
    const add = h("button", { type: "button", class: "small add-option" }, draft.options.length ? "Add another option" : "Add options like size or colour");
    add.addEventListener("click", () => {
      draft.options.push({ name: "", values: [] });
      for (const variant of draft.variants) variant.options.push("");
      restructured(`[data-option="${draft.options.length - 1}"] .option-name`);
    });
    return add;
  };
  const generator = () => {
    const missing = missingCombinations(draft);
    const room = MAX_VARIANTS - draft.variants.length;
    if (missing.length === 0) return null;
    if (missing.length > room) return h("p", { class: "hint warn" }, `All combinations would be ${count(missing.length + draft.variants.length)} variants. A product has at most ${MAX_VARIANTS}.`);
    const press = h("button", { type: "button", class: "primary generate" }, `Add ${plural(missing.length, "missing combination")}`);
    press.addEventListener("click", () => {
      const like = draft.variants[0];
      draft.variants.push(...missing.map((options) => newVariant(options, like)));
      sortRows(draft);
      announce(`${plural(missing.length, "variant")} added.`);
      restructured(".variant-grid");
    });
    return press;
  };
  const grid = () => {
    const titles = ["Variant", "Picture", ...Object.values(TERMS).map(({ title }) => title), "Stock", "On sale"];
    const head = h("tr", {}, titles.map((title) => h("th", { scope: "col" }, title)), h("td", {}));
    const table = h("table", { class: "records" }, h("caption", { class: "visually-hidden" }, "Variants"), h("thead", {}, head), h("tbody", {}, draft.variants.map(row)));
    return h("div", { class: "scroll variant-grid", tabindex: "0", role: "region", "aria-label": "Table of variants" }, table);
  };
  const row = (variant, index) => {
    const name = variant.options.map((value) => value || "?").join(" / ");
    const away = h("button", { type: "button", class: "small quiet", "aria-label": `Remove ${name}`, disabled: draft.variants.length === 1 }, "Remove");
    away.addEventListener("click", () => {
      draft.variants.splice(index, 1);
      restructured(".variant-grid");
    });
    const active = h("input", { type: "checkbox", checked: variant.active, "aria-label": `${name} is on sale` });
    active.addEventListener("change", () => set(variant, "active", active.checked));
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, name),
      labelled("Picture", pictureOf(variant, name)),
      Object.keys(TERMS).map((term) => labelled(TERMS[term].title, termCell(variant, term, name, index))),
      labelled("Stock", stockOf(variant, name, index)),
      labelled("On sale", active),
      h("td", {}, away),
    );
  };
  const set = (variant, name, value) => {
    variant[name] = value;
    changed();
  };
  const listen = (input, variant, name) => {
    const number = TERMS[name].type === "number";
    input.addEventListener("input", () => set(variant, name, number ? (input.value === "" ? null : Number(input.value)) : input.value));
    return input;
  };
  const termField = (variant, name) => {
    const { title, ...terms } = TERMS[name];
    const made = field(`variants[0].${name}`, title, { ...terms, value: variant[name] ?? "" });
    listen(made.querySelector("input"), variant, name);
    return made;
  };
  const termCell = (variant, name, of, index) => {
    const { title, hint, type = "text", ...terms } = TERMS[name];
    const input = h("input", { name: `variants[${index}].${name}`, type, class: type === "number" ? "short" : "medium", "aria-label": `${title} of ${of}`, value: variant[name] ?? "", ...terms, ...noted() });
    return [listen(input, variant, name), noteOf(input)];
  };
  const stockField = (variant) => {
    if (variant.id === undefined) {
      const made = field("variants[0].stock", "Stock", { type: "number", min: 0, step: 1, required: true, value: variant.stock });
      listenStock(made.querySelector("input"), variant);
      return made;
    }
    return h("div", { class: "field" }, h("span", { class: "field-title" }, "Stock"), stockButton(variant, item.name));
  };
  const listenStock = (input, variant) => input.addEventListener("input", () => set(variant, "stock", Number(input.value)));
  const stockOf = (variant, name, index) => {
    if (variant.id !== undefined) return stockButton(variant, name);
    const input = h("input", { name: `variants[${index}].stock`, type: "number", class: "short", min: 0, step: 1, required: true, value: variant.stock, "aria-label": `Stock of ${name}`, ...noted() });
    listenStock(input, variant);
    return [input, noteOf(input)];
  };
  const stockButton = (variant, name) => {
    const shown = h("span", { class: "stock-count" }, count(variant.stock));
    const press = h("button", { type: "button", class: "small", "aria-label": `Adjust the stock of ${name}` }, "Adjust");
    press.addEventListener("click", () =>
      adjustStock({ productId: item.id, variant, name }, (product) => {
        stockChanged(product);
        fill(shown, count(variant.stock));
      }));
    return h("div", { class: "cell start" }, shown, press);
  };
  const pictureOf = (variant, name) => {
    const choices = [["", "–"], ...draft.images.map(({ url, alt }, index) => [url, `${index + 1}${alt ? `: ${alt}` : ""}`])];
    if (variant.imageUrl && !choices.some(([url]) => url === variant.imageUrl)) choices.push([variant.imageUrl, "Other address"]);
    const select = h("select", { "aria-label": `Picture of ${name}` }, choices.map(([value, text]) => h("option", { value }, text)));
    select.value = variant.imageUrl;
    const frame = h("span", { class: "thumb" });
    const show = () => {
      const small = draft.images.find(({ url }) => url === variant.imageUrl)?.widths?.[0]?.url ?? variant.imageUrl;
      fill(frame, small ? h("img", { src: small, alt: "", width: 40, height: 40 }) : null);
    };
    select.addEventListener("change", () => {
      set(variant, "imageUrl", select.value);
      show();
    });
    show();
    return h("div", { class: "cell start" }, frame, select);
  };
  render();
  return { element, render, settle: () => options.settle() };
}

/** A cell with its column's title, which small screens show beside it. */
function labelled(title, content) {
  return h("td", { "data-label": title }, h("div", {}, content));
}

/** Variants in the order of the options' values. */
function sortRows(draft) {
  const place = ({ options }) => options.map((value, index) => draft.options[index].values.findIndex((each) => keyOf([each]) === keyOf([value])));
  const compare = (one, other) => {
    const [a, b] = [place(one), place(other)];
    const at = a.findIndex((position, index) => position !== b[index]);
    return at < 0 ? 0 : a[at] - b[at];
  };
  draft.variants.sort(compare);
}
