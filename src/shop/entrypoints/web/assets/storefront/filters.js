// The filters beside a list of products. Each choice is a link, so the list is right for Back, reload and sharing.
import { h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { count, money } from "../common/format.js";
import { icon } from "../common/icons.js";
import { go, link } from "../common/router.js";

const WIDE = matchMedia("(width >= 64rem)");

/** The panel: always open on wide screens, behind a button on narrow ones. */
export function filterPanel(query, categories) {
  const panel = h(
    "details",
    { class: "filters" },
    h("summary", { "data-keep": "filters" }, icon("filter"), "Filters"),
    facet("Category", h("ul", {}, choice("All", undefined), categories.filter(({ productCount }) => productCount > 0).map((each) => choice(each.name, each.slug, each.productCount, each.parentId !== null)))),
    facet("Price", priceRange(query)),
    facet("Availability", inStock(query)),
  );
  panel.open = WIDE.matches;
  WIDE.addEventListener("change", () => (panel.open = WIDE.matches));
  return panel;

  function choice(name, key, products, inner) {
    const current = query.category === key ? "true" : null;
    const target = link("products", { ...query, page: undefined, category: key });
    return h(
      "li",
      {},
      h("a", { class: inner ? "choice inner" : "choice", href: target, "aria-current": current, "data-stay": true, "data-keep": `category-${key}` }, h("span", {}, name), products === undefined ? null : h("span", { class: "count" }, count(products))),
    );
  }
}

function facet(title, content) {
  return h("fieldset", { class: "facet" }, h("legend", {}, title), content);
}

function priceRange(query) {
  const bound = (name, label) => field(name, label, { type: "number", min: 0, step: "any", inputmode: "decimal", value: query[name] ?? "" });
  return form(
    { button: "Apply", kind: "small", "aria-label": "Price" },
    ({ minPrice, maxPrice }) => go("products", { ...query, page: undefined, minPrice, maxPrice }, { stay: true }),
    h("div", { class: "range" }, bound("minPrice", "From"), h("span", { "aria-hidden": "true" }, "–"), bound("maxPrice", "To")),
  );
}

function inStock(query) {
  const box = field("inStock", "In stock only", { type: "checkbox", checked: query.inStock === "true", "data-keep": "in-stock" });
  box.querySelector("input").addEventListener("change", (event) =>
    go("products", { ...query, page: undefined, inStock: event.target.checked ? "true" : undefined }, { stay: true }));
  return box;
}

/** The filters in force, each with a link that drops it. */
export function chosenFilters(query, categories) {
  const chosen = [];
  const add = (text, without) => chosen.push(h("li", {}, h("a", { href: link("products", { ...query, page: undefined, ...without }), "data-stay": true }, h("span", { class: "visually-hidden" }, "Remove filter: "), text, icon("close"))));
  const category = categories.find(({ slug }) => slug === query.category);
  if (query.category) add(category?.name ?? query.category, { category: undefined });
  if (query.minPrice) add(`from ${money(Number(query.minPrice))}`, { minPrice: undefined });
  if (query.maxPrice) add(`up to ${money(Number(query.maxPrice))}`, { maxPrice: undefined });
  if (query.inStock === "true") add("In stock", { inStock: undefined });
  return chosen.length ? h("ul", { class: "chosen", "aria-label": "Chosen filters" }, chosen) : null;
}
