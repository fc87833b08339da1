// The category tree: created, renamed, moved by dragging or by keyboard, and deleted.
import { get, ifMatch, newKey, patch, post, remove } from "../common/api.js";
import { ask } from "../common/dialogs.js";
import { announce, fill, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { count, plural } from "../common/format.js";
import { link } from "../common/router.js";
import { may } from "../common/session.js";
import { pathOf } from "./categorypicker.js";
import { lesson } from "./listing.js";
import { treeOf } from "./tree.js";

const MAX_OPEN = 100;
const STALE = "PRECONDITION_FAILED";
const path = (id) => `/api/categories/${encodeURIComponent(id)}`;

/** The categories whose subcategories are hidden. */
const closed = new Set();
let opened = false;

export async function categories() {
  const page = h("div", {});
  const editor = new TreeEditor(page, may("catalogue:write"));
  await editor.reload();
  return { title: "Categories", content: page };
}

class TreeEditor {
  constructor(page, writes) {
    this.page = page;
    this.writes = writes;
  }

  async reload(focus) {
    const { items } = await get("/api/categories");
    this.tree = treeOf(items);
    if (!opened && items.length > MAX_OPEN) for (const { id } of items) closed.add(id);
    opened = true;
    this.show();
    if (focus) this.focus(focus);
  }

  show() {
    const { items } = this.tree;
    const add = this.writes ? h("button", { type: "button", class: "primary", click: () => this.create(null) }, "New category") : null;
    const how = this.writes ? "Move a category by dragging it, with its buttons, or with Alt and the arrow keys. Up to six levels." : null;
    this.rows = new Map();
    fill(
      this.page,
      h("header", { class: "page-head" }, h("h1", {}, "Categories"), h("div", { class: "actions" }, add)),
      items.length ? [h("p", { class: "soft" }, how), h("div", { class: "panel tree" }, this.branch(null))] : this.empty(),
    );
  }

  empty() {
    const first = this.writes ? h("button", { type: "button", class: "primary", click: () => this.create(null) }, "Create the first category") : null;
    return lesson("No categories yet", "Categories let shoppers browse: Clothing, and below it Shirts and Trousers. A product can be in several.", first);
  }

  branch(parentId) {
    return h("ul", parentId === null ? { "aria-label": "Categories" } : {}, this.tree.children(parentId).map((each) => this.entry(each)));
  }

  entry(category) {
    const children = this.tree.children(category.id);
    const open = !closed.has(category.id);
    const toggle = children.length
      ? h("button", { type: "button", class: "small quiet square-small", "aria-expanded": String(open), "aria-label": `Subcategories of ${category.name}`, click: () => this.toggle(category.id) }, open ? "▾" : "▸")
      : h("span", { class: "square-small" });
    const name = h("span", { class: "category-name" }, h("strong", {}, category.name), " ", h("span", { class: "soft small-text" }, category.slug));
    const products = h("a", { class: "small-text", href: link("products", { category: category.slug }) }, plural(category.productCount, "product"));
    const problem = h("p", { class: "problem", role: "alert" });
    const row = h("div", { class: "category-row", "data-id": category.id, draggable: this.writes ? "true" : null }, toggle, name, products, this.writes ? this.buttons(category) : null, problem);
    this.rows.set(category.id, { row, problem });
    if (this.writes) this.listen(row, category);
    return h("li", {}, row, children.length && open ? this.branch(category.id) : null);
  }

  buttons(category) {
    const move = (way, text, label) => {
      const target = this.tree.step(category.id, way);
      return h("button", { type: "button", class: "small quiet square-small", "data-way": way, "aria-label": `${label}: ${category.name}`, title: label, disabled: target === null, click: () => this.move(category, target, way) }, text);
    };
    const act = (text, label, click, kind = "") => h("button", { type: "button", class: `small quiet ${kind}`, "aria-label": `${label} ${category.name}`, click }, text);
    return h(
      "div",
      { class: "actions" },
      move("up", "↑", "Move up"), move("down", "↓", "Move down"), move("in", "→", "Move into the one above"), move("out", "←", "Move out"),
      act("Add", "Add a subcategory to", () => this.create(category.id)),
      act("Edit", "Edit", () => this.edit(category)),
      act("Delete", "Delete", () => this.remove(category)),
    );
  }

  toggle(id) {
    if (!closed.delete(id)) closed.add(id);
    this.show();
    this.rows.get(id).row.querySelector("button").focus();
  }

  /** Keys and dragging; a category is dropped before, after or into the one under the pointer. */
  listen(row, category) {
    const ways = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "in", ArrowLeft: "out" };
    row.addEventListener("keydown", (event) => {
      const way = event.altKey ? ways[event.key] : undefined;
      if (way === undefined) return;
      event.preventDefault();
      const target = this.tree.step(category.id, way);
      if (target !== null) this.move(category, target, way);
    });
    const mark = (zone) => (zone === undefined ? row.removeAttribute("data-drop") : row.setAttribute("data-drop", zone));
    const zoneOf = (event) => {
      const { top, height } = row.getBoundingClientRect();
      const part = (event.clientY - top) / height;
      return part < 0.3 ? "before" : part > 0.7 ? "after" : "into";
    };
    row.addEventListener("dragstart", (event) => {
      this.dragged = category;
      event.dataTransfer.setData("text/plain", category.name);
      event.dataTransfer.effectAllowed = "move";
    });
    row.addEventListener("dragend", () => (this.dragged = undefined));
    row.addEventListener("dragover", (event) => {
      if (this.dragged === undefined || this.dragged.id === category.id) return;
      event.preventDefault();
      mark(zoneOf(event));
    });
    row.addEventListener("dragleave", () => mark(undefined));
    row.addEventListener("drop", (event) => {
      mark(undefined);
      if (this.dragged === undefined || this.dragged.id === category.id) return;
      event.preventDefault();
      this.move(this.dragged, this.tree.dropped(this.dragged.id, category.id, zoneOf(event)));
    });
  }

  async move(category, target, way) {
    try {
      const moved = await patch(path(category.id), target, ifMatch(category.version));
      if (target.parentId !== null) closed.delete(target.parentId);
      await this.reload({ id: category.id, way });
      announce(`${category.name} moved. ${followUp(moved)}`.trim());
    } catch (error) {
      if (error.code === STALE) {
        await this.reload({ id: category.id, way });
        announce(`Somebody changed ${category.name} meanwhile: this is how the tree is now.`, "refused");
        return;
      }
      fill(this.rows.get(category.id).problem, error.message);
    }
  }

  focus({ id, way }) {
    const row = this.rows.get(id)?.row;
    const button = row?.querySelector(`[data-way="${way}"]:not(:disabled)`) ?? row?.querySelector(".actions button:not(:disabled)");
    button?.focus();
  }

  fields(category, parentId) {
    const below = category === null ? new Set() : this.tree.below(category.id);
    const parents = [["", "None: a category of its own"], ...this.tree.items.filter(({ id }) => !below.has(id)).map(({ id }) => [id, pathOf(id, this.tree.items)])];
    const name = field("name", "Name", { required: true, maxlength: 100, value: category?.name ?? "" });
    hintNames(name, this.tree.items, category);
    return [
      name,
      field("slug", "Slug", { maxlength: 200, value: category?.slug ?? "", autocapitalize: "none", hint: category === null ? "Made from the name if left empty." : "The end of its address." }),
      field("parentId", "Below", { options: parents, value: parentId ?? "" }),
    ];
  }

  create(parentId) {
    const key = newKey();
    ask({ title: "New category", button: "Create" }, async ({ name, slug, parentId: parent }) => {
      const made = await placed(() => post("/api/categories", { name, ...(slug && { slug }), parentId: parent ?? null }, { "Idempotency-Key": key }));
      if (made.parentId !== null) closed.delete(made.parentId);
      await this.reload({ id: made.id, way: "up" });
      announce(`${made.name} is created.`);
    }, this.fields(null, parentId));
  }

  edit(category) {
    let stored = category;
    ask({ title: `Edit ${category.name}`, button: "Save" }, async ({ name, slug = "", parentId = null }) => {
      const wanted = { name, slug, parentId };
      const changes = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => value !== category[key]));
      try {
        const changed = await placed(() => patch(path(category.id), changes, ifMatch(stored.version)));
        await this.reload({ id: category.id, way: "up" });
        announce(`Saved. ${followUp(changed)}`.trim());
      } catch (error) {
        if (error.code !== STALE) throw error;
        stored = await get(path(category.id));
        const now = `Somebody changed it meanwhile: it is called “${stored.name}” now, its slug is “${stored.slug}”. Save again to keep what you entered.`;
        throw Object.assign(new Error(now), { status: 412 });
      }
    }, this.fields(category, category.parentId));
  }

  remove(category) {
    const below = this.tree.below(category.id);
    const full = category.productCount > 0 || this.tree.children(category.id).length > 0;
    const targets = this.tree.items.filter(({ id }) => !below.has(id)).map(({ id }) => [id, pathOf(id, this.tree.items)]);
    const text = full ? `It has ${plural(category.productCount, "product")} and ${plural(this.tree.children(category.id).length, "subcategory", "subcategories")}: another category takes them over.` : "It has no active products and no subcategories.";
    ask(
      { title: `Delete ${category.name}`, button: "Delete", kind: "danger" },
      async ({ moveTo }) => {
        try {
          const gone = await remove(`${path(category.id)}${moveTo ? `?moveTo=${encodeURIComponent(moveTo)}` : ""}`, ifMatch(category.version));
          await this.reload();
          this.page.querySelector("h1 + .actions button, .lesson button")?.focus();
          announce(`${category.name} is deleted. ${followUp(gone)}`.trim());
        } catch (error) {
          throw explained(error);
        }
      },
      h("p", {}, text),
      field("moveTo", "Move what is in it to", { options: [["", full ? "Choose a category" : "Nothing to move"], ...targets], value: "", required: full }),
    );
  }
}

