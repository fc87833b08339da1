// Checkout on one page: contact, address, payment, and the sums beside them. The payment follows on the order's page.
import { get, newKey, post } from "../common/api.js";
import { fill, h, meta } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { money } from "../common/format.js";
import { empty } from "../common/lists.js";
import { go, link } from "../common/router.js";
import { addressFields, addressLines, addressOf } from "./addressform.js";
import { followCart, loadCart } from "./cart.js";
import { lineLink, optionsOf, promoCode, totals } from "./lines.js";
import { picture } from "./pictures.js";

export async function checkout() {
  const [me, { items: saved }, cart] = await Promise.all([get("/api/auth/me"), get("/api/users/me/addresses"), loadCart()]);
  if (cart.items.length === 0) {
    const browse = h("a", { class: "button primary", href: link("products") }, "See the products");
    return { title: "Check out", content: [h("h1", {}, "Check out"), empty("Your cart is empty.", browse)] };
  }
  const summary = followCart(h("aside", { class: "panel", "aria-label": "Your order" }), sums, fill);
  fill(summary, sums(cart));
  return { title: "Check out", content: [h("h1", {}, "Check out"), h("div", { class: "beside" }, orderForm(cart, me.profile, saved), summary)] };
}

function orderForm(cart, profile, saved) {
  let shown = cart;
  let key = newKey(); // reused after a lost response, so it stays one order; changed input gets a new key
  const element = form(
    { button: orderButton(cart), "aria-label": "Check out" },
    async (given) => {
      const answer = await post("/api/cart/checkout", body(given, shown.total), { "Idempotency-Key": key }).catch(async (error) => {
        key = newKey();
        throw await explained(error, shown);
      });
      await loadCart();
      go(`orders/${answer.order.id}`, {}, { replace: true });
    },
    contact(profile),
    h("fieldset", { class: "step" }, h("legend", {}, "Shipping address"), address(profile, saved)),
    payment(),
    terms(),
  );
  element.addEventListener("input", () => (key = newKey()));
  return followCart(element, (changed) => changed, (_element, changed) => {
    shown = changed;
    key = newKey();
    element.querySelector("button[type=submit]").textContent = orderButton(changed);
  });
}

const orderButton = ({ total, currency }) => `Order for ${money(total, currency)}`;

/** What the shop refused, in the words of this page; the sums beside the form are those of this moment. */
async function explained(error, before) {
  if (!["PRICE_CHANGED", "OUT_OF_STOCK", "CART_EMPTY"].includes(error.code)) return error;
  const now = await loadCart();
  if (error.code === "PRICE_CHANGED") {
    error.message = `The total has changed from ${money(before.total, before.currency)} to ${money(now.total, now.currency)}. Check it, then order again.`;
  } else {
    const gone = now.items.filter(({ available }) => !available).map(({ name }) => name);
    error.message = `${gone.length ? `Not available as it stands: ${gone.join(", ")}.` : error.message} Change your cart before you order.`;
  }
  error.details = {};
  return error;
}

function body({ addressId, email, phone, paymentMethod, termsAccepted, ...given }, expectedTotal) {
  const chosen = { ...(paymentMethod && { paymentMethod }), ...(termsAccepted && { termsAccepted: true }) };
  const to = addressOf(given);
  const where = addressId ? { addressId } : { shippingAddress: to };
  return { expectedTotal, ...chosen, contact: { email, name: given.contactName ?? to.name, phone }, ...where };
}

function contact(profile) {
  return h(
    "fieldset",
    { class: "step" },
    h("legend", {}, "Contact"),
    field("email", "Email", { type: "email", autocomplete: "email", required: true, value: profile.email ?? "", hint: "Your order's confirmation goes here." }),
  );
}

/** A saved address or a new one. */
function address(profile, saved) {
  const fields = h("div", {}, addressFields({ name: profile.displayName }));
  if (saved.length === 0) return fields;
  const choose = (id) => {
    fields.hidden = id !== "";
    for (const input of fields.querySelectorAll("input, select")) input.disabled = fields.hidden;
  };
  const first = saved.find(({ isDefault }) => isDefault) ?? saved[0];
  const option = (id, checked, ...content) => {
    const input = h("input", { type: "radio", name: "addressId", value: id, checked });
    input.addEventListener("change", () => choose(id));
    return h("label", { class: "option" }, input, h("span", {}, content));
  };
  choose(first.id);
  return h(
    "div",
    {},
    h(
      "div",
      { class: "options" },
      saved.map((each) => option(each.id, each === first, each.label ? h("strong", {}, each.label) : null, addressLines(each))),
      option("", false, h("strong", {}, "Another address")),
    ),
    fields,
  );
}

const METHODS = { card: "By card", transfer: "By bank transfer" };

/** The choice of payment method, if there are several. */
function payment() {
  const offered = meta("payment-methods").split(",");
  if (offered.length < 2) return null;
  const option = (method, index) =>
    h("label", { class: "option" }, h("input", { type: "radio", name: "paymentMethod", value: method, checked: index === 0 }), h("span", {}, h("strong", {}, METHODS[method])));
  return h("fieldset", { class: "step" }, h("legend", {}, "Payment"), h("div", { class: "options" }, offered.map(option)));
}

function terms() {
  if (!meta("terms-version")) return null;
  const page = meta("terms-page");
  return [
    field("termsAccepted", `I accept the shop's terms (${meta("terms-version")})`, { type: "checkbox", required: true }),
    page ? h("p", {}, h("a", { href: page, target: "_blank" }, "Read the terms")) : null,
  ];
}

function sums(cart) {
  const line = (item) =>
    h(
      "li",
      { class: "line small" },
      picture(item),
      h("div", { class: "what" }, h("a", { href: lineLink(item) }, item.name), optionsOf(item), h("p", { class: item.available ? "soft small-text" : "problem" }, item.available ? `Quantity ${item.quantity}` : "Not available as it stands")),
      h("span", { class: "amount" }, money(item.lineTotal, cart.currency)),
    );
  return [
    h("h2", {}, "Your order"),
    h("ul", { class: "lines" }, cart.items.map(line)),
    promoCode(cart),
    totals(cart),
    h("a", { href: link("cart") }, "Change the cart"),
  ];
}
