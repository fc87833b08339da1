// The cart beside the page.
import { fill, h, refill } from "../common/dom.js";
import { link } from "../common/router.js";
import { followCart, loadCart } from "./cart.js";
import { openDrawer } from "./drawer.js";
import { cartLines, totals } from "./lines.js";

/** Open the cart's drawer; `added` is the name of what was just added. */
export async function openCart(added) {
  const cart = await loadCart();
  const inside = followCart(h("div", {}), content, refill);
  const footer = followCart(h("footer", {}), summary, fill);
  fill(inside, content(cart));
  fill(footer, summary(cart));
  const dialog = openDrawer({ title: "Your cart" }, [added ? h("p", { class: "hint", role: "status" }, `${added} is in your cart.`) : null, inside], footer);
  window.addEventListener("view-changed", () => dialog.close(), { once: true });
}

function content(cart) {
  if (cart.items.length > 0) return cartLines(cart);
  return h("div", { class: "empty" }, h("p", {}, "Your cart is empty."), h("a", { class: "button primary", href: link("products") }, "See the products"));
}

function summary(cart) {
  if (cart.items.length === 0) return null;
  const orderable = cart.items.every((item) => item.available);
  return [
    totals(cart),
    h(
      "div",
      { class: "actions" },
      orderable ? h("a", { class: "button primary wide", href: link("checkout") }, "Check out") : null,
      h("a", { class: "button wide", href: link("cart") }, "Go to the cart"),
    ),
  ];
}
