// The cart's own page.
import { fill, h, refill } from "../common/dom.js";
import { empty } from "../common/lists.js";
import { link } from "../common/router.js";
import { followCart, loadCart } from "./cart.js";
import { cartLines, promoCode, totals } from "./lines.js";

export async function cart() {
  const page = followCart(h("div", {}), content, refill);
  fill(page, content(await loadCart()));
  return { title: "Cart", content: [h("h1", {}, "Cart"), h("p", { class: "lead" }, "Shipping and tax are calculated at checkout, before you order."), page] };
}

function content(shown) {
  if (shown.items.length === 0) return empty("Your cart is empty.", h("a", { class: "button primary", href: link("products") }, "See the products"));
  const orderable = shown.items.every((item) => item.available);
  return h(
    "div",
    { class: "beside" },
    cartLines(shown),
    h(
      "aside",
      { class: "panel", "aria-label": "Summary" },
      h("h2", {}, "Summary"),
      promoCode(shown),
      totals(shown),
      orderable
        ? h("a", { class: "button primary wide", href: link("checkout"), "data-keep": "checkout" }, "Check out")
        : h("p", { class: "problem", role: "status" }, "Some items are not available as they stand. Lower their quantity or remove them to go on."),
    ),
  );
}
