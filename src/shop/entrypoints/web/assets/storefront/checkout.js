// Checkout on one page: contact, address, payment, and the sums beside them. The payment follows on the order's page.
import { get, newKey } from "../common/api.js";
import { fill, h, meta } from "../common/dom.js";
import { field, form, values } from "../common/forms.js";
import { money } from "../common/format.js";
import { empty } from "../common/lists.js";
import { go, link } from "../common/router.js";
import { currentUser } from "../common/session.js";
import { addressFields, addressLines, addressOf } from "./addressform.js";
import { checkOut, followCart, loadCart } from "./cart.js";
import { lineLink, optionsOf, promoCode, totals } from "./lines.js";
import { keepOrderToken } from "./ordertokens.js";
import { picture } from "./pictures.js";
import { shippingStep } from "./shipping.js";

export async function checkout() {
  const [buyer, cart] = await Promise.all([loadBuyer(), loadCart()]);
  const head = [h("h1", {}, "Check out"), h("p", { class: "lead" }, "You see the total with shipping and tax before you order.")];
  if (cart.items.length === 0) {
    const browse = h("a", { class: "button primary", href: link("products") }, "See the products");
    return { title: "Check out", content: [head, empty("Your cart is empty.", browse)] };
  }
  const summary = followCart(h("aside", { class: "panel", "aria-label": "Your order" }), sums, fill);
  fill(summary, sums(cart));
  return { title: "Check out", content: [head, h("div", { class: "beside" }, orderForm(cart, buyer), summary)] };
}

/** The customer's stored data; nothing for a guest. */
async function loadBuyer() {
  if (currentUser() === null) return { profile: {}, saved: [] };
  const [{ profile }, { items: saved }] = await Promise.all([get("/api/auth/me"), get("/api/users/me/addresses")]);
  return { profile, saved };
}

function orderForm(cart, { profile, saved }) {
  let expected = cart.total;
  let key = newKey(); // reused after a lost response, so it stays one order; changed input gets a new key
  const to = address(profile, saved);
  const shipping = shippingStep(cart);
  const element = form(
    { button: orderButton(cart.total, cart.currency), kind: "primary wide", "aria-label": "Check out" },
    async (given) => {
      const { order, orderToken } = await checkOut(body(given, expected), key).catch(async (error) => {
        throw await explained(error, expected, cart.currency, given.vatId, (total) => update({ ...cart, total }));
      });
      if (orderToken) keepOrderToken(order.id, orderToken);
      await loadCart();
      go(`orders/${order.id}`, {}, { replace: true });
    },
    contact(profile),
    h("fieldset", { class: "step" }, h("legend", {}, "Shipping address"), to.element),
    shipping.element,
    payment(),
    terms(),
  );
  const update = ({ total, currency }) => {
    expected = total;
    key = newKey();
    element.querySelector("button[type=submit]").textContent = orderButton(total, currency);
  };
  element.addEventListener("input", () => (key = newKey()));
  to.element.addEventListener("change", () => shipping.offer(to.place(values(element))));
  void shipping.offer(to.place(values(element)));
  return followCart(element, (changed) => changed, (_element, changed) => {
    shipping.show(changed);
    update(changed);
  });
}

const orderButton = (total, currency) => `Order for ${money(total, currency)}`;

/** The shop's refusal in the words of this page, with the current sums beside the form. */
async function explained(error, before, currency, vatId, expect) {
  if (error.code === "PRICE_CHANGED") {
    const now = await loadCart();
    const total = error.details.total ?? now.total;
    expect(total); // taxed at the address, which the cart may not know yet
    const why = vatId && total < before ? " Your business pays the tax itself (reverse charge)." : "";
    error.message = `The total has changed from ${money(before, currency)} to ${money(total, currency)}.${why} Check it, then order again.`;
  } else if (["OUT_OF_STOCK", "CART_EMPTY"].includes(error.code)) {
    const gone = (await loadCart()).items.filter(({ available }) => !available).map(({ name }) => name);
    error.message = `${gone.length ? `Not available as it stands: ${gone.join(", ")}.` : error.message} Change your cart before you order.`;
  } else if (error.code === "SHIPPING_REQUIRED") {
    error.message = "Choose how we ship before you order.";
  } else {
    return error;
  }
  error.details = {};
  return error;
}

function body({ addressId, email, vatId, paymentMethod, termsAccepted, ...given }, expectedTotal) {
  const chosen = { ...(paymentMethod && { paymentMethod }), ...(termsAccepted && { termsAccepted: true }) };
  const to = addressOf(given);
  const where = addressId ? { addressId } : { shippingAddress: to };
  return { expectedTotal, ...chosen, contact: { email, name: to.name, phone: to.phone, vatId }, ...where };
}

function contact(profile) {
  return h(
    "fieldset",
    { class: "step" },
    h("legend", {}, "Contact"),
    currentUser() === null ? h("p", {}, "Already a customer? ", h("a", { href: link("login", { next: "checkout" }) }, "Log in")) : null,
    field("email", "Email", { type: "email", autocomplete: "email", required: true, value: profile.email ?? "", hint: "Your order's confirmation goes here." }),
    h("details", { class: "further" }, h("summary", {}, "Buying for a business?"), field("vatId", "VAT id", { autocomplete: "off", hint: "With the country's letters: DE136695976." })),
  );
}

/** A saved address or a new one: `{element, place(values)}`, the place as the form's values name it. */
function address(profile, saved) {
  const placeOf = ({ country, region, postalCode }) => ({ country, region: region ?? undefined, postalCode: postalCode ?? undefined });
  const fields = h("div", {}, addressFields({ name: profile.displayName }));
  if (saved.length === 0) return { element: fields, place: placeOf };
  const choose = (id) => {
    fields.hidden = id !== "";
    for (const input of fields.querySelectorAll("input, select")) input.disabled = fields.hidden;
  };
  const first = saved.find(({ isDefault }) => isDefault) ?? saved[0];
  const option = (id, checked, ...content) => {
    const input = h("input", { type: "radio", name: "addressId", value: id, checked, change: () => choose(id) });
    return h("label", { class: "option" }, input, h("span", {}, content));
  };
  choose(first.id);
  const options = saved.map((each) => option(each.id, each === first, each.label ? h("strong", {}, each.label) : null, addressLines(each)));
  return {
    element: h("div", {}, h("div", { class: "options" }, options, option("", false, h("strong", {}, "Another address"))), fields),
    place: (given) => placeOf(saved.find(({ id }) => id === given.addressId) ?? given),
  };
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
