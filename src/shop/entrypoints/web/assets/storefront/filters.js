// The filters beside a list of products. Each choice is in the URL, so the list is right for Back, reload and sharing.
import { h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { count, money } from "../common/format.js";
import { icon } from "../common/icons.js";
import { go, link } from "../common/router.js";
import { listAddress } from "./categories.js";

const WIDE = matchMedia("(width >= 64rem)");
const MAX_SHOWN = 12;
const REPEATED = ["option", "attribute"];

/** The names of the URL's parameters that filter. */
export const FILTERS = ["category", "minPrice", "maxPrice", "inStock", ...REPEATED];

const listOf = (value) => (value === undefined ? [] : [value].flat());
const changed = (query, changes) => ({ ...query, page: undefined, ...changes });

/** The panel, with the number of products for each choice: always open on wide screens, behind a button on others. */
export function filterPanel(query, available, categories) {
  const panel = h(
    "details",
    { class: "filters" },
    h("summary", { "data-keep": "filters" }, icon("filter"), "Filters"),
    categoryFacet(query, available.categories, categories),
    facet("Price", priceRange(query, available.price)),
    facet("Availability", inStock(query, available.inStock)),
    available.options.map(({ name, values }) => facet(name, choices(query, "option", name, values))),
    available.attributes.map(({ name, values }) => facet(name, choices(query, "attribute", name, values))),
  );
  panel.open = WIDE.matches || panelWasOpen();
  return panel;
}

WIDE.addEventListener("change", () => {
  const shown = document.querySelector(".filters");
  if (shown) shown.open = WIDE.matches;
});

/** The panel of the view that this one replaces stays open while the visitor chooses. */
function panelWasOpen() {
  const former = document.querySelector(".filters");
  return former !== null && former.open && former.contains(document.activeElement);
}

function facet(title, content) {
  return h("fieldset", { class: "facet" }, h("legend", {}, title), content);
}

function categoryFacet(query, counted, categories) {
  const inner = new Set(categories.filter(({ parentId }) => parentId !== null).map(({ slug }) => slug));
  const choice = (name, slug, products) =>
    h(
      "li",
      {},
      h(
        "a",
        { class: inner.has(slug) ? "choice inner" : "choice", href: link(...listAddress(changed(query, { category: slug }))), "aria-current": query.category === slug ? "true" : null, "data-stay": true, "data-keep": `category-${slug}` },
        h("span", {}, name),
        products === undefined ? null : h("span", { class: "count" }, " ", count(products)),
      ),
    );
  return facet("Category", h("ul", {}, choice("All", undefined), counted.map((each) => choice(each.name, each.slug, each.count))));
}

/** The values of one option or attribute: several chosen ones are alternatives. */
function choices(query, parameter, name, values) {
  const chosen = listOf(query[parameter]);
  const box = ({ value, count: products }) => {
    const wanted = `${name}:${value}`;
    const checked = chosen.includes(wanted);
    const toggle = () => go(...listAddress(changed(query, { [parameter]: checked ? chosen.filter((each) => each !== wanted) : [...chosen, wanted] })), { stay: true });
    return h("li", {}, h("label", { class: "choice" }, h("input", { type: "checkbox", checked, change: toggle, "data-keep": `${parameter}-${wanted}` }), h("span", {}, text(value)), h("span", { class: "count" }, " ", count(products))));
  };
  const shown = values.slice(0, MAX_SHOWN).map(box);
  const rest = values.slice(MAX_SHOWN).map(box);
  return [h("ul", {}, shown), rest.length ? h("details", { class: "more" }, h("summary", {}, `${rest.length} more`), h("ul", {}, rest)) : null];
}

const text = (value) => (typeof value === "boolean" ? (value ? "Yes" : "No") : String(value));

function priceRange(query, range) {
  const bound = (name, label, limit) =>
    field(name, label, { type: "number", min: 0, step: "any", inputmode: "decimal", value: query[name] ?? "", placeholder: limit ?? "", "data-keep": name });
  return form(
    { button: "Apply", kind: "small", "aria-label": "Price" },
    ({ minPrice, maxPrice }) => go(...listAddress(changed(query, { minPrice, maxPrice })), { stay: true }),
    h("div", { class: "range" }, bound("minPrice", "From", range?.min), h("span", { "aria-hidden": "true" }, "–"), bound("maxPrice", "To", range?.max)),
  );
}

function inStock(query, products) {
  const toggle = (event) => go(...listAddress(changed(query, { inStock: event.target.checked ? "true" : undefined })), { stay: true });
  const box = h("input", { type: "checkbox", checked: query.inStock === "true", change: toggle, "data-keep": "in-stock" });
  return h("label", { class: "choice" }, box, h("span", {}, "In stock only"), h("span", { class: "count" }, " ", count(products)));
}

/** The filters in force, each with a link that drops it. A category is a filter only in a search: else it is the page itself. */
export function chosenFilters(query, categories) {
  const dropper = (name, changes) =>
    h("li", {}, h("a", { href: link(...listAddress(changed(query, changes))), "data-stay": true }, h("span", { class: "visually-hidden" }, "Remove filter: "), name, icon("close")));
  const category = categories.find(({ slug }) => slug === query.category);
  const chosen = [
    query.category && query.q ? dropper(category?.name ?? query.category, { category: undefined }) : null,
    query.minPrice ? dropper(`from ${money(Number(query.minPrice))}`, { minPrice: undefined }) : null,
    query.maxPrice ? dropper(`up to ${money(Number(query.maxPrice))}`, { maxPrice: undefined }) : null,
    query.inStock === "true" ? dropper("In stock", { inStock: undefined }) : null,
    REPEATED.map((parameter) => listOf(query[parameter]).map((wanted) => dropper(wanted.replace(":", ": "), { [parameter]: listOf(query[parameter]).filter((each) => each !== wanted) }))),
  ].flat(2).filter((each) => each !== null);
  if (chosen.length === 0) return null;
  const none = h("li", {}, h("a", { class: "none", href: link("products", { q: query.q, sorted: query.sorted }), "data-stay": true }, "Remove all"));
  return h("ul", { class: "chosen", "aria-label": "Chosen filters" }, chosen, chosen.length > 1 ? none : null);
}
