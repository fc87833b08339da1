// The choice of a product's variant: one group of values per option.
import { h } from "../common/dom.js";

const active = (variant) => variant.active !== false;

/** The variant that the page shows first: the one in the URL, else the first in stock. */
export function firstVariant({ variants }, wanted) {
  const offered = variants.filter(active);
  return offered.find(({ id }) => id === wanted) ?? offered.find(({ stock }) => stock > 0) ?? offered[0] ?? null;
}

/**
 * The groups of values; `change` is called with the chosen variant, or null for a combination that does not exist.
 * Values that do not exist together with the other choices, or are sold out with them, are marked, but can be chosen.
 */
export function variantPicker({ options, variants }, first, change) {
  const offered = variants.filter(active);
  const chosen = { ...first?.options };
  const find = (wanted) => offered.find((variant) => options.every(({ name }) => variant.options[name] === wanted[name])) ?? null;
  const groups = options.map(({ name, values }) => group(name, values));
  const mark = () => groups.forEach(({ mark: each }) => each());

  function group(name, values) {
    const current = h("span", {});
    const entries = values.map((value) => {
      const note = h("span", { class: "visually-hidden" });
      const input = h("input", { type: "radio", name: `option-${name}`, value, checked: chosen[name] === value });
      input.addEventListener("change", () => {
        chosen[name] = value;
        mark();
        change(find(chosen));
      });
      return { value, note, label: h("label", {}, input, value, note) };
    });
    return {
      element: h("fieldset", { class: "pick" }, h("legend", {}, name, " ", current), h("div", { class: "values" }, entries.map(({ label }) => label))),
      mark: () => {
        current.textContent = chosen[name] ?? "";
        for (const { value, note, label } of entries) {
          const variant = find({ ...chosen, [name]: value });
          note.textContent = variant === null ? " (not available)" : variant.stock === 0 ? " (sold out)" : "";
          label.classList.toggle("missing", variant === null || variant.stock === 0);
        }
      },
    };
  }

  mark();
  return groups.map(({ element }) => element);
}
