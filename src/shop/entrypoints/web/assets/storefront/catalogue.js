// All products, or the results of a search: filtered by category, price and stock, with selectable sorting.
import { ApiError, get } from "../common/api.js";
import { h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { plural } from "../common/format.js";
import { beyond, empty, pageOf, paging } from "../common/lists.js";
import { go, link } from "../common/router.js";
import { cards } from "./cards.js";
import { categoryLink, childrenOf, listAddress, loadCategories, pathTo } from "./categories.js";
import { breadcrumbs } from "./crumbs.js";
import { FILTERS, chosenFilters, filterPanel } from "./filters.js";

const SORTS = {
  "": "Recommended",
  "popularity-desc": "Most popular",
  "price-asc": "Lowest price",
  "price-desc": "Highest price",
  "createdAt-desc": "Newest",
  "name-asc": "Name",
};
const PAGE_SIZE = 24;

/** `/products`, or `/c/SLUG`; a category in the query of a former version's link becomes its own page. */
export async function products({ segments: [kind, slug], query: given }) {
  const query = kind === "c" ? { ...given, category: slug } : given;
  const [sort, order] = (query.sorted ?? "").split("-");
  const filters = Object.fromEntries(["q", ...FILTERS].map((name) => [name, query[name]]));
  const [listed, available, categories] = await Promise.all([
    get(query.q ? "/api/products/search" : "/api/products", { ...filters, sort, order, page: pageOf(query), limit: PAGE_SIZE }),
    get("/api/products/filters", filters),
    loadCategories(),
  ]);
  const category = categories.find((each) => each.slug === query.category);
  if (kind === "c" && category === undefined) throw new ApiError(404, { code: "NOT_FOUND", message: "There is no such category." });
  if (kind !== "c" && category !== undefined && !query.q) history.replaceState(history.state, "", link(...listAddress(query)));
  const title = titleOf(query, category);
  return {
    title,
    content: [
      category ? breadcrumbs(pathTo(categories, category).slice(0, -1), category.name) : null,
      h("h1", {}, title),
      listed.correctedQuery ? corrected(query, listed.correctedQuery) : null,
      category ? subcategories(childrenOf(categories, category)) : null,
      h(
        "div",
        { class: "results" },
        filterPanel(query, available, categories),
        h("div", {}, h("h2", { class: "visually-hidden" }, "Products"), head(query, listed), chosenFilters(query, categories), await results(query, listed), paging(...listAddress(query), listed)),
      ),
    ],
  };
}

function titleOf({ q, category }, known) {
  if (q) return `Results for “${q}”`;
  return known?.name ?? category ?? "All products";
}

/** The search found nothing, so the list shows results for the nearest spelling. */
function corrected({ q }, nearest) {
  return h("p", { class: "hint", role: "status" }, `Nothing was found for “${q}”. Showing results for `, h("strong", {}, `“${nearest}”`), ".");
}

function subcategories(children) {
  if (children.length === 0) return null;
  return h("nav", { "aria-label": "Subcategories" }, h("ul", { class: "chosen" }, children.map((child) => h("li", {}, h("a", { href: categoryLink(child) }, child.name)))));
}

function head(query, listed) {
  const sort = field("sorted", "Sort by", { options: SORTS, value: query.sorted ?? "", "data-keep": "sorted" });
  sort.querySelector("select").addEventListener("change", (event) => go(...listAddress({ ...query, page: undefined, sorted: event.target.value }), { stay: true }));
  return h("div", { class: "list-head" }, h("p", { class: "found", role: "status" }, plural(listed.total, "product")), sort);
}

async function results(query, listed) {
  if (listed.items.length > 0) return cards(listed.items, 8);
  const past = beyond(...listAddress(query), listed);
  if (past !== undefined) return past;
  const { topSellers } = await get("/api/dashboard");
  return [
    empty("Nothing matches. Try other words or fewer filters.", h("a", { class: "button", href: link("products") }, "See all products")),
    topSellers.length ? [h("h2", {}, "Best sellers"), cards(topSellers.slice(0, 8), 0)] : null,
  ];
}
