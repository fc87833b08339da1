// Pictures of products, and a drawing in place of one that is missing.
import { h, svg } from "../common/dom.js";

const TONES = 8;
const SIZE = 200;

/**
 * A product's picture in a square frame. `eager` pictures are loaded at once: those that visitors see first. `sizes`
 * says how wide it is shown, for pictures that the shop keeps in several widths.
 */
export function picture({ name, imageUrl, images = [] }, { eager = false, alt = "", sizes = "(width < 48rem) 45vw, 20rem" } = {}) {
  const frame = h("div", { class: `picture tone-${(hash(name) >>> 16) % TONES}` });
  if (!isPicture(imageUrl)) {
    frame.append(drawing(name));
    return frame;
  }
  const widths = images.find(({ url }) => url === imageUrl)?.widths ?? [];
  const srcset = widths.map(({ url, width }) => `${url} ${width}w`).join(", ") || null;
  const image = h("img", { srcset, sizes: srcset && sizes, src: imageUrl, alt, loading: eager ? "eager" : "lazy", decoding: eager ? "sync" : "async", width: 600, height: 600 });
  image.addEventListener("error", () => image.replaceWith(drawing(name)));
  frame.append(image);
  return frame;
}

/** Whether the address is one that the shop accepts: https, or a path of its own. */
export function isPicture(address) {
  return /^(https:\/\/|\/(?!\/))/.test(address ?? "");
}

/** An abstract drawing, always the same for a name. */
function drawing(name) {
  const seed = hash(name);
  const shapes = DRAWINGS[seed % DRAWINGS.length]((seed >>> 8) % 5);
  return svg("svg", { class: "art", viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true" }, svg("rect", { width: SIZE, height: SIZE }), ...shapes);
}

const shape = (kind, d) => svg("path", { class: kind, d });

const DRAWINGS = [
  (turn) => [shape("a", `M${40 + turn * 4} 150V95a${60 - turn * 4} ${60 - turn * 4} 0 0 1 ${120 - turn * 8} 0v55z`), shape("b", "M78 150V100a22 22 0 0 1 44 0v50z")],
  (turn) => [circle("a", 100, 88, 44), shape("b", `M0 200v-${44 + turn * 5}q50-${18 + turn * 4} 100 0t100 0V200z`)],
  (turn) => [shape("a", "M52 52h46v96H52z"), shape("b", `M102 ${100 - turn * 6}h46v${48 + turn * 6}h-46z`), circle("b", 125, 72 - turn * 4, 20)],
  (turn) => [circle("a", 82 + turn * 2, 92, 46), circle("b", 122, 118 - turn * 3, 34)],
  (turn) => [shape("a", `M100 ${44 + turn * 3}l56 96H44z`), circle("b", 100, 118, 24)],
  (turn) => [shape("a", "M56 146a44 44 0 0 1 88 0z"), shape("b", `M56 ${98 - turn * 2}a44 44 0 0 0 88 0z`), circle("b", 100, 64 - turn, 13)],
];

function circle(kind, cx, cy, r) {
  return svg("circle", { class: kind, cx, cy, r });
}

/** A number that looks random, and is the same for the same text (FNV-1a with a final mix). */
function hash(text) {
  let sum = 0x811c9dc5;
  for (const sign of text) sum = Math.imul(sum ^ sign.codePointAt(0), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
  return (sum ^ (sum >>> 13)) >>> 0;
}
