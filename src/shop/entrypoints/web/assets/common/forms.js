// Forms: labelled fields, one submission at a time, and errors next to their fields.
import { fill, freshId, h } from "./dom.js";

/** A labelled input; `properties` are the input's; with `options` (value → text) it is a select. */
export function field(name, label, properties = {}) {
  const { options, hint, ...attributes } = properties;
  const id = freshId(name);
  const common = { id, name, "aria-describedby": `${id}-note`, ...attributes };
  const input = options
    ? h("select", common, Object.entries(options).map(([value, text]) => h("option", { value }, text)))
    : h("input", { type: "text", ...common });
  if (options && attributes.value !== undefined) input.value = attributes.value;
  const note = h("small", { id: `${id}-note`, class: "note" }, hint ?? "");
  const check = attributes.type === "checkbox";
  const text = h("label", { for: id }, label, attributes.required && !check ? h("span", { "aria-hidden": "true" }, " *") : null);
  return h("div", { class: check ? "field check" : "field", "data-field": name }, check ? [input, text] : [text, input], note);
}

/**
 * A form that passes its values to `submit`. The button is disabled while it runs; errors are displayed and
 * announced, next to the field where the shop names one (`details`).
 */
export function form(properties, submit, ...children) {
  const { button, kind = "primary", extra, ...attributes } = properties;
  const problem = h("p", { class: "problem", role: "alert" });
  const press = h("button", { type: "submit", class: kind }, button);
  const element = h("form", { novalidate: true, ...attributes }, children, problem, h("div", { class: "actions" }, press, extra));
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear(element, problem);
    if (!element.checkValidity()) {
      showInvalid(element);
      return;
    }
    press.disabled = true;
    element.setAttribute("aria-busy", "true");
    try {
      await submit(values(element), element);
    } catch (error) {
      showRefusal(element, problem, error);
    } finally {
      press.disabled = false;
      element.removeAttribute("aria-busy");
    }
  });
  return element;
}

/** The entered values: numbers as numbers, checkboxes as booleans, empty fields omitted. */
export function values(element) {
  const found = {};
  for (const input of element.elements) {
    if (!input.name) continue;
    if (input.type === "checkbox") found[input.name] = input.checked;
    else if (input.value.trim() !== "") found[input.name] = input.type === "number" ? Number(input.value) : input.value;
  }
  return found;
}

function clear(element, problem) {
  problem.textContent = "";
  for (const wrong of element.querySelectorAll("[aria-invalid]")) {
    wrong.removeAttribute("aria-invalid");
    fill(document.getElementById(`${wrong.id}-note`));
  }
}

function mark(input, reason) {
  input.setAttribute("aria-invalid", "true");
  const note = document.getElementById(`${input.id}-note`);
  if (note) note.textContent = reason;
}

function showInvalid(element) {
  const wrong = [...element.elements].filter((input) => input.willValidate && !input.checkValidity());
  for (const input of wrong) mark(input, input.validationMessage);
  wrong[0].focus();
}

function showRefusal(element, problem, error) {
  if (error.status === undefined) console.error(error);
  problem.textContent = error.status === undefined ? "Something went wrong on this page." : error.message;
  for (const [path, reason] of Object.entries(error.details ?? {})) {
    const input = element.elements.namedItem(path.split(".").at(-1));
    if (input && typeof reason === "string") mark(input, reason);
  }
  element.querySelector("[aria-invalid]")?.focus();
}
