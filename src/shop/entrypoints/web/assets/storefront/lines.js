// The lines of a cart, the promo code and the totals: the same in the drawer, on the cart's page and at the checkout.
import { announce, h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { money } from "../common/format.js";
import { applyCode, dropCode, loadCart, removeItem, setQuantity } from "./cart.js";
import { productLink } from "./cards.js";
import { picture } from "./pictures.js";
import { stepper } from "./stepper.js";

export function cartLines(cart) {
  return h("ul", { class: "lines", "aria-label": "What is in the cart" }, cart.items.map((item) => line(item, cart.currency)));
}

function line(item, currency) {
  const away = h("button", { type: "button", class: "link", "aria-label": `Remove ${item.name}`, click: () => attempt(() => removeItem(item.itemId)) }, "Remove");
  return h(
    "li",
    { class: "line" },
    picture(item),
    h(
      "div",
      { class: "what" },
      h("div", { class: "head" }, h("a", { href: lineLink(item) }, item.name), h("span", { class: "amount" }, money(item.lineTotal, currency))),
      optionsOf(item),
      h("p", { class: "soft small-text" }, `${money(item.unitPrice, currency)} each`),
      item.available ? null : h("p", { class: "problem" }, "Not available as it stands: lower the quantity or remove it."),
      h(
        "div",
        { class: "row" },
        stepper({ label: `Quantity of ${item.name}`, value: item.quantity, keep: item.itemId }, (quantity) => attempt(() => setQuantity(item.itemId, quantity))),
        away,
      ),
    ),
  );
}

/** The product's page with the variant of a line chosen. */
export function lineLink({ productId, productSlug, itemId, options = {} }) {
  const page = productLink({ id: productId ?? itemId, slug: productSlug });
  return Object.keys(options ?? {}).length ? `${page}?variant=${encodeURIComponent(itemId)}` : page;
}

/** "Size: M, Colour: Sand", or null without options. */
export function optionsOf({ options }) {
  const chosen = Object.entries(options ?? {});
  return chosen.length ? h("p", { class: "soft small-text" }, chosen.map(([name, value]) => `${name}: ${value}`).join(", ")) : null;
}

async function attempt(change) {
  try {
    await change();
  } catch (error) {
    announce(error.message, "refused");
    await loadCart().catch(() => undefined);
  }
}

export function promoCode(cart) {
  if (cart.promoCode === null) {
    return h("details", { class: "code" }, h("summary", { "data-keep": "code" }, "Have a promo code?"), codeForm());
  }
  const drop = h("button", { type: "button", class: "link", "data-keep": "code", click: () => attempt(dropCode) }, "Remove code");
  const problem = cart.promoCodeProblem ? h("p", { class: "problem" }, cart.promoCodeProblem.message) : null;
  return [h("div", { class: "applied" }, h("span", {}, "Code ", h("strong", {}, cart.promoCode)), drop), problem];
}

function codeForm() {
  return form(
    { button: "Apply", kind: "" },
    async ({ promoCode: code }) => {
      await applyCode(code);
      announce("The code is applied.");
    },
    field("promoCode", "Promo code", { required: true, autocomplete: "off", autocapitalize: "characters" }),
  );
}

/** The sums of a cart or an order. */
export function totals(sums) {
  const { subtotal, discount, total, refundedTotal = 0, shipping, taxes = [], pricesIncludeTax = false, currency } = sums;
  const amount = (value) => money(value, currency);
  const row = (name, text, kind) => [h("dt", { class: kind }, name), h("dd", { class: kind }, text)];
  const tax = taxes.map(({ name, rate, tax: sum }) => row(taxName(name, rate, pricesIncludeTax), amount(sum), pricesIncludeTax ? "soft" : undefined));
  return h(
    "dl",
    { class: "totals" },
    row("Subtotal", amount(subtotal)),
    discount > 0 ? row("Discount", amount(-discount), "less") : null,
    shipping ? row(`Shipping: ${shipping.name}`, shipping.price === 0 ? "Free" : amount(shipping.price)) : null,
    pricesIncludeTax ? null : tax,
    row("Total", amount(total), "sum"),
    pricesIncludeTax ? tax : null,
    refundedTotal > 0 ? row("Refunded", amount(-refundedTotal), "less") : null,
  );
}

function taxName(name, rate, included) {
  const text = rate > 0 ? `${name} (${rate} %)` : name;
  return included && rate > 0 ? `including ${text}` : text;
}
