// A product's pictures: one large, and small ones to choose from.
import { fill, h } from "../common/dom.js";
import { isPicture, picture } from "./pictures.js";

/** `{element, show(url)}`: the gallery, and how to show the picture of a variant. */
export function gallery(product) {
  const urls = urlsOf(product);
  const place = h("div", { "aria-live": "polite" });
  const thumbs = urls.map((url, index) =>
    h("button", { type: "button", "aria-label": `Picture ${index + 1} of ${urls.length}`, click: () => show(url) }, h("img", { src: smallest(product, url), alt: "", loading: "lazy", width: 72, height: 72 })));
  const show = (url) => {
    const chosen = urls.includes(url) ? url : urls[0];
    fill(place, picture({ ...product, imageUrl: chosen }, { eager: true, alt: altOf(product, chosen), sizes: "(width < 52rem) 100vw, 40rem" }));
    thumbs.forEach((thumb, index) => thumb.setAttribute("aria-pressed", String(urls[index] === chosen)));
  };
  show(urls[0]);
  const strip = urls.length > 1 ? h("ul", { class: "thumbs", "aria-label": "Pictures" }, thumbs.map((thumb) => h("li", {}, thumb))) : null;
  return { element: h("div", { class: "gallery" }, place, strip), show };
}

function urlsOf({ imageUrl, images = [], variants = [] }) {
  const all = [...images.map(({ url }) => url), imageUrl, ...variants.map((variant) => variant.imageUrl)];
  return [...new Set(all.filter(isPicture))];
}

function smallest({ images = [] }, url) {
  return images.find((image) => image.url === url)?.widths[0]?.url ?? url;
}

function altOf({ name, images = [] }, url) {
  return images.find((image) => image.url === url)?.alt || name;
}
