// Forms: labelled fields, one submission at a time, and errors next to their fields.
import { freshId, h } from "./dom.js";

/**
 * A labelled input; `properties` are the input's. With `options` (value → text, or a list of such pairs) it is a
 * select; with the type "textarea" it has several lines.
 */
export function field(name, label, properties = {}) {
  const { options, hint, ...attributes } = properties;
  const id = freshId(name);
  const common = { id, name, "aria-describedby": `${id}-note`, ...attributes };
  const input = control(options, common);
  const note = h("small", { id: `${id}-note`, class: "note", "data-hint": hint ?? "" }, hint ?? "");
  const check = attributes.type === "checkbox";
  const text = h("label", { for: id }, label, attributes.required && !check ? h("span", { "aria-hidden": "true" }, " *") : null);
  return h("div", { class: check ? "field check" : "field", "data-field": name }, check ? [input, text] : [text, input], note);
}

function control(options, { type = "text", ...attributes }) {
  if (options === undefined) return type === "textarea" ? h("textarea", attributes) : h("input", { type, ...attributes });
  const pairs = Array.isArray(options) ? options : Object.entries(options);
  const select = h("select", attributes, pairs.map(([value, text]) => h("option", { value }, text)));
  if (attributes.value !== undefined) select.value = attributes.value;
  return select;
}

/**
 * A form that passes its values to `submit`. One submission runs at a time; errors are displayed and
 * announced, next to the field where the shop names one (`details`).
 */
export function form(properties, submit, ...children) {
  const { button, kind = "primary", extra, ...attributes } = properties;
  const problem = h("p", { class: "problem", role: "alert" });
  const press = h("button", { type: "submit", class: kind }, button);
  const element = h("form", { novalidate: true, ...attributes }, children, problem, h("div", { class: "actions" }, press, extra));
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (element.hasAttribute("aria-busy")) return; // the button is not disabled, or it would lose the focus
    clear(element, problem);
    if (!element.checkValidity()) {
      showInvalid(element);
      return;
    }
    element.setAttribute("aria-busy", "true");
    try {
      await submit(values(element), element);
    } catch (error) {
      showRefusal(element, problem, error);
    } finally {
      element.removeAttribute("aria-busy");
    }
  });
  return element;
}

/** The entered values: numbers as numbers, checkboxes as booleans, empty fields omitted. */
export function values(element) {
  const found = {};
  for (const input of element.elements) {
    if (!input.name || input.disabled || (input.type === "radio" && !input.checked)) continue;
    if (input.type === "checkbox") found[input.name] = input.checked;
    else if (input.value.trim() !== "") found[input.name] = input.type === "number" ? Number(input.value) : input.value;
  }
  return found;
}

function clear(element, problem) {
  problem.textContent = "";
  for (const wrong of element.querySelectorAll("[aria-invalid]")) {
    wrong.removeAttribute("aria-invalid");
    const note = document.getElementById(`${wrong.id}-note`);
    if (note) note.textContent = note.dataset.hint;
  }
}

function mark(input, reason) {
  input.setAttribute("aria-invalid", "true");
  const folded = input.closest("details");
  if (folded !== null) folded.open = true;
  const note = document.getElementById(`${input.id}-note`);
  if (note) note.textContent = reason;
}

function showInvalid(element) {
  const wrong = [...element.elements].filter((input) => input.willValidate && !input.checkValidity());
  for (const input of wrong) mark(input, input.validationMessage);
  wrong[0].focus();
}

/** Show why the shop refused the values: next to the fields that it names, else below the form, never twice. */
function showRefusal(element, problem, error) {
  if (error.status === undefined) console.error(error);
  let unplaced = Object.keys(error.details ?? {}).length === 0;
  for (const [path, reason] of Object.entries(error.details ?? {})) {
    const input = inputOf(element, path);
    if (canShowError(input) && typeof reason === "string") mark(input, sentence(reason));
    else unplaced = true;
  }
  if (unplaced) problem.textContent = error.status === undefined ? "Something went wrong on this page." : error.message;
  focusOn(element.querySelector("[aria-invalid]"));
}

const canShowError = (input) => input !== undefined && input.closest("[hidden]") === null && document.getElementById(`${input.id}-note`) !== null;

/** Focus a field; of a picker, whose value is hidden, its first control. */
function focusOn(input) {
  if (input?.type === "hidden") input.closest("[data-field]")?.querySelector("input:not([type=hidden])")?.focus();
  else input?.focus();
}

/** "rates[0].price" → "rates.0.price": both spellings name the same field. */
const dotted = (path) => path.replaceAll(/\[(\d+)\]/g, ".$1");

/** The field that "rates[0].price" names: its own, else the last part's, else the first's. */
function inputOf(element, path) {
  const parts = dotted(path).split(".");
  const named = [...element.elements].filter((input) => input.name);
  return [parts.join("."), parts.at(-1), parts[0]].map((name) => named.find((input) => dotted(input.name) === name)).find(Boolean);
}

/** "must be an integer" → "Must be an integer." */
function sentence(reason) {
  const text = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
