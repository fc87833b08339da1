// Product cards, prices and stock hints.
import { h } from "../common/dom.js";
import { money } from "../common/format.js";
import { link } from "../common/router.js";
import { picture } from "./pictures.js";

const LOW_STOCK = 5;

export function productLink(product) {
  return product.slug ? link(`p/${encodeURIComponent(product.slug)}`) : link(`product/${encodeURIComponent(product.id)}`);
}

/** A grid of products; the pictures of the first `eager` ones are loaded at once. */
export function cards(products, eager = 4) {
  return h("ul", { class: "cards" }, products.map((product, index) => card(product, index < eager)));
}

function card(product, eager) {
  const frame = picture(product, { eager });
  if (product.stock === 0) frame.append(h("span", { class: "ribbon" }, "Sold out"));
  else if (isOnSale(product)) frame.append(h("span", { class: "ribbon sale" }, `−${percentOff(product)} %`));
  return h(
    "li",
    { class: product.stock === 0 ? "card sold-out" : "card" },
    frame,
    h("h3", {}, h("a", { href: productLink(product) }, product.name)),
    price(product),
    choices(product),
    product.stock > 0 && product.stock <= LOW_STOCK ? stockNote(product) : null,
  );
}

function choices({ options = [] }) {
  if (options.length === 0) return null;
  return h("p", { class: "soft" }, options.map(({ name, values }) => `${values.length} × ${name}`).join(", "));
}

/** The price of a product or a variant, with the former price if it is reduced. */
export function price(product) {
  const from = product.priceTo > product.priceFrom ? "from " : "";
  const now = h("span", { class: "price" }, from, money(product.price, product.currency));
  if (!isOnSale(product)) return h("p", { class: "prices" }, now);
  const before = h("s", {}, h("span", { class: "visually-hidden" }, "instead of "), money(product.compareAtPrice, product.currency));
  const prior = product.priorPrice === null || product.priorPrice === undefined
    ? null
    : h("span", { class: "prior" }, `Lowest price in the 30 days before: ${money(product.priorPrice, product.currency)}`);
  return h("p", { class: "prices reduced" }, now, " ", before, prior);
}

export const isOnSale = ({ price: now, compareAtPrice }) => compareAtPrice !== null && compareAtPrice > now;

function percentOff({ price: now, compareAtPrice }) {
  return Math.max(1, Math.floor((1 - now / compareAtPrice) * 100));
}

export function stockNote({ stock }) {
  if (stock === 0) return h("p", { class: "stock-out" }, "Sold out");
  if (stock <= LOW_STOCK) return h("p", { class: "stock-low" }, `Only ${stock} left`);
  return h("p", { class: "stock-in" }, "In stock");
}
