// One product.
import { get } from "../common/api.js";
import { announce, fill, h } from "../common/dom.js";
import { go, here } from "../common/router.js";
import { price, productLink, stockNote } from "./cards.js";
import { addItem, keepForLater } from "./cart.js";
import { loadCategories, pathTo } from "./categories.js";
import { breadcrumbs } from "./crumbs.js";
import { gallery } from "./gallery.js";
import { stepper } from "./stepper.js";
import { firstVariant, variantPicker } from "./variants.js";

const MAX_UNITS = 999;

export async function product({ segments, query }) {
  const [shown, categories] = await Promise.all([load(segments), loadCategories().catch(() => [])]);
  const first = firstVariant(shown, query.variant);
  const pictures = gallery(shown);
  const offer = h("div", { role: "status" });
  const buy = h("div", { class: "buy" });
  const facts = h("div", {});
  const choose = (variant) => {
    fill(offer, variant === null ? missing() : [price({ ...variant, currency: shown.currency }), stockNote(variant)]);
    fill(buy, variant !== null && variant.stock > 0 ? buyForm(shown, variant) : null);
    buy.hidden = buy.childElementCount === 0;
    fill(facts, factList(shown, variant));
    if (variant?.imageUrl) pictures.show(variant.imageUrl);
  };
  const picker = variantPicker(shown, first, (variant) => {
    choose(variant);
    if (variant !== null) history.replaceState(history.state, "", `${location.pathname}?variant=${encodeURIComponent(variant.id)}`);
  });
  choose(first);
  return {
    title: shown.name,
    content: [
      breadcrumbs(pathTo(categories, categories.find(({ id }) => id === shown.categoryIds?.[0])), shown.name),
      h(
        "article",
        { class: "product" },
        pictures.element,
        h("div", { class: "about" }, h("h1", {}, shown.name), offer, picker, buy, shown.description ? h("p", { class: "description" }, shown.description) : null, facts),
      ),
    ],
  };
}

/** `/p/SLUG`, or `/product/ID`; an id, or a former slug, becomes the current slug in the address. */
async function load([kind, name = ""]) {
  const shown = await get(`/api/products/${kind === "p" ? "by-slug/" : ""}${encodeURIComponent(name)}`);
  if (kind !== "p" || shown.slug !== name) history.replaceState(history.state, "", productLink(shown) + location.search);
  return shown;
}

function missing() {
  return h("p", { class: "stock-out" }, "This combination is not available. Choose another one.");
}

function buyForm(shown, variant) {
  let quantity = 1;
  const units = stepper({ label: "Quantity", value: 1, most: Math.min(variant.stock, MAX_UNITS) }, (value) => (quantity = value));
  const add = h("button", { type: "button", class: "primary" }, "Add to cart");
  add.addEventListener("click", async () => {
    if (add.ariaBusy === "true") return;
    add.ariaBusy = "true"; // not disabled, or it would lose the focus
    try {
      await addToCart(shown, variant, quantity);
    } catch (error) {
      announce(error.message, "refused");
    }
    add.ariaBusy = null;
  });
  return h("div", { class: "row" }, units, add);
}

/** Add units to the cart and show it. Where guests may not buy, visitors are sent to the login first. */
async function addToCart({ name }, variant, quantity) {
  try {
    await addItem(variant.id, quantity);
  } catch (error) {
    if (error.code !== "GUESTS_OFF") throw error;
    keepForLater({ itemId: variant.id, quantity, name });
    go("login", { next: here() });
    return;
  }
  const { openCart } = await import("./cartdrawer.js");
  await openCart(name);
}

function factList(shown, variant) {
  const facts = { "Item number": variant?.sku ?? shown.sku, Brand: shown.vendor, Weight: weight(variant?.weight ?? shown.weight), ...attributes(shown) };
  const known = Object.entries(facts).filter(([, value]) => value);
  return known.length ? h("dl", { class: "facts" }, known.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])) : null;
}

function weight(grams) {
  if (!grams) return null;
  return grams < 1000 ? `${grams} g` : `${new Intl.NumberFormat().format(grams / 1000)} kg`;
}

function attributes({ attributes: known = {} }) {
  const text = (value) => (typeof value === "boolean" ? (value ? "Yes" : "No") : String(value));
  return Object.fromEntries(Object.entries(known ?? {}).map(([name, value]) => [name, text(value)]));
}