/** Whether lists and counts follow later. */
function followUp({ reindexing }) {
  return reindexing ? "Lists and counts follow within a minute." : "";
}

/** Run `act`; if the tree refuses the change, the error is shown at the field of the category's parent. */
async function placed(act) {
  try {
    return await act();
  } catch (error) {
    if (error.code === "CATEGORY_TREE") error.details = { parentId: error.message };
    throw error;
  }
}

function explained(error) {
  const { products, subcategories } = error.details ?? {};
  if (error.code === "CATEGORY_IN_USE") error.details = { moveTo: `It has ${count(products)} products (also those that are switched off) and ${plural(subcategories, "subcategory", "subcategories")}: choose where they go` };
  if (error.code === "CATEGORY_TREE") error.details = { moveTo: error.message };
  return error;
}

/** Warn of similar names: `kitchen` beside `Kitchen` is probably a mistake. */
function hintNames(name, items, self) {
  const input = name.querySelector("input");
  const note = name.querySelector(".note");
  input.addEventListener("input", () => {
    const typed = input.value.trim().toLowerCase();
    const found = items.find((each) => each.id !== self?.id && each.name.toLowerCase() === typed);
    note.dataset.hint = found === undefined ? "" : `“${pathOf(found.id, items)}” exists already: capital letters make no difference.`;
    note.textContent = note.dataset.hint;
  });
}
