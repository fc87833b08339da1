// The request that the form of an operation describes.

import { bodyOf, exampleOf, objectIn, resolve } from "./document.js";
import { h } from "./dom.js";
import { identityHeaders } from "./session.js";
import { inline } from "./text.js";

const learned = { itemId: undefined, expectedTotal: undefined };
/** The remembered values that fill in fields of bodies; all others fill in path parameters. */
const IN_BODIES = new Set(Object.keys(learned));
/** Fields whose example values this shop would refuse: they are left out until an answer shows a real value. */
const IF_KNOWN = new Set(["expectedTotal", "promoCode", "shippingMethodId"]);

/** Remember ids in an answer, so that the next step of the story begins with them. */
export function learnIds(operation, answer) {
  if (typeof answer !== "object" || answer === null) return;
  const first = answer.items?.[0] ?? answer;
  const name = operation.idParameter;
  const id = name && (first[name] ?? first[name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())] ?? first.id);
  if (id) learned[name] = id;
  if (operation.operationId === "listProducts" || operation.operationId === "searchProducts") learned.itemId = first.id;
  if (answer.variants?.length) learned.itemId = (answer.variants.find((each) => each.stock > 0) ?? answer.variants[0]).id;
  if (answer.order) {
    learned.order_id = answer.order.id;
    learned.client_secret = answer.order.payment?.clientSecret;
    learned.expectedTotal = undefined;
  }
  if (answer.total !== undefined && answer.items && answer.subtotal !== undefined) learned.expectedTotal = answer.total;
  if (answer.payment?.clientSecret) learned.client_secret = answer.payment.clientSecret;
}

/** The form of an operation: `element`, and `read`, which returns its values. */
export function requestForm(document, operation, changed) {
  const parameters = (operation.parameters ?? []).map((parameter) => resolve(document, parameter));
  const body = bodyOf(document, operation);
  const inputs = parameters.map((parameter) => parameterField(document, parameter));
  const isForm = body?.type === "multipart/form-data";
  const parts = isForm ? partFields(document, body) : [];
  const text = body && !isForm ? bodyField(document, body) : null;
  const element = h("div", { input: changed },
    inputs.length ? h("div", { class: "columns" }, inputs.map(({ whole }) => whole)) : null,
    parts.map(({ whole }) => whole), text?.whole);
  return { element, read: (asSample) => read({ operation, inputs, parts, text, isForm, asSample }) };
}

function parameterField(document, parameter) {
  const schema = resolve(document, parameter.schema) ?? {};
  const id = `parameter-${parameter.in}-${parameter.name}`;
  const choices = schema.enum ?? (schema.type === "boolean" ? ["true", "false"] : null);
  const isNeeded = parameter.required === true;
  const start = parameter.in === "path" ? learned[parameter.name] ?? "" : isNeeded ? exampleOf(parameter) ?? schema.default ?? schema.minimum ?? "" : "";
  const properties = { id, name: parameter.name, required: isNeeded, "aria-describedby": `${id}-note` };
  const input = choices
    ? h("select", properties, isNeeded ? null : h("option", { value: "" }, "–"), choices.map((choice) => h("option", { value: choice }, choice)))
    : h("input", { ...properties, value: String(start), autocomplete: "off", placeholder: placeholderOf(parameter, schema) });
  const whole = h("div", { class: "field" },
    h("label", { for: id }, h("code", {}, parameter.name), h("span", { class: "soft" }, ` ${parameter.in}${isNeeded ? ", required" : ""}`)),
    input, h("p", { class: "note small-text", id: `${id}-note` }, inline(parameter.description)));
  return { parameter, input, whole };
}

function placeholderOf(parameter, schema) {
  const example = exampleOf(parameter) ?? schema.examples?.[0] ?? schema.default;
  return example === undefined || example === null ? "" : String(example);
}

function bodyField(document, body) {
  const required = new Set(objectIn(document, body.schema)?.required);
  const example = withLearned(exampleOf(body) ?? {}, required);
  const start = JSON.stringify(example, null, 2);
  const input = h("textarea", {
    id: "body", spellcheck: "false", rows: Math.min(18, start.split("\n").length + 1), value: start, "aria-describedby": "body-problem",
  });
  const problem = h("p", { class: "problem small-text", id: "body-problem", role: "alert" });
  return { input, problem, whole: h("div", { class: "field" }, h("label", { for: "body" }, "Body, JSON"), input, problem) };
}

function withLearned(example, required) {
  if (typeof example !== "object" || example === null || Array.isArray(example)) return example;
  const changed = {};
  for (const [name, value] of Object.entries(example)) {
    const known = IN_BODIES.has(name) ? learned[name] : undefined;
    if (known !== undefined || required.has(name) || !IF_KNOWN.has(name)) changed[name] = known ?? value;
  }
  if (Array.isArray(example.items)) changed.items = example.items.map((item) => withLearned(item, required));
  return changed;
}

function partFields(document, body) {
  return Object.entries(objectIn(document, body.schema).properties).map(([name, property]) => {
    const isFile = name === "file" || resolve(document, property).format === "binary";
    const input = h("input", { id: `part-${name}`, name, type: isFile ? "file" : "text" });
    return { name, input, isFile, whole: h("div", { class: "field" }, h("label", { for: `part-${name}` }, h("code", {}, name)), input) };
  });
}

/** The request that the fields describe, with a problem if it can't be sent. */
function read({ operation, inputs, parts, text, isForm, asSample }) {
  const headers = identityHeaders(operation, asSample);
  const query = new URLSearchParams();
  let path = operation.path;
  let problem = null;
  for (const { parameter, input } of inputs) {
    const value = input.value.trim();
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, value || asSample ? (value ? encodeURIComponent(value) : `{${parameter.name}}`) : "");
    else if (value && parameter.in === "query") query.append(parameter.name, value);
    else if (value) headers[parameter.name] = value;
    if (parameter.required && !value) problem ??= { input, text: `${parameter.name} is missing.` };
  }
  const url = new URL(path.replaceAll("{", "%7B"), location.origin).href.replaceAll("%7B", "{").replaceAll("%7D", "}") + (query.size ? `?${query}` : "");
  const request = { method: operation.method, url, headers, problem };
  if (isForm) {
    request.form = Object.fromEntries(parts.filter(({ input, isFile }) => isFile || input.value).map(({ name, input, isFile }) => [name, isFile ? input.files[0] ?? null : input.value]));
    return request;
  }
  const body = text?.input.value.trim();
  if (!body) return request;
  request.body = body;
  headers["Content-Type"] = "application/json";
  try {
    JSON.parse(body);
    text.problem.textContent = "";
  } catch (error) {
    request.problem ??= { input: text.input, text: `The body is no JSON: ${error.message}` };
    text.problem.textContent = request.problem.text;
  }
  return request;
}
