// The list of products: found by words, category and stock; prices and stock are edited in place, and several at once.
// Products that are switched off have lists of their own: visitors and searches do not see them.
import { get, newKey, patch, post, remove } from "../common/api.js";
import { announce, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { count, day, moment, money } from "../common/format.js";
import { link, refresh } from "../common/router.js";
import { may } from "../common/session.js";
import { picture } from "../storefront/pictures.js";
import { bulkActions } from "./bulkproducts.js";
import { pathOf } from "./categorypicker.js";
import { editable } from "./inline.js";
import { attempt, lesson, listing } from "./listing.js";
import { announceWithUndo } from "./undo.js";

const SHOWN = { "": "In the catalogue", off: "Switched off", all: "All products" };
const STOCK = { "": "Any", true: "In stock", false: "Sold out" };

export async function products({ query }) {
  const { items: categories } = await get("/api/categories");
  const { shown } = query;
  const writes = may("catalogue:write");
  const common = {
    path: "products",
    query,
    noun: "product",
    fileColumns: FILE_COLUMNS,
    nameOf: (item) => item.name,
    bulk: writes ? bulkActions(categories, [...columns(), ...FILE_COLUMNS]) : [],
    actions: writes ? [h("a", { class: "button", href: link("transfer") }, "Import"), h("a", { class: "button primary", href: link("product/new") }, "New product")] : null,
  };
  return Object.hasOwn(SHOWN, shown ?? "") && shown ? everything(common, query) : listed(common, query, categories);
}

function listed(common, query, categories) {
  const { q = "", category = "", inStock = "" } = query;
  const names = [["", "All"], ...categories.map((each) => [each.slug, `${pathOf(each.id, categories)} (${count(each.productCount)})`])];
  const known = names.some(([slug]) => slug === category);
  return listing({
    ...common,
    title: "Products",
    address: q ? "/api/products/search" : "/api/products",
    nothing: lesson("No products yet", "A product is what shoppers see: give it a name, a price and a picture. Sizes and colours are its variants.", h("a", { class: "button primary", href: link("product/new") }, "Create the first product"), h("a", { class: "button", href: link("transfer") }, "Import a file")),
    filters: [
      field("q", "Words", { type: "search", value: q }),
      field("shown", "Which", { options: SHOWN, value: "" }),
      field("category", "Category", { options: known ? names : [...names, [category, category]], value: category }),
      field("inStock", "Stock", { options: STOCK, value: inStock }),
    ],
    columns: [...columns(), { title: "Added", sort: "createdAt", cell: (item) => h("span", { class: "nowrap" }, day(item.createdAt)), text: (item) => item.createdAt }, rowActions()],
  });
}

/** All products, or those that are switched off: last changed first. */
function everything(common, query) {
  const off = query.shown === "off";
  const status = (item) => (item.active ? h("span", { class: "tag good" }, "In the catalogue") : h("span", { class: "tag" }, "Switched off"));
  return listing({
    ...common,
    title: off ? "Products switched off" : "All products",
    address: "/api/admin/products",
    asked: { page: query.page },
    fixed: off ? { active: false } : {},
    nothing: "Nothing is switched off: visitors see every product.",
    intro: h("p", { class: "soft" }, off ? "Visitors don't see these. What was switched off or changed last comes first." : "What was changed last comes first."),
    filters: [field("shown", "Which", { options: SHOWN, value: query.shown })],
    columns: [
      ...columns({ sortable: false }),
      { title: "Status", cell: status, text: (item) => (item.active ? "active" : "inactive") },
      { title: "Changed", cell: (item) => moment(item.updatedAt), text: (item) => item.updatedAt },
      rowActions(),
    ],
  });
}

/** Columns that only the exported file has. */
const FILE_COLUMNS = [{ title: "SKU", text: (item) => item.sku }, { title: "Identifier", text: (item) => item.id }];

function columns({ sortable = true } = {}) {
  const sort = (name) => (sortable ? name : undefined);
  return [
    { title: "Product", sort: sort("name"), cell: nameCell, text: (item) => item.name },
    { title: "Category", cell: (item) => item.category ?? "–", text: (item) => item.category },
    { title: "Price", number: true, sort: sort("price"), cell: priceCell, text: (item) => item.price },
    { title: "Stock", number: true, cell: stockCell, text: (item) => item.stock },
  ];
}

function nameCell(item) {
  const thumb = h("div", { class: "thumb" }, picture(item, { sizes: "40px" }));
  const name = h("a", { href: link(`product/${encodeURIComponent(item.id)}`) }, item.name);
  const known = h("div", { class: "soft small-text" }, [item.sku, item.id.slice(-6)].filter(Boolean).join(" · "));
  return h("th", { scope: "row" }, h("div", { class: "named" }, thumb, h("div", {}, name, known)));
}

const path = (item) => `/api/products/${encodeURIComponent(item.id)}`;

function priceCell(item) {
  if (item.options.length > 0 || !may("catalogue:write")) {
    const from = item.priceTo > item.priceFrom ? "from " : "";
    return h("td", { class: "number" }, from, money(item.price, item.currency));
  }
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
  if (item.options.length > 0 || !may("catalogue:write")) return h("td", { class: "number" }, count(item.stock));
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

/** The actions on a row's product. */
function rowActions() {
  if (!may("catalogue:write")) return { title: "", cell: () => null };
  return { title: "", cell: (item) => h("div", { class: "actions" }, item.active ? null : listAgain(item), deletion(item)) };
}

/** A button that reactivates the product as shown here; concurrent changes must be reviewed first. */
function listAgain(item) {
  const press = h("button", { type: "button", class: "small", "aria-label": `List ${item.name} again` }, "List again");
  press.addEventListener("click", async () => {
    press.disabled = true;
    try {
      const { version } = await patch(path(item), { active: true, version: item.version });
      announceWithUndo(`${item.name} is listed again.`, () => patch(path(item), { active: false, version }));
    } catch (error) {
      const text = error.code === "VERSION_CONFLICT" ? `Somebody changed ${item.name} meanwhile: this is how it is now.` : error.message;
      announce(text, "refused");
    }
    refresh();
  });
  return press;
}

function deletion(item) {
  const away = h("button", { type: "button", class: "small danger", "aria-label": `Delete ${item.name}` }, "Delete");
  away.addEventListener("click", async () => {
    if (!confirm(`Delete “${item.name}”? Orders keep what they have of it.`)) return;
    await attempt(() => remove(path(item)), `${item.name} is deleted.`);
    refresh();
  });
  return away;
}
