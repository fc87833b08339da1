// Checkout: recipient and address; the payment follows on the order's page.
import { get, newKey, post } from "../common/api.js";
import { h, meta } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { money } from "../common/format.js";
import { empty } from "../common/lists.js";
import { go } from "../common/router.js";
import { totals } from "./cart.js";

export async function checkout() {
  const [cart, me] = await Promise.all([get("/api/cart"), get("/api/auth/me")]);
  if (cart.items.length === 0) return { title: "Check out", content: [h("h1", {}, "Check out"), empty("Your cart is empty.")] };
  let key = newKey(); // reused after a lost response, so it stays one order; changed input gets a new key
  const order = form(
    { button: `Order for ${money(cart.total, cart.currency)}`, class: "panel" },
    async (given) => {
      const answer = await post("/api/cart/checkout", body(given, cart.total), { "Idempotency-Key": key }).catch(explain);
      go(`order/${answer.order.id}`);
    },
    contact(me.profile),
    address(),
    payment(),
    terms(),
  );
  order.addEventListener("input", () => (key = newKey()));
  const summary = h("aside", { class: "panel", "aria-label": "Your order" }, h("h2", {}, "Your order"), items(cart), totals(cart));
  return { title: "Check out", content: [h("h1", {}, "Check out"), h("div", { class: "beside" }, order, summary)] };
}

function explain(error) {
  if (["PRICE_CHANGED", "OUT_OF_STOCK"].includes(error.code)) error.message += " Look at your cart again before you order.";
  throw error;
}

function body({ email, phone, fullName, paymentMethod, termsAccepted, ...address }, expectedTotal) {
  const chosen = { ...(paymentMethod && { paymentMethod }), ...(termsAccepted && { termsAccepted: true }) };
  return { expectedTotal, ...chosen, contact: { name: fullName, email, phone }, shippingAddress: { name: fullName, ...address } };
}

const METHODS = { card: "By card", transfer: "By bank transfer" };

/** The choice of payment method, if there are several. */
function payment() {
  const offered = meta("payment-methods").split(",");
  if (offered.length < 2) return null;
  const options = Object.fromEntries(offered.map((method) => [method, METHODS[method]]));
  return h("fieldset", {}, h("legend", {}, "Payment"), field("paymentMethod", "How you pay", { options }));
}

function terms() {
  if (!meta("terms-version")) return null;
  return field("termsAccepted", `I accept the shop's terms (${meta("terms-version")})`, { type: "checkbox", required: true });
}

function contact(profile) {
  return h(
    "fieldset",
    {},
    h("legend", {}, "Contact"),
    field("fullName", "Name", { autocomplete: "name", required: true, value: profile.displayName ?? "" }),
    h(
      "div",
      { class: "columns" },
      field("email", "Email", { type: "email", autocomplete: "email", required: true, value: profile.email ?? "" }),
      field("phone", "Phone", { type: "tel", autocomplete: "tel" }),
    ),
  );
}

function address() {
  return h(
    "fieldset",
    {},
    h("legend", {}, "Shipping address"),
    field("line1", "Street and number", { autocomplete: "address-line1", required: true }),
    field("line2", "Further details", { autocomplete: "address-line2" }),
    h(
      "div",
      { class: "columns" },
      field("postalCode", "Postal code", { autocomplete: "postal-code", required: true }),
      field("city", "City", { autocomplete: "address-level2", required: true }),
      field("region", "State or region", { autocomplete: "address-level1" }),
      field("country", "Country (two letters)", { autocomplete: "country", required: true, maxlength: 2, minlength: 2, autocapitalize: "characters" }),
    ),
  );
}

function items({ items: lines, currency }) {
  return h("ul", { class: "plain" }, lines.map((line) => h("li", {}, h("span", {}, `${line.quantity} × ${line.name}`), h("span", {}, money(line.lineTotal, currency)))));
}
