// All products, or the results of a search: filtered by category, price and stock, with selectable sorting.
import { get } from "../common/api.js";
import { h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { plural } from "../common/format.js";
import { beyond, empty, pageOf, paging } from "../common/lists.js";
import { go, link } from "../common/router.js";
import { cards } from "./cards.js";
import { loadCategories } from "./categories.js";
import { chosenFilters, filterPanel } from "./filters.js";

const SORTS = {
  "": "Recommended",
  "popularity-desc": "Most popular",
  "price-asc": "Lowest price",
  "price-desc": "Highest price",
  "createdAt-desc": "Newest",
  "name-asc": "Name",
};
const PAGE_SIZE = 24;

export async function products({ query }) {
  const { sorted = "", page: _page, ...filters } = query;
  const [sort, order] = sorted.split("-");
  const wanted = { ...filters, sort, order, page: pageOf(query), limit: PAGE_SIZE };
  const [listed, categories] = await Promise.all([
    get(query.q ? "/api/products/search" : "/api/products", wanted),
    loadCategories(),
  ]);
  const title = titleOf(query, categories);
  return {
    title,
    content: [
      h("h1", {}, title),
      h(
        "div",
        { class: "results" },
        filterPanel(query, categories),
        h("div", {}, h("h2", { class: "visually-hidden" }, "Products"), head(query, listed), chosenFilters(query, categories), await results(query, listed), paging("products", query, listed)),
      ),
    ],
  };
}

function titleOf({ q, category }, categories) {
  if (q) return `Results for “${q}”`;
  return categories.find(({ key }) => key === category)?.name ?? category ?? "All products";
}

function head(query, listed) {
  const sort = field("sorted", "Sort by", { options: SORTS, value: query.sorted ?? "", "data-keep": "sorted" });
  sort.querySelector("select").addEventListener("change", (event) => go("products", { ...query, page: undefined, sorted: event.target.value }, { stay: true }));
  return h("div", { class: "list-head" }, h("p", { class: "found", role: "status" }, plural(listed.total, "product")), sort);
}

async function results(query, listed) {
  if (listed.items.length > 0) return cards(listed.items, 8);
  const past = beyond("products", query, listed);
  if (past !== undefined) return past;
  const { topSellers } = await get("/api/dashboard");
  return [
    empty("Nothing matches. Try other words or fewer filters.", h("a", { class: "button", href: link("products") }, "See all products")),
    topSellers.length ? [h("h2", {}, "Best sellers"), cards(topSellers.slice(0, 8), 0)] : null,
  ];
}
