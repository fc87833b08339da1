// Descriptions: paragraphs, lists, `code`, **strong** and [links](…) as elements. Nothing becomes markup.

import { h } from "./dom.js";

/** The elements of a description. */
export function prose(text) {
  return (text ?? "").split(/\n\s*\n/).filter((part) => part.trim()).map(block);
}

/** The elements of one line of a description. */
export function inline(text) {
  return (text ?? "").split(/(`[^`]+`|\b[A-Z]+(?:_[A-Z]+)+\b|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/).map((part) => {
    if (part.startsWith("`") && part.length > 1) return h("code", {}, part.slice(1, -1));
    if (/^[A-Z]+_[A-Z_]+$/.test(part)) return h("code", {}, part);
    if (part.startsWith("**")) return h("strong", {}, part.slice(2, -2));
    const link = /^\[([^\]]+)\]\((https:\/\/[^)\s]+)\)$/.exec(part);
    if (link) return h("a", { href: link[2], rel: "noreferrer" }, link[1]);
    return part;
  });
}

function block(part) {
  const lines = part.split("\n");
  if (!lines[0].startsWith("- ")) return h("p", {}, inline(lines.join(" ")));
  const items = lines.join("\n").split(/^- /m).filter(Boolean);
  return h("ul", {}, items.map((item) => h("li", {}, inline(item.replaceAll("\n", " ").trim()))));
}

/** A block of code that scrolls by itself, with a button to copy it. */
export function code(text, label) {
  const pre = h("pre", { tabindex: "0", role: "region", "aria-label": label }, h("code", {}, text));
  const copy = h("button", { type: "button", class: "small quiet copy", click: async () => {
    await navigator.clipboard.writeText(pre.textContent);
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  } }, "Copy");
  return h("div", { class: "code" }, navigator.clipboard ? copy : null, pre);
}
