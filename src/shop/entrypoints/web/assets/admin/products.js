// Products: prices and stock are edited in the table; concurrent changes are shown, not overwritten.
// Inactive products have a separate table: visitors and searches don't see them.
import { get, newKey, patch, post, remove } from "../common/api.js";
import { ask } from "../common/dialogs.js";
import { announce, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { count, moment, money } from "../common/format.js";
import { link, refresh } from "../common/router.js";
import { editable } from "./inline.js";
import { attempt, listing } from "./listing.js";

const SORTS = { "": "As created", "name-asc": "Name", "price-asc": "Lowest price", "price-desc": "Highest price", "popularity-desc": "Most sold", "createdAt-desc": "Newest" };
const SHOWN = { "": "Listed", off: "Switched off" };

export function products({ query }) {
  return query.shown === "off" ? switchedOff(query) : listed(query);
}

async function listed(query) {
  const { sorted = "", ...asked } = query;
  const [sort, order] = sorted.split("-");
  const { items: categories } = await get("/api/products/categories");
  const names = Object.fromEntries([["", "All"], ...categories.map(({ category }) => [category, category])]);
  return listing({
    title: "Products",
    path: "products",
    address: asked.q ? "/api/products/search" : "/api/products",
    query,
    asked,
    fixed: { sort, order },
    noun: "product",
    actions: h("button", { type: "button", class: "primary", click: create }, "New product"),
    filters: [
      field("shown", "Which", { options: SHOWN, value: "" }),
      field("q", "Words", { type: "search", value: asked.q ?? "" }),
      field("category", "Category", { options: names, value: asked.category ?? "" }),
      field("sorted", "Sort by", { options: SORTS, value: sorted }),
    ],
    columns: [...productColumns(), { title: "", cell: (item) => h("div", { class: "actions" }, more(item)) }],
  });
}

function switchedOff(query) {
  const { shown, page = 1 } = query;
  return listing({
    title: "Products switched off",
    path: "products",
    address: "/api/admin/products",
    query: { shown, page },
    asked: { page },
    fixed: { active: false },
    noun: "product",
    nothing: "Nothing is switched off: visitors see every product.",
    intro: h("p", { class: "soft" }, "Visitors don't see these. What was switched off or changed last comes first."),
    filters: [field("shown", "Which", { options: SHOWN, value: shown })],
    columns: [
      ...productColumns(),
      { title: "Changed", cell: (item) => moment(item.updatedAt), text: (item) => item.updatedAt },
      { title: "", cell: (item) => h("div", { class: "actions" }, listAgain(item), more(item)) },
    ],
  });
}

function productColumns() {
  return [
    { title: "Product", cell: (item) => h("th", { scope: "row" }, h("a", { href: link(`product/${encodeURIComponent(item.id)}`) }, item.name), item.sku ? h("div", { class: "soft" }, item.sku) : null), text: (item) => item.name },
    { title: "Category", cell: (item) => item.category ?? "–", text: (item) => item.category },
    { title: "Price", number: true, cell: priceCell, text: (item) => item.price },
    { title: "Stock", number: true, cell: stockCell, text: (item) => item.stock },
    { title: "Identifier", cell: (item) => h("span", { class: "soft" }, item.id.slice(-6)), text: (item) => item.id },
  ];
}

/** A button that reactivates the product as shown here; concurrent changes must be reviewed first. */
function listAgain(item) {
  const press = h("button", { type: "button", class: "small", "aria-label": `List ${item.name} again` }, "List again");
  press.addEventListener("click", async () => {
    press.disabled = true;
    try {
      await patch(path(item), { active: true, version: item.version });
      announce(`${item.name} is listed again.`);
    } catch (error) {
      const text = error.code === "VERSION_CONFLICT" ? `Somebody changed ${item.name} meanwhile: this is how it is now.` : error.message;
      announce(text, "refused");
    }
    refresh();
  });
  return press;
}

const path = (item) => `/api/products/${encodeURIComponent(item.id)}`;

function priceCell(item) {
  return editable({
    key: `price-${item.id}`,
    label: `Price of ${item.name}`,
    value: item.price,
    step: "any",
    conflicts: ["VERSION_CONFLICT", "PRECONDITION_FAILED"],
    save: async (price) => {
      Object.assign(item, await patch(path(item), { price, version: item.version }));
      return item.price;
    },
    present: async () => {
      Object.assign(item, await get(path(item)));
      return { value: item.price, text: money(item.price, item.currency) };
    },
  });
}

function stockCell(item) {
  return editable({
    key: `stock-${item.id}`,
    label: `Stock of ${item.name}`,
    value: item.stock,
    step: 1,
    conflicts: ["STOCK_MISMATCH"],
    save: async (set) => {
      const answer = await post(`${path(item)}/stock`, { set, expected: item.stock }, { "Idempotency-Key": newKey() });
      item.stock = answer.stock;
      return item.stock;
    },
    present: async () => {
      item.stock = (await get(path(item))).stock;
      return { value: item.stock, text: count(item.stock) };
    },
  });
}

function more(item) {
  const edit = h("button", { type: "button", class: "small", "aria-label": `Edit ${item.name}`, click: () => revise(item) }, "Edit");
  const away = h("button", { type: "button", class: "small danger", "aria-label": `Delete ${item.name}` }, "Delete");
  away.addEventListener("click", async () => {
    if (!confirm(`Delete “${item.name}”? Orders keep what they have of it.`)) return;
    await attempt(() => remove(path(item)), `${item.name} is deleted.`);
    refresh();
  });
  return [edit, away];
}

function fields(item = {}) {
  return [
    field("name", "Name", { required: true, maxlength: 200, value: item.name ?? "" }),
    h(
      "div",
      { class: "columns" },
      field("price", "Price", { type: "number", step: "any", min: 0, required: true, value: item.price ?? "" }),
      field("compareAtPrice", "Price before", { type: "number", step: "any", min: 0, value: item.compareAtPrice ?? "", hint: "Above the price: on sale" }),
      field("category", "Category", { value: item.category ?? "" }),
      field("sku", "SKU", { value: item.sku ?? "" }),
    ),
    field("imageUrl", "Picture (https://…)", { type: "url", value: item.imageUrl ?? "" }),
    field("description", "Description", { type: "textarea", value: item.description ?? "" }),
  ];
}

function create() {
  const key = newKey();
  const stock = field("stock", "Stock", { type: "number", min: 0, step: 1, value: 0 });
  ask({ title: "New product", button: "Create" }, async (given) => {
    await post("/api/products", given, { "Idempotency-Key": key });
    announce(`${given.name} is in the catalogue.`);
    refresh();
  }, fields(), stock);
}

function revise(item) {
  const active = field("active", "In the catalogue", { type: "checkbox", checked: item.active });
  ask({ title: `Edit ${item.name}`, button: "Save" }, async (given) => {
    const cleared = { compareAtPrice: null, category: null, sku: null, imageUrl: null, description: null };
    await patch(path(item), { ...cleared, ...given, version: item.version });
    announce("Saved.");
    refresh();
  }, fields(item), active);
}
