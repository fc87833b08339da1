// Attributes of a product: names with a text, a number, or yes or no.
import { fill, freshId, h } from "../common/dom.js";

const MAX_ATTRIBUTES = 20;
const KINDS = { string: "Text", number: "Number", boolean: "Yes or no" };
const EMPTY = { string: "", number: null, boolean: true };

/** Edit `draft.attributes`; `changed` is called on every change. */
export function attributesEditor(draft, changed) {
  const rows = h("div", { class: "attribute-rows" });
  const add = h("button", { type: "button", class: "small" }, "Add attribute");
  const render = (focused) => {
    fill(rows, draft.attributes.map((attribute, index) => row(attribute, index)));
    add.disabled = draft.attributes.length >= MAX_ATTRIBUTES;
    checkNames(draft, rows);
    if (focused !== undefined) (rows.children[focused]?.querySelector("input") ?? add).focus();
  };
  const row = (attribute, index) => {
    const kind = attribute.kind ?? (typeof attribute.value === "object" ? "number" : typeof attribute.value);
    const label = (text) => `${text} of attribute ${index + 1}`;
    const name = h("input", { class: "attribute-name", "aria-label": label("Name"), placeholder: "Material", required: true, maxlength: 40, pattern: "[^:]*\\S[^:]*", title: "A name without a colon", value: attribute.name, ...noted() });
    name.addEventListener("input", () => {
      attribute.name = name.value;
      checkNames(draft, rows);
      changed();
    });
    const type = h("select", { "aria-label": label("Kind") }, Object.entries(KINDS).map(([value, text]) => h("option", { value }, text)));
    type.value = kind;
    type.addEventListener("change", () => {
      attribute.value = EMPTY[type.value];
      render();
      rows.children[index].querySelector("select").focus();
      changed();
    });
    const away = h("button", { type: "button", class: "small quiet", "aria-label": `Remove attribute ${attribute.name || index + 1}`, click: () => drop(index) }, "Remove");
    return h("div", { class: "attribute-row" }, h("div", {}, name, noteOf(name)), type, valueInput(attribute, kind, label("Value"), changed), away);
  };
  const drop = (index) => {
    draft.attributes.splice(index, 1);
    render(Math.min(index, draft.attributes.length - 1));
    changed();
  };
  add.addEventListener("click", () => {
    draft.attributes.push({ name: "", value: "" });
    render(draft.attributes.length - 1);
    changed();
  });
  render();
  return h("div", {}, rows, add);
}

function valueInput(attribute, kind, label, changed) {
  const set = (value) => {
    attribute.value = value;
    changed();
  };
  if (kind === "boolean") {
    const select = h("select", { "aria-label": label }, h("option", { value: "yes" }, "Yes"), h("option", { value: "no" }, "No"));
    select.value = attribute.value ? "yes" : "no";
    select.addEventListener("change", () => set(select.value === "yes"));
    return h("div", {}, select);
  }
  const number = kind === "number";
  const input = h("input", { type: number ? "number" : "text", step: number ? "any" : null, "aria-label": label, required: true, maxlength: number ? null : 200, value: attribute.value ?? "", ...noted() });
  input.addEventListener("input", () => set(number ? (input.value === "" ? null : Number(input.value)) : input.value));
  return h("div", {}, input, noteOf(input));
}

/** Refuse names that are used twice: only one of their values would be stored. */
function checkNames(draft, rows) {
  const names = draft.attributes.map(({ name }) => name.trim().toLowerCase());
  rows.querySelectorAll(".attribute-name").forEach((input, index) => {
    input.setCustomValidity(names[index] !== "" && names.indexOf(names[index]) < index ? "This name is used already." : "");
  });
}

/** The attributes that tie an input to its note (`noteOf`), in which `form` says why a value is refused. */
export function noted() {
  const id = freshId("input");
  return { id, "aria-describedby": `${id}-note` };
}

export function noteOf(input) {
  return h("small", { id: `${input.id}-note`, class: "note", "data-hint": "" });
}
