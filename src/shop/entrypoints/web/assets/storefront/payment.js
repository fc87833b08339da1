// Paying for an order: with the sandbox's card, which simulates every outcome, or with Stripe's own form.
import { get, post } from "../common/api.js";
import { announce, fill, h, meta } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { money, moment } from "../common/format.js";
import { refresh } from "../common/router.js";
import { callOrder } from "./ordertokens.js";

/** The payment form of a payable order; null for other orders. */
export function payment(order) {
  if (!["pending", "failed"].includes(order.status)) return null;
  const { clientSecret, instructions, provider } = order.payment;
  if (instructions) return frame(order, h("p", { class: "instructions" }, instructions));
  if (!clientSecret) return unavailable(order);
  return provider === "stripe" ? stripe(order, clientSecret) : sandbox(order, clientSecret);
}

function frame(order, ...content) {
  const declined = order.status === "failed" ? h("p", { class: "problem", role: "status" }, "The card was declined. Try again or use another one.") : null;
  return h("section", { class: "panel payment", "aria-label": "Payment" }, h("h2", {}, "Payment"), declined, deadline(order), content);
}

/** Until when an unpaid order is kept. */
function deadline({ createdAt, payment: { provider } }) {
  const method = provider === "manual" ? "transfer" : "card";
  const seconds = Number(meta("payment-terms").split(",")[meta("payment-methods").split(",").indexOf(method)]);
  if (!seconds) return null;
  const end = new Date(Date.parse(createdAt) + seconds * 1000);
  const text = [h("strong", {}, "Please pay by ", h("time", { datetime: end.toISOString() }, moment(end))), ". After that, the order is cancelled and its items go back on sale."];
  return h("p", { class: "hint warn deadline" }, text);
}

function unavailable(order) {
  const again = form({ button: "Try again" }, async () => {
    await callOrder("POST", order.id, "/payment");
    refresh();
  });
  return frame(order, h("p", {}, "Your order is kept, but its payment isn't ready yet."), again);
}

function sandbox(order, secret) {
  const path = `/api/sandbox/payments/${encodeURIComponent(secret)}`;
  const pay = form(
    { button: `Pay ${money(order.total, order.currency)}` },
    async ({ outcome }) => {
      const { status } = await get(path);
      if (status !== "succeeded") await post(`${path}/confirm`, { outcome });
      announce(outcome === "succeeded" ? "Paid. Thank you." : "The card was declined.", outcome === "succeeded" ? "done" : "refused");
      refresh();
    },
    h("p", {}, "This is a test shop: you need no card, and pay nothing."),
    field("outcome", "What the card does", { options: { succeeded: "It pays", failed: "It is declined" } }),
  );
  return frame(order, pay);
}

function stripe(order, clientSecret) {
  const key = meta("stripe-key");
  if (!key) return frame(order, h("p", {}, "Card payments are not set up yet. Your order is kept."));
  const place = h("div", { class: "stripe" }, h("p", { class: "progress", role: "status" }, "Loading Stripe's form …"));
  let elements;
  let client;
  const pay = form({ button: `Pay ${money(order.total, order.currency)}` }, async () => {
    if (client === undefined) return;
    const { error } = await client.confirmPayment({ elements, redirect: "if_required", confirmParams: { return_url: location.href } });
    if (error) throw Object.assign(new Error(error.message), { status: 402 });
    announce("Thank you. The order shows as paid when the bank has confirmed it.");
    refresh();
  }, place);
  loadStripe()
    .then((Stripe) => {
      client = Stripe(key);
      const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe";
      elements = client.elements({ clientSecret, appearance: { theme } });
      fill(place);
      elements.create("payment").mount(place);
    })
    .catch(() => fill(place, h("p", { class: "problem", role: "alert" }, "Stripe's form can't be loaded. Try again later.")));
  return frame(order, pay);
}

let loading;

function loadStripe() {
  loading ??= new Promise((resolve, reject) => {
    const script = h("script", { src: "https://js.stripe.com/v3/", async: true });
    script.addEventListener("load", () => resolve(window.Stripe));
    script.addEventListener("error", () => {
      loading = undefined;
      reject(new Error("Stripe.js could not be loaded"));
    });
    document.head.append(script);
  });
  return loading;
}
