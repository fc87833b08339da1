// Settles the conflict when somebody else changes a product that is being edited: a three-way merge, and the user's choice.
import { fill, freshId, h } from "../common/dom.js";
import { keyOf, same, VARIANT_FIELDS } from "./draft.js";
import { FIELDS } from "./productfields.js";

const LABELS = {
  ...Object.fromEntries(Object.entries(FIELDS).map(([name, { label }]) => [name, label])),
  categoryIds: "Categories", attributes: "Attributes", images: "Pictures", grid: "Options and variants",
  price: "Price", compareAtPrice: "Price before", sku: "SKU", barcode: "Barcode", weight: "Weight",
};
const OWN_FIELDS = [...Object.keys(FIELDS), "categoryIds", "attributes", "images"];

/**
 * Merge `mine`, which began as `base`, with `theirs`. Returns `{merged, changes}`: what they changed, as
 * `{label, mine, theirs, take}`. Where I changed the same, `mine` is set and `take` puts their value into `merged`.
 */
export function merge(base, mine, theirs) {
  const merged = structuredClone(mine);
  const changes = [];
  const compare = (label, before, my, their, put) => {
    if (same(before, their) || same(my, their)) return;
    if (same(my, before)) put(their);
    changes.push({ label, theirs: their, ...(!same(my, before) && { mine: my, take: () => put(their) }) });
  };
  for (const field of OWN_FIELDS) compare(LABELS[field], base[field], mine[field], theirs[field], (value) => (merged[field] = value));
  if (same(shape(base), shape(theirs)) || same(shape(base), shape(mine))) mergeVariants(base, mine, theirs, merged, compare);
  else compare(LABELS.grid, shape(base), shape(mine), shape(theirs), () => takeGrid(merged, theirs));
  keepStored(merged, theirs);
  return { merged, changes };
}

/** The ids of the variants, without their terms. */
function shape({ options, variants }) {
  return { options: options.map(({ name }) => name), variants: variants.map((variant) => [variant.id ?? null, ...variant.options]) };
}

function mergeVariants(base, mine, theirs, merged, compare) {
  if (same(shape(base), shape(mine))) {
    if (!same(shape(base), shape(theirs))) compare(LABELS.grid, shape(base), shape(mine), shape(theirs), () => takeGrid(merged, theirs, mine));
  }
  for (const variant of merged.variants.filter(({ id }) => id !== undefined)) {
    const [before, my, their] = [base, mine, theirs].map(({ variants }) => variants.find(({ id }) => id === variant.id));
    if (before === undefined || my === undefined || their === undefined) continue;
    for (const field of VARIANT_FIELDS) {
      const label = [my.options.join(" / "), LABELS[field].toLowerCase()].filter(Boolean).join(": ");
      compare(label, before[field], my[field], their[field], (value) => (variant[field] = value));
    }
  }
}

/** Take their options and variants; what I changed of a variant that both have stays. */
function takeGrid(merged, theirs, mine = theirs) {
  merged.options = structuredClone(theirs.options);
  merged.variants = theirs.variants.map((their) => structuredClone(mine.variants.find(({ id }) => id === their.id) ?? their));
}

/** Stock is not edited here, and a variant that they deleted is created again if I keep it. */
function keepStored(merged, theirs) {
  for (const variant of merged.variants) {
    const stored = theirs.variants.find(({ id }) => id === variant.id);
    if (stored !== undefined) variant.stock = stored.stock;
    else if (variant.id !== undefined) {
      const again = theirs.variants.find(({ options }) => keyOf(options) === keyOf(variant.options));
      if (again === undefined) Object.assign(variant, { id: undefined, stock: 0 });
      else Object.assign(variant, { id: again.id, stock: again.stock });
    }
  }
}

/** A panel with the other user's changes. `settle` is called after the choice, with the chosen values in the draft. */
export function conflictPanel(changes, describe, settle) {
  const title = freshId("conflict");
  const theirsAlone = changes.filter(({ take }) => take === undefined);
  const both = changes.filter(({ take }) => take !== undefined);
  const chosen = new Map(both.map((change) => [change, false]));
  const choice = (change) => {
    const name = freshId("choice");
    const radio = (text, value, theirs) => {
      const id = freshId("pick");
      const input = h("input", { type: "radio", id, name, checked: !theirs, change: () => chosen.set(change, theirs) });
      return h("div", { class: "field check" }, input, h("label", { for: id }, h("strong", {}, text), " ", describe(value)));
    };
    return h("fieldset", { class: "choice" }, h("legend", {}, change.label), radio("Yours:", change.mine, false), radio("Theirs:", change.theirs, true));
  };
  const use = h("button", { type: "button", class: "primary" }, "Save with these");
  use.addEventListener("click", () => {
    for (const [change, theirs] of chosen) if (theirs) change.take();
    settle();
  });
  const panel = h("section", { class: "panel conflict-panel", role: "alertdialog", "aria-labelledby": title, tabindex: -1 });
  return fill(
    panel,
    h("h2", { id: title }, "Somebody else changed this product meanwhile"),
    h("p", {}, "Nothing of what you entered is lost."),
    theirsAlone.length ? [h("p", {}, "Also changed, and kept as it is now:"), h("ul", {}, theirsAlone.map(({ label, theirs }) => h("li", {}, h("strong", {}, label), ": ", describe(theirs))))] : null,
    both.length ? [h("p", {}, "You both changed:"), both.map(choice)] : null,
    h("div", { class: "actions" }, use),
  );
}
