// Product cards and pictures.
import { post } from "../common/api.js";
import { announce, h } from "../common/dom.js";
import { money } from "../common/format.js";
import { go, link } from "../common/router.js";
import { currentUser } from "../common/session.js";

export const productLink = (id) => link(`product/${encodeURIComponent(id)}`);

export function cards(products) {
  return h("ul", { class: "cards" }, products.map(card));
}

function card(product) {
  return h(
    "li",
    { class: "card" },
    picture(product),
    h("h3", {}, h("a", { href: productLink(product.id) }, product.name)),
    h("p", { class: "soft" }, product.category ?? ""),
    price(product),
    stockNote(product),
  );
}

/** The product's picture, or the first letter of its name if it has none. */
export function picture(product) {
  const letter = h("span", { class: "letter", "aria-hidden": "true" }, product.name.trim().charAt(0).toUpperCase());
  const shade = [...product.name].reduce((sum, sign) => sum + sign.codePointAt(0), 0) % 6;
  const frame = h("div", { class: `picture shade-${shade}` }, letter);
  if (/^(https:\/\/|\/(?!\/))/.test(product.imageUrl ?? "")) {
    const image = h("img", { src: product.imageUrl, alt: "", loading: "lazy", decoding: "async" });
    image.addEventListener("error", () => image.replaceWith(letter));
    letter.replaceWith(image);
  }
  return frame;
}

export function price(product) {
  const now = h("strong", { class: "price" }, money(product.price, product.currency));
  if (!isOnSale(product)) return h("p", { class: "prices" }, now);
  const before = h("s", {}, h("span", { class: "visually-hidden" }, "instead of "), money(product.compareAtPrice, product.currency));
  return h("p", { class: "prices" }, now, " ", before);
}

const isOnSale = (product) => product.compareAtPrice !== null && product.compareAtPrice > product.price;

export function stockNote({ stock }) {
  if (stock === 0) return h("p", {}, h("span", { class: "tag bad" }, "Sold out"));
  if (stock <= 5) return h("p", {}, h("span", { class: "tag warn" }, `Only ${stock} left`));
  return null;
}

/** Add units of a product to the cart; visitors who aren't logged in are sent to the login first. */
export async function addToCart(product, quantity) {
  if (currentUser() === null) {
    go("login", { next: `product/${product.id}` });
    return;
  }
  await post("/api/cart/items", { itemId: product.id, quantity });
  announce(`${product.name} is in your cart.`);
}
