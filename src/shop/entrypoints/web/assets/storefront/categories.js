// The shop's categories, loaded once per page.
import { get } from "../common/api.js";
import { link } from "../common/router.js";

let loading;

/** `[{key, name, parentId, count}]` in the shop's order; `key` is what the product list's `category` takes. */
export function loadCategories() {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load() {
  const { items } = await get("/api/products/categories");
  return items.map(({ category, products }) => ({ key: category, name: category, parentId: null, count: products }));
}

export const categoryLink = ({ key }) => link("products", { category: key });
