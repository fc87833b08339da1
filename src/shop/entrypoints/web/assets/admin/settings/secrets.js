// Secrets that are shown once: to copy, to keep as a file, to print.
import { announce, h } from "../../common/dom.js";

/** A secret with a button that copies it. */
export function secretField(label, text, name = "secret") {
  const input = h("input", { type: "text", class: "secret", readonly: true, value: text, "aria-label": label, spellcheck: "false", focus: () => input.select() });
  return h("div", { class: "secret-row", "data-field": name }, input, copyButton(text, label));
}

/** A button that copies `text`; without the browser's permission it says how to copy by hand. */
export function copyButton(text, label) {
  const press = h("button", { type: "button", "aria-label": `Copy: ${label}` }, "Copy");
  press.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      announce("Copied.");
    } catch {
      announce("The browser does not allow it: select the text and copy it by hand.", "refused");
    }
  });
  return press;
}

/** A link that saves `text` as a file. */
export function downloadLink(name, text) {
  return h("a", { class: "button", href: `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`, download: name }, "Save as a file");
}
