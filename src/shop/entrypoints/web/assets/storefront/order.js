// One order: lines, address and history.
import { announce, h } from "../common/dom.js";
import { money, moment } from "../common/format.js";
import { here, link, refresh } from "../common/router.js";
import { currentUser } from "../common/session.js";
import { addressLines } from "./addressform.js";
import { lineLink, optionsOf, totals } from "./lines.js";
import { statusName, statusTag } from "./orders.js";
import { callOrder, claimOrder, takeTokenFromUrl, tokenOf } from "./ordertokens.js";
import { payment } from "./payment.js";
import { picture } from "./pictures.js";

const COURSE = ["pending", "paid", "shipped", "delivered"];
const ENDED = new Set(["cancelled", "cancelling", "refunded"]);

export async function order({ segments }) {
  const id = segments[1] ?? "";
  takeTokenFromUrl(id);
  const shown = await callOrder("GET", id);
  return {
    title: `Order ${shown.number}`,
    content: [
      currentUser() === null ? null : h("p", { class: "crumbs" }, h("a", { href: link("orders") }, "Your orders")),
      claim(id),
      h("div", { class: "order-head" }, h("h1", {}, `Order ${shown.number}`), statusTag(shown.status)),
      h(
        "div",
        { class: "beside" },
        h("div", {}, payment(shown), h("section", { class: "panel", "aria-label": "Items" }, h("h2", {}, "Items"), lines(shown)), cancelButton(shown)),
        h("aside", { "aria-label": "Summary" }, progress(shown), summary(shown)),
      ),
    ],
  };
}

/** For orders placed as a guest: customers can add them to their account, guests learn that only this browser shows them. */
function claim(id) {
  const token = tokenOf(id);
  if (token === undefined) return null;
  if (currentUser() === null) {
    const to = (path, text) => h("a", { href: link(path, { next: here() }) }, text);
    return h("p", { class: "hint" }, "This order can be seen in this browser. To see it everywhere, ", to("login", "log in"), " or ", to("signup", "sign up"), ".");
  }
  const take = h("button", { type: "button", class: "small" }, "Add it to your orders");
  take.addEventListener("click", async () => {
    try {
      await claimOrder(id, token);
      announce("The order is in your account.");
    } catch (error) {
      announce(error.message, "refused");
    }
    refresh();
  });
  return h("p", { class: "hint" }, "You placed this order as a guest. ", take);
}

function lines({ items, currency }) {
  const line = (item) =>
    h(
      "li",
      { class: "line small" },
      picture(item),
      h(
        "div",
        { class: "what" },
        h("a", { href: lineLink(item) }, item.name),
        optionsOf(item),
        h("p", { class: "soft small-text" }, `${item.quantity} × ${money(item.unitPrice, currency)}`),
        item.discount > 0 ? h("p", { class: "stock-in small-text" }, `Discount ${money(-item.discount, currency)}`) : null,
      ),
      h("span", { class: "amount" }, money(item.lineTotal, currency)),
    );
  return h("ul", { class: "lines", "aria-label": "What was ordered" }, items.map(line));
}

/** Past and future steps. */
function progress(shown) {
  const past = shown.statusHistory.map(({ status, at, reason }, index) =>
    h(
      "li",
      { class: ENDED.has(status) || status === "failed" ? "done bad" : "done" },
      h("strong", {}, index === 0 ? "Order placed" : statusName(status)),
      h("time", { datetime: at }, moment(at)),
      reason ? h("span", { class: "soft" }, reason) : null,
    ));
  const left = ENDED.has(shown.status) ? [] : COURSE.slice(stageOf(shown.status) + 1);
  const ahead = left.map((status) => h("li", { class: "ahead" }, h("strong", {}, statusName(status))));
  return h("section", { class: "panel", "aria-label": "Progress" }, h("h2", {}, "Progress"), h("ol", { class: "timeline" }, past, ahead));
}

const stageOf = (status) => (status === "partly_shipped" ? COURSE.indexOf("paid") : Math.max(COURSE.indexOf(status), 0));

function summary(shown) {
  const to = addressLines(shown.shippingAddress);
  return h(
    "section",
    { class: "panel", "aria-label": "Total" },
    h("h2", {}, "Total"),
    shown.promoCode ? h("p", {}, "Code ", h("strong", {}, shown.promoCode)) : null,
    totals(shown),
    to ? [h("h3", {}, "Shipping address"), to] : null,
  );
}

function cancelButton(shown) {
  if (!["pending", "failed", "paid"].includes(shown.status)) return null;
  const refunded = shown.status === "paid" ? " You get your money back." : "";
  const cancel = async (event) => {
    if (!confirm(`Cancel order ${shown.number}?${refunded}`)) return;
    event.target.disabled = true;
    try {
      await callOrder("POST", shown.id, "/cancel");
      announce("The order is cancelled.");
    } catch (error) {
      announce(error.message, "refused");
    }
    refresh();
  };
  return h("p", {}, h("button", { type: "button", class: "small danger", click: cancel }, "Cancel this order"));
}
