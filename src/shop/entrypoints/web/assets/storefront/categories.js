// The shop's category tree, loaded once per page.
import { get } from "../common/api.js";
import { link } from "../common/router.js";

let loading;

/** `[{id, slug, name, parentId, productCount}]` in tree order. */
export function loadCategories() {
  loading ??= get("/api/categories").then(
    ({ items }) => items,
    (error) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

export const categoryLink = ({ slug }) => link(`c/${encodeURIComponent(slug)}`);

/** `[path, query]` of a list of products: a category's own page, unless it is a search. */
export function listAddress({ category, ...query }) {
  const isOwnPage = category !== undefined && !query.q;
  return isOwnPage ? [`c/${encodeURIComponent(category)}`, query] : ["products", { ...query, category }];
}

/** The categories without a parent that have products. */
export const rootsOf = (categories) => categories.filter(({ parentId, productCount }) => parentId === null && productCount > 0);

export const childrenOf = (categories, parent) => categories.filter(({ parentId, productCount }) => parentId === parent.id && productCount > 0);

/** The category and those above it, the root first; empty if there is no category. */
export function pathTo(categories, category) {
  const path = [];
  for (let step = category; step; step = categories.find(({ id }) => id === step.parentId)) path.unshift(step);
  return path;
}
