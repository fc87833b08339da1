// The cart and its totals.
import { get, patch, put, remove } from "../common/api.js";
import { announce, h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { money } from "../common/format.js";
import { empty, table } from "../common/lists.js";
import { refresh } from "../common/router.js";
import { productLink } from "./cards.js";

export async function cart() {
  const shown = await get("/api/cart");
  if (shown.items.length === 0) {
    const browse = h("a", { class: "button primary", href: "#/products" }, "See the products");
    return { title: "Cart", content: [h("h1", {}, "Cart"), empty("Your cart is empty.", browse)] };
  }
  const orderable = shown.items.every((item) => item.available);
  return {
    title: "Cart",
    content: [
      h("h1", {}, "Cart"),
      lines(shown),
      orderable ? null : h("p", { class: "problem", role: "status" }, "Some of it can't be had as it stands: lower the quantity, or take it out."),
      h(
        "div",
        { class: "beside" },
        promoCode(shown),
        h("div", { class: "panel" }, totals(shown), orderable ? h("a", { class: "button primary", href: "#/checkout" }, "Check out") : null),
      ),
    ],
  };
}

function lines({ items, currency }) {
  const columns = [{ title: "Product" }, { title: "Price", number: true }, { title: "Quantity" }, { title: "Sum", number: true }, { title: "" }];
  const rows = items.map((item) => [
    h("th", { scope: "row" }, h("a", { href: productLink(item.itemId) }, item.name), item.available ? null : h("span", { class: "tag bad" }, "not available")),
    money(item.unitPrice, currency),
    quantity(item),
    money(item.lineTotal, currency),
    h("button", { type: "button", class: "small", "aria-label": `Remove ${item.name}`, click: () => change(remove(path(item))) }, "Remove"),
  ]);
  return table("What is in the cart", columns, rows);
}

const path = (item) => `/api/cart/items/${encodeURIComponent(item.itemId)}`;

function quantity(item) {
  const input = h("input", { class: "quantity", type: "number", min: 1, max: 999, value: item.quantity, "aria-label": `Quantity of ${item.name}` });
  input.addEventListener("change", () => change(patch(path(item), { quantity: Number(input.value) })));
  return input;
}

async function change(request) {
  try {
    await request;
  } catch (error) {
    announce(error.message, "refused");
  }
  refresh();
}

function promoCode(shown) {
  if (shown.promoCode !== null) {
    const drop = h("button", { type: "button", click: () => change(remove("/api/cart/promo-code")) }, "Take it off");
    const problem = shown.promoCodeProblem;
    const without = problem === null ? null : h("p", { class: "note" }, problem.message);
    return h("div", { class: "panel" }, h("p", {}, "Promo code ", h("strong", {}, shown.promoCode)), without, drop);
  }
  return form(
    { button: "Apply", kind: "", class: "panel" },
    async ({ promoCode: code }) => {
      await put("/api/cart/promo-code", { promoCode: code });
      announce("The code is applied.");
      refresh();
    },
    field("promoCode", "Promo code", { required: true, autocomplete: "off", autocapitalize: "characters" }),
  );
}

/** Subtotal, discount and total of a cart or an order. */
export function totals({ subtotal, discount, total, refundedTotal, currency }) {
  const row = (name, amount) => [h("dt", {}, name), h("dd", {}, money(amount, currency))];
  return h(
    "dl",
    { class: "totals" },
    row("Subtotal", subtotal),
    discount > 0 ? row("Discount", -discount) : null,
    row("Total", total),
    refundedTotal > 0 ? row("Refunded", -refundedTotal) : null,
  );
}
