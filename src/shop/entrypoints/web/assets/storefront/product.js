// One product.
import { get } from "../common/api.js";
import { h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { link } from "../common/router.js";
import { addToCart, picture, price, stockNote } from "./cards.js";

export async function product({ segments }) {
  const shown = await get(`/api/products/${encodeURIComponent(segments[1] ?? "")}`);
  return {
    title: shown.name,
    content: h(
      "article",
      { class: "product" },
      picture(shown),
      h(
        "div",
        {},
        shown.category ? h("p", {}, h("a", { href: link("products", { category: shown.category }) }, shown.category)) : null,
        h("h1", {}, shown.name),
        price(shown),
        stockNote(shown) ?? h("p", {}, h("span", { class: "tag good" }, "In stock")),
        h("p", { class: "description" }, shown.description),
        shown.stock > 0 ? order(shown) : null,
        shown.sku ? h("p", { class: "soft" }, `Article ${shown.sku}`) : null,
      ),
    ),
  };
}

function order(shown) {
  const most = Math.min(shown.stock, 999);
  return form(
    { button: "Add to cart", extra: h("a", { href: "#/cart" }, "Go to the cart") },
    ({ quantity }) => addToCart(shown, quantity),
    field("quantity", "How many", { type: "number", min: 1, max: most, step: 1, value: 1, required: true }),
  );
}
