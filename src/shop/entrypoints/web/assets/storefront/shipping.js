// The choice of a shipping method at the checkout, among those for the destination.
import { announce, fill, h } from "../common/dom.js";
import { money } from "../common/format.js";
import { chooseShipping, shippingOptions } from "./cart.js";

/**
 * `{element, show(cart), offer(place)}`: the step of the form, hidden while nothing has to be shipped. `offer` loads
 * the options for `{country, region, postalCode}` and chooses the former method, or else the cheapest one.
 */
export function shippingStep(cart) {
  const list = h("div", { class: "options", role: "status" }, hint("Choose your country to see how we ship there."));
  const element = h("fieldset", { class: "step", hidden: !cart.shippingRequired }, h("legend", {}, "Shipping"), list);
  let chosen = cart.shipping?.methodId;
  let asked = "";

  const choose = async (methodId, place) => {
    chosen = methodId;
    try {
      await chooseShipping({ methodId, ...place });
    } catch (error) {
      announce(error.message, "refused");
    }
  };
  const offer = async (place) => {
    const question = JSON.stringify(place);
    if (element.hidden || !place.country || question === asked) return;
    asked = question;
    const { place: known, items } = await optionsFor(place);
    if (question !== asked) return; // the address has changed meanwhile
    if (items.length === 0) {
      fill(list, h("p", { class: "problem" }, "We don't ship to this address."));
      return;
    }
    const first = items.find(({ methodId }) => methodId === chosen) ?? items[0];
    fill(list, items.map((option) => radio(option, option === first, cart.currency, () => choose(option.methodId, known))));
    await choose(first.methodId, known);
  };
  const show = (changed) => {
    element.hidden = !changed.shippingRequired;
  };
  return { element, show, offer: (place) => offer(place).catch((error) => fill(list, h("p", { class: "problem" }, error.message))) };
}

/** Regions that the shop does not know by name are left out: the country decides then. */
async function optionsFor(place) {
  try {
    return { place, ...(await shippingOptions(place)) };
  } catch (error) {
    if (error.status !== 400 || !place.region) throw error;
    const { region, ...rest } = place;
    return { place: rest, ...(await shippingOptions(rest)) };
  }
}

function radio({ methodId, name, price, deliveryDays }, checked, currency, choose) {
  const input = h("input", { type: "radio", name: "shippingMethod", value: methodId, checked, change: choose });
  const days = deliveryDays ? h("span", { class: "soft small-text" }, duration(deliveryDays)) : null;
  return h("label", { class: "option" }, input, h("span", {}, h("strong", {}, name), days), h("span", { class: "amount" }, price === 0 ? "Free" : money(price, currency)));
}

function duration({ min, max }) {
  return min === max ? `${max} ${max === 1 ? "day" : "days"}` : `${min} to ${max} days`;
}

function hint(text) {
  return h("p", { class: "soft" }, text);
}
