// The product's card as the storefront shows it.
import { h } from "../common/dom.js";
import { cards } from "../storefront/cards.js";

/** A panel whose `update(draft, item)` shows the draft; `item` is the stored product, or null. */
export function preview() {
  const place = h("div", { class: "preview-card" });
  const element = h("section", { class: "panel", "aria-labelledby": "preview-title" }, h("h2", { id: "preview-title" }, "In the shop"), place);
  return { element, update: (draft, item) => place.replaceChildren(card(draft, item)) };
}

function card(draft, item) {
  const list = cards([shownProduct(draft)], 1);
  const anchor = list.querySelector("a");
  if (item?.active) Object.assign(anchor, { href: `/p/${encodeURIComponent(item.slug)}`, target: "_blank" });
  else anchor.removeAttribute("href");
  return list;
}

/** The draft as the list of products would show it. */
function shownProduct(draft) {
  const active = draft.variants.filter((variant) => variant.active);
  const sold = active.length ? active : draft.variants;
  const cheapest = sold.reduce((best, each) => ((each.price ?? 0) < (best.price ?? 0) ? each : best));
  const prices = sold.map(({ price }) => price ?? 0);
  return {
    name: draft.name || "The product's name",
    slug: "preview",
    imageUrl: draft.images[0]?.url ?? (draft.imageUrl || null),
    images: draft.images,
    price: cheapest.price ?? 0,
    compareAtPrice: cheapest.compareAtPrice,
    priorPrice: cheapest.priorPrice ?? null,
    priceFrom: Math.min(...prices),
    priceTo: Math.max(...prices),
    stock: active.reduce((sum, { stock }) => sum + (stock ?? 0), 0),
    options: draft.options.filter(({ values }) => values.length > 0),
  };
}
