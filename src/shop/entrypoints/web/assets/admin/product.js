// The page of one product, and of a new one: all its fields on one form, which never loses typed input.
import { get, ifMatch, newKey, patch, post, put, remove } from "../common/api.js";
import { announce, fill, h, refill } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { count } from "../common/format.js";
import { go, link } from "../common/router.js";
import { may } from "../common/session.js";
import { attributesEditor } from "./attributes.js";
import { categoryNames, categoryPicker } from "./categorypicker.js";
import { conflictPanel, merge } from "./conflict.js";
import { changesOf, changesVariants, copyOf, creationBody, draftOf, newDraft, productBody, same, variantsBody } from "./draft.js";
import { picturesEditor } from "./pictures.js";
import { preview } from "./preview.js";
import { FIELDS, FLAGS, MORE, TEXTS } from "./productfields.js";
import { variantsEditor } from "./variantgrid.js";

const STALE = ["PRECONDITION_FAILED", "VERSION_CONFLICT"];

const path = (id) => `/api/products/${encodeURIComponent(id)}`;

export async function product({ segments: [, id] }) {
  const [item, { items: categories }, taxClasses] = await Promise.all([id === "new" ? null : get(path(id)), get("/api/categories"), knownTaxClasses()]);
  const editor = new Editor(item, categories, taxClasses);
  editor.show();
  return { title: item?.name ?? "New product", content: editor.page };
}

/** The tax classes of the shop's rates; only the standard one for staff who may not see the rates. */
async function knownTaxClasses() {
  const { items } = await get("/api/admin/tax-rates", { page: 1, limit: 100 }).catch(() => ({ items: [] }));
  return [...new Set(["standard", ...items.map(({ taxClass }) => taxClass)])];
}

class Editor {
  constructor(item, categories, taxClasses) {
    this.page = h("div", { class: "product-page" });
    this.categories = categories;
    this.taxClasses = taxClasses;
    this.creation = newKey();
    this.load(item);
  }

  /** Restart from the stored product; null for one that is not stored yet. */
  load(item) {
    this.item = item;
    this.base = item === null ? newDraft() : draftOf(item);
    this.draft = copyOf(this.base);
  }

  show(...above) {
    const preview = this.preview();
    this.form = this.makeForm(preview);
    refill(this.page, [this.head(), above, this.form]);
    this.note();
  }

  head() {
    const { item } = this;
    const state = item === null ? null : h("span", { class: item.active ? "tag good" : "tag" }, item.active ? "In the catalogue" : "Switched off");
    const inShop = item?.active ? h("a", { class: "button", href: `/p/${encodeURIComponent(item.slug)}`, target: "_blank" }, "See it in the shop") : null;
    const away = item === null || !may("catalogue:write") ? null : h("button", { type: "button", class: "danger", click: () => this.remove() }, "Delete");
    return h(
      "header",
      { class: "page-head" },
      h("nav", { class: "crumbs", "aria-label": "Breadcrumbs" }, h("a", { href: link("products") }, "Products")),
      h("h1", {}, item?.name ?? "New product", " ", state),
      h("div", { class: "actions" }, inShop, away),
    );
  }

  makeForm(shown) {
    const discard = h("button", { type: "button", class: "quiet discard", click: () => this.discard() }, "Discard changes");
    const made = form(
      { button: this.item === null ? "Create product" : "Save", class: "product-form", "aria-label": "Product", extra: [discard, h("span", { class: "unsaved-note soft", role: "status" })] },
      () => this.save(),
      h("div", { class: "product-columns" }, h("div", {}, this.details(), this.pictures(), this.variants(), this.attributes()), h("div", {}, shown.element, this.organisation())),
    );
    made.querySelector("button[type=submit]").dataset.keep = "save";
    if (!may("catalogue:write")) for (const control of made.elements) control.disabled = true;
    made.addEventListener("input", () => {
      for (const name of TEXTS) if (made.elements[name]) this.draft[name] = made.elements[name].value;
      for (const name of FLAGS) this.draft[name] = made.elements[name].checked;
      this.changed();
    });
    return made;
  }

  details() {
    return section("Details", this.field("name"), this.field("description"));
  }

  /** The control of one of the product's own fields; `others` take the place of its attributes. */
  field(name, others = {}) {
    const { label, more, blank, initial, ...attributes } = { ...FIELDS[name], ...others };
    return field(name, label, { ...attributes, ...(FLAGS.includes(name) ? { checked: this.draft[name] } : { value: this.draft[name] }) });
  }

  pictures() {
    const address = this.field("imageUrl", { label: "Or the address of a picture" });
    const input = address.querySelector("input");
    if (!/^https:/.test(input.value)) input.type = "text"; // a path of the shop's own is no URL to the browser
    const toggle = () => ((address.hidden = this.draft.images.length > 0), (input.disabled = address.hidden));
    const editor = picturesEditor(this.draft, () => {
      toggle();
      if (this.draft.options.length > 0) this.grid.render(); // its rows choose among the pictures
      this.changed();
    });
    toggle();
    return section("Pictures", editor, address);
  }

