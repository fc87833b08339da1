// The home page.
import { get } from "../common/api.js";
import { h, meta } from "../common/dom.js";
import { count, day, money } from "../common/format.js";
import { empty } from "../common/lists.js";
import { link } from "../common/router.js";
import { currentUser } from "../common/session.js";
import { cards } from "./cards.js";
import { categoryLink, loadCategories, rootsOf } from "./categories.js";
import { picture } from "./pictures.js";

export async function home() {
  const [shop, categories] = await Promise.all([get("/api/dashboard"), loadCategories()]);
  const roots = rootsOf(categories).slice(0, 8);
  return {
    title: "Welcome",
    content: [
      h(
        "div",
        { class: "hero" },
        h(
          "div",
          {},
          h("h1", {}, `Welcome to ${meta("name")}`),
          h("p", {}, "Have a look around: what others like, what is new, and what costs less today."),
          h("a", { class: "button primary", href: link("products") }, "See all products"),
        ),
        h("div", { class: "shown", "aria-hidden": "true" }, shop.newest.slice(0, 2).map((product) => picture(product))),
      ),
      shop.productsAvailable === 0 ? empty("There is nothing to buy yet. Come back soon.") : null,
      section("Best sellers", shop.topSellers, { sorted: "popularity-desc" }, 4),
      roots.length > 1 ? [heading("Categories"), tiles(roots)] : null,
      section("On sale", shop.onSale),
      promoCodes(shop.promoCodes),
      section("New", shop.newest, { sorted: "createdAt-desc" }),
      currentUser() === null ? signUp(shop.signUp) : null,
    ],
  };
}

function heading(title, query) {
  const all = query ? h("a", { href: link("products", query), "aria-label": `See all: ${title}` }, "See all") : null;
  return h("div", { class: "section-head" }, h("h2", {}, title), all);
}

function section(title, products, query, eager = 0) {
  return products.length ? h("section", { "aria-label": title }, heading(title, query), cards(products.slice(0, 8), eager)) : null;
}

function tiles(categories) {
  return h("ul", { class: "tiles" }, categories.map((category) => h("li", {}, h("a", { href: categoryLink(category) }, category.name, h("span", {}, count(category.productCount))))));
}

function promoCodes(codes) {
  if (codes.length === 0) return null;
  return h("section", { "aria-label": "Codes for everybody" }, heading("Codes for everybody"), h("ul", { class: "codes" }, codes.map((code) =>
    h("li", {}, h("strong", {}, code.code), h("span", {}, worth(code)), h("span", { class: "soft small-text" }, conditions(code))))));
}

function worth({ type, value, currency }) {
  if (type === "free_shipping") return "Free shipping";
  return type === "percent" ? `${value} % off` : `${money(value, currency)} off`;
}

function conditions(code) {
  const parts = [code.minSubtotal ? `from ${money(code.minSubtotal, code.currency)}` : "", code.endsAt ? `until ${day(code.endsAt)}` : ""];
  return parts.filter(Boolean).join(", ");
}

function signUp({ offers }) {
  return h(
    "section",
    { class: "panel", "aria-label": "Become a customer" },
    heading("Become a customer"),
    h("ul", {}, offers.map((offer) => h("li", {}, offer))),
    h("a", { class: "button", href: link("signup") }, "Sign up"),
  );
}
