// All products, or the results of a search: filtered by category, price and stock, with selectable sorting.
import { get } from "../common/api.js";
import { h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { empty, found, paging } from "../common/lists.js";
import { go } from "../common/router.js";
import { cards } from "./cards.js";

const SORTS = {
  "": "As they come",
  "popularity-desc": "Most popular",
  "price-asc": "Lowest price",
  "price-desc": "Highest price",
  "createdAt-desc": "Newest",
  "name-asc": "Name",
};

export async function products({ query }) {
  const { q, category, minPrice, maxPrice, inStock, sorted = "", page = 1 } = query;
  const [sort, order] = sorted.split("-");
  const wanted = { q, category, minPrice, maxPrice, inStock, sort, order, page, limit: 24 };
  const [listed, { items: categories }] = await Promise.all([
    get(q ? "/api/products/search" : "/api/products", wanted),
    get("/api/products/categories"),
  ]);
  const title = q ? `Results for “${q}”` : category ?? "Products";
  const nothing = q || category ? "Nothing fits. Try other words, or fewer conditions." : "There is nothing here yet.";
  return {
    title,
    content: [
      h("h1", {}, title),
      filters(query, categories),
      found(listed.total, "product"),
      listed.items.length ? cards(listed.items) : empty(nothing, h("a", { href: "#/products" }, "See all products")),
      paging("products", query, listed),
    ],
  };
}

function filters(query, categories) {
  const names = Object.fromEntries([["", "All"], ...categories.map(({ category, products }) => [category, `${category} (${products})`])]);
  const number = { type: "number", min: 0, step: "any", inputmode: "decimal" };
  return form(
    { button: "Show", kind: "", class: "panel filters", "aria-label": "Filters" },
    ({ inStock, ...chosen }) => go("products", { q: query.q, ...chosen, inStock: inStock ? "true" : "" }),
    h(
      "div",
      { class: "columns" },
      field("category", "Category", { options: names, value: query.category ?? "" }),
      field("minPrice", "Price from", { ...number, value: query.minPrice ?? "" }),
      field("maxPrice", "Price to", { ...number, value: query.maxPrice ?? "" }),
      field("sorted", "Sort by", { options: SORTS, value: query.sorted ?? "" }),
      field("inStock", "In stock only", { type: "checkbox", checked: query.inStock === "true" }),
    ),
  );
}
