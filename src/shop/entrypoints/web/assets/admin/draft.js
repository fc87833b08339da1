// A product as it is edited: a draft that is independent of the form, and the requests that store it.
import { FIELDS, FLAGS, TEXTS } from "./productfields.js";

export const VARIANT_FIELDS = ["price", "compareAtPrice", "sku", "barcode", "weight", "imageUrl", "active"];

/** The draft of a product that is not stored yet: it has no options and one variant. */
export function newDraft() {
  return {
    ...Object.fromEntries(TEXTS.map((field) => [field, FIELDS[field].initial ?? ""])),
    ...Object.fromEntries(FLAGS.map((field) => [field, FIELDS[field].initial ?? false])),
    categoryIds: [], attributes: [], images: [], options: [], variants: [newVariant([])],
  };
}

/** A variant that is not stored yet, with the terms of `like`. */
export function newVariant(options, like = {}) {
  const { price = null, compareAtPrice = null, weight = null } = like;
  return { options, price, compareAtPrice, sku: "", barcode: "", weight, imageUrl: "", active: true, stock: 0 };
}

/** The draft of a stored product. */
export function draftOf(product) {
  const names = product.options.map(({ name }) => name);
  return {
    ...Object.fromEntries(TEXTS.map((field) => [field, product[field] ?? ""])),
    ...Object.fromEntries(FLAGS.map((field) => [field, product[field]])),
    categoryIds: [...product.categoryIds],
    attributes: Object.entries(product.attributes).map(([name, value]) => ({ name, value })),
    images: product.images.map((image) => ({ ...image })),
    options: product.options.map(({ name, values }) => ({ name, values: [...values] })),
    variants: product.variants.map((variant) => ({
      ...Object.fromEntries(["id", "stock", "priorPrice", ...VARIANT_FIELDS].map((field) => [field, variant[field]])),
      sku: variant.sku ?? "", barcode: variant.barcode ?? "", imageUrl: variant.imageUrl ?? "",
      options: names.map((name) => variant.options[name]),
    })),
  };
}

export const copyOf = (draft) => structuredClone(draft);

/** The product's own fields, as the API takes them. */
export function productBody(draft) {
  const { imageUrl, ...texts } = Object.fromEntries(TEXTS.map((field) => [field, draft[field] || (FIELDS[field].blank ?? null)]));
  const body = {
    ...texts,
    ...Object.fromEntries(FLAGS.map((field) => [field, draft[field]])),
    categoryIds: draft.categoryIds,
    attributes: Object.fromEntries(draft.attributes.map(({ name, value }) => [name.trim(), value])),
    images: draft.images.map(({ mediaId, alt }) => ({ mediaId, alt })),
  };
  return draft.images.length ? body : { ...body, imageUrl };
}

/** The options and variants, as the API takes them. `productId` is the only variant's id while there are no options. */
export function variantsBody(draft, productId) {
  const names = draft.options.map(({ name }) => name);
  const keepsId = ({ id }) => id !== undefined && (names.length > 0 || id === productId);
  return {
    options: names,
    variants: draft.variants.map((variant) => ({
      ...(keepsId(variant) ? { id: variant.id } : { stock: variant.stock }),
      options: Object.fromEntries(names.map((name, index) => [name, variant.options[index]])),
      ...termsOf(variant),
    })),
  };
}

/** A new product in one request. */
export function creationBody(draft) {
  const { slug, ...fields } = productBody(draft);
  return { ...fields, ...(slug && { slug }), ...variantsBody(draft) };
}

function termsOf(variant) {
  const { sku, barcode, imageUrl, price, compareAtPrice, weight, active } = variant;
  return { price, compareAtPrice, weight, active, sku: sku || null, barcode: barcode || null, imageUrl: imageUrl || null };
}

/** The entries of `mine` that differ from the same entries of `base`. */
export function changesOf(mine, base) {
  return Object.fromEntries(Object.entries(mine).filter(([field, value]) => !same(value, base[field])));
}

export function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whether the draft asks for other options or variants than the stored ones. */
export function changesVariants(draft, base) {
  return !same(variantsBody(draft), variantsBody(base));
}

/** The combinations of the options' values that are no variant yet. */
export function missingCombinations(draft) {
  if (draft.options.length === 0) return [];
  const all = draft.options.reduce((made, { values }) => made.flatMap((start) => values.map((value) => [...start, value])), [[]]);
  const taken = new Set(draft.variants.map(({ options }) => keyOf(options)));
  return all.filter((options) => !taken.has(keyOf(options)));
}

/** The key by which combinations are compared, as the server does: without case and surrounding space. */
export const keyOf = (options) => JSON.stringify(options.map((value) => (value ?? "").trim().toLowerCase()));
