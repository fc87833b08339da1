// The home page.
import { get } from "../common/api.js";
import { h } from "../common/dom.js";
import { count, day, money } from "../common/format.js";
import { empty } from "../common/lists.js";
import { currentUser } from "../common/session.js";
import { cards } from "./cards.js";

export async function home() {
  const shop = await get("/api/dashboard");
  const section = (title, products) =>
    products.length ? h("section", {}, h("h2", {}, title), cards(products.slice(0, 8))) : null;
  const nothing = shop.productsAvailable === 0 ? empty("There is nothing to buy yet. Come back soon.") : null;
  return {
    title: "Welcome",
    content: [
      h("h1", {}, "Welcome"),
      h("p", { class: "lead" }, `${count(shop.productsAvailable)} products to choose from. `, h("a", { href: "#/products" }, "See them all")),
      nothing,
      promoCodes(shop.promoCodes),
      section("Best sellers of the last 30 days", shop.topSellers),
      section("On sale", shop.onSale),
      section("New", shop.newest),
      currentUser() === null ? signUp(shop.signUp) : null,
    ],
  };
}

function promoCodes(codes) {
  if (codes.length === 0) return null;
  const worth = (code) => {
    if (code.type === "free_shipping") return "Free shipping";
    return code.type === "percent" ? `${code.value} % off` : `${money(code.value, code.currency)} off`;
  };
  const terms = (code) =>
    [code.minSubtotal ? `from ${money(code.minSubtotal, code.currency)}` : "", code.endsAt ? `until ${day(code.endsAt)}` : ""].filter(Boolean).join(", ");
  return h(
    "section",
    {},
    h("h2", {}, "Codes for everybody"),
    h("ul", { class: "codes" }, codes.map((code) => h("li", {}, h("strong", {}, code.code), " ", worth(code), " ", h("span", { class: "soft" }, terms(code))))),
  );
}

function signUp({ offers }) {
  return h(
    "section",
    { class: "panel" },
    h("h2", {}, "Become a customer"),
    h("ul", {}, offers.map((offer) => h("li", {}, offer))),
    h("a", { class: "button primary", href: "#/signup" }, "Sign up"),
  );
}
