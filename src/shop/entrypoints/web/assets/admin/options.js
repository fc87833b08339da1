// The options of a product and their values, edited beside the grid of variants.
import { announce, fill, h } from "../common/dom.js";
import { plural } from "../common/format.js";
import { noted, noteOf } from "./attributes.js";
import { keyOf } from "./draft.js";

/** Edit `draft.options`; `changed` is called on every change, `restructured(focus)` instead where the grid must follow. */
export function optionsEditor(draft, { storedRows, changed, restructured }) {
  const pending = [];
  const element = h("div", { class: "options" });
  const row = (option, index) => {
    const called = () => option.name.trim() || `option ${index + 1}`;
    const name = h("input", { class: "option-name", "aria-label": `Name of option ${index + 1}`, placeholder: ["Size", "Colour", "Material"][index], required: true, maxlength: 40, pattern: "[^:]*\\S[^:]*", title: "A name without a colon", value: option.name, ...noted() });
    name.addEventListener("input", () => {
      option.name = name.value;
      changed();
    });
    const added = h("input", { class: "medium", "aria-label": `Add a value to ${called()}`, placeholder: "Add a value", maxlength: 100, ...noted() });
    const take = () => {
      const texts = added.value.split(",").map((text) => text.trim()).filter(Boolean);
      added.value = "";
      return texts.map((text) => addValue(draft, index, text)).some(Boolean);
    };
    pending.push(take);
    added.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== ",") return;
      event.preventDefault();
      if (take()) restructured(`[data-option="${index}"] .new-value input`);
    });
    const away = h("button", { type: "button", class: "small quiet", "aria-label": `Remove ${called()}`, click: () => removeOption(draft, index, { storedRows, restructured }) }, "Remove");
    return h(
      "div",
      { class: "option", "data-option": index, role: "group", "aria-label": `Option ${index + 1}` },
      h("div", { class: "option-head" }, h("div", {}, name, noteOf(name)), away),
      h("ul", { class: "values", "aria-label": `Values of ${called()}` }, option.values.map((value, at) => valueChip(option, index, value, at)), h("li", { class: "new-value" }, added, noteOf(added))),
    );
  };
  const valueChip = (option, index, value, at) => {
    const input = h("input", { class: "value", "aria-label": `Value ${at + 1} of ${option.name || `option ${index + 1}`}`, required: true, maxlength: 100, value, size: Math.max(3, value.length), ...noted() });
    input.addEventListener("change", () => {
      const text = input.value.trim();
      const taken = option.values.some((each, other) => other !== at && keyOf([each]) === keyOf([text]));
      if (text === "" || taken) {
        announce(text === "" ? "A value cannot be empty." : `“${text}” is there already.`, "refused");
        input.value = option.values[at];
        return;
      }
      for (const variant of draft.variants) if (variant.options[index] === option.values[at]) variant.options[index] = text;
      option.values[at] = text;
      restructured();
    });
    const away = h("button", { type: "button", class: "small quiet square-small", "aria-label": `Remove the value ${value}`, click: () => removeValue(draft, index, at, { storedRows, restructured }) }, "×");
    return h("li", {}, input, away);
  };
  fill(element, draft.options.map(row));
  return {
    element,
    settle: () => {
      if (pending.map((take) => take()).some(Boolean)) restructured();
    },
  };
}

/** Whether the value is new. Variants without a value for the option take the first one. */
function addValue(draft, index, text) {
  const { values } = draft.options[index];
  if (values.some((value) => keyOf([value]) === keyOf([text]))) {
    announce(`“${text}” is there already.`, "refused");
    return false;
  }
  values.push(text);
  for (const variant of draft.variants) if (variant.options[index] === "") variant.options[index] = text;
  return true;
}

function removeValue(draft, index, at, { storedRows, restructured }) {
  const value = draft.options[index].values[at];
  const lost = draft.variants.filter(({ options }) => options[index] === value);
  if (lost.length === draft.variants.length) {
    announce("These are all variants that there are: remove the option instead.", "refused");
    return;
  }
  if (storedRows(lost) && !confirm(`Remove ${value} and its ${plural(lost.length, "variant")}?`)) return;
  draft.options[index].values.splice(at, 1);
  draft.variants = draft.variants.filter((variant) => !lost.includes(variant));
  restructured(`[data-option="${index}"] .new-value input`);
}

/** Remove an option; of the variants that differ in it alone, the first stays. */
function removeOption(draft, index, { storedRows, restructured }) {
  const kept = new Map();
  for (const variant of draft.variants) {
    const key = keyOf(variant.options.toSpliced(index, 1));
    if (!kept.has(key)) kept.set(key, variant);
  }
  const lost = draft.variants.filter((variant) => !kept.has(variant) && ![...kept.values()].includes(variant));
  if (storedRows(lost) && !confirm(`Remove the option and ${plural(lost.length, "variant")} that differ in it alone?`)) return;
  draft.options.splice(index, 1);
  draft.variants = [...kept.values()];
  for (const variant of draft.variants) variant.options.splice(index, 1);
  restructured(".add-option");
}