  variants() {
    this.grid = variantsEditor(this.draft, { item: this.item, changed: () => this.changed(), stockChanged: (item) => this.stockChanged(item) });
    return this.grid.element;
  }

  attributes() {
    return section("Attributes", h("p", { class: "soft small-text" }, "Shoppers see these on the product's page and filter by them."), attributesEditor(this.draft, () => this.changed()));
  }

  organisation() {
    const { draft } = this;
    const taxClasses = h("datalist", { id: "tax-classes" }, this.taxClasses.map((value) => h("option", { value })));
    return [
      section("Selling", this.field("active")),
      section("Categories", categoryPicker({ chosen: draft.categoryIds, categories: this.categories, changed: () => this.changed(), main: true })),
      section("More", MORE.map((name) => this.field(name, this.item === null && name === "slug" ? { hint: "Made from the name if left empty." } : {})), taxClasses),
    ];
  }

  preview() {
    this.shown = preview();
    return this.shown;
  }

  changed() {
    this.note();
  }

  /** Tell the page, the router and the preview what the draft is now. */
  note() {
    const unsaved = !same(this.draft, this.base);
    this.form.toggleAttribute("data-unsaved", unsaved);
    this.form.querySelector(".discard").hidden = !unsaved;
    fill(this.form.querySelector(".unsaved-note"), unsaved ? "Not saved yet" : null);
    this.shown.update(this.draft, this.item);
  }

  stockChanged(item) {
    this.item = { ...this.item, stock: item.stock };
    for (const { id, stock } of item.variants) {
      for (const { variants } of [this.base, this.draft]) {
        const variant = variants.find((each) => each.id === id);
        if (variant !== undefined) variant.stock = stock;
      }
    }
    this.note();
  }

  discard() {
    if (!confirm("Discard what you changed?")) return;
    if (this.item === null) this.load(null);
    else this.draft = copyOf(this.base);
    this.show();
  }

  async remove() {
    if (!confirm(`Delete “${this.item.name}”? Orders keep what they have of it.`)) return;
    try {
      await remove(path(this.item.id));
    } catch (error) {
      announce(error.message, "refused");
      return;
    }
    this.form.removeAttribute("data-unsaved");
    announce(`${this.item.name} is deleted.`);
    go("products");
  }

  async save() {
    this.grid.settle();
    if (this.item === null) return this.create();
    try {
      await this.store();
    } catch (error) {
      if (!STALE.includes(error.code)) throw error;
      return this.showConflict();
    }
    announce("Saved.");
    this.show();
  }

  async create() {
    const made = await post("/api/products", creationBody(this.draft), { "Idempotency-Key": this.creation });
    this.form.removeAttribute("data-unsaved");
    announce(`${made.name} is ${made.active ? "in the catalogue" : "saved, and switched off"}.`);
    go(`product/${encodeURIComponent(made.id)}`, {}, { replace: true });
  }

  /** Store the changes; changes stored before an error are not sent again. */
  async store() {
    const fields = changesOf(productBody(this.draft), productBody(this.base));
    const wantsVariants = changesVariants(this.draft, this.base);
    if (Object.keys(fields).length > 0) this.adopt(await patch(path(this.item.id), fields, ifMatch(this.item.version)), { keepVariants: wantsVariants });
    if (wantsVariants) this.adopt(await put(`${path(this.item.id)}/variants`, variantsBody(this.draft, this.item.id), ifMatch(this.item.version)), {});
  }

  adopt(item, { keepVariants = false }) {
    const { options, variants } = this.draft;
    this.load(item);
    if (keepVariants) Object.assign(this.draft, { options, variants });
  }

  async showConflict() {
    const item = await get(path(this.item.id));
    const { merged, changes } = merge(this.base, this.draft, draftOf(item));
    this.load(item);
    this.draft = merged;
    const panel = conflictPanel(changes, (value) => this.describe(value), () => {
      this.show();
      this.form.requestSubmit();
    });
    this.show(panel);
    panel.focus();
  }

  /** A value of a draft as text. */
  describe(value) {
    if (value === null || value === "" || value?.length === 0) return "(nothing)";
    if (typeof value === "boolean") return value ? "Yes" : "No";
    if (typeof value === "number") return count(value);
    if (typeof value === "string") return h("span", { class: "lines" }, value);
    if (!Array.isArray(value)) return `${value.options.join(", ") || "no options"}: ${value.variants.map(([, ...options]) => options.join(" / ")).join("; ") || "one variant"}`;
    if (value[0].mediaId !== undefined) return value.map(({ alt }, index) => alt || `picture ${index + 1}`).join(", ");
    if (value[0].name !== undefined) return value.map(({ name, value: each }) => `${name}: ${each}`).join(", ");
    return categoryNames(value, this.categories).join(", ");
  }
}

export function section(title, ...content) {
  const id = `section-${title.toLowerCase().replaceAll(" ", "-")}`;
  return h("section", { class: "panel", "aria-labelledby": id }, h("h2", { id }, title), content);
}
