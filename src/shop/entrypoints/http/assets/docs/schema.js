// Schemas as nested lists of fields, which open on demand: some of them contain themselves.

import { limitsOf, objectIn, resolve, typeText } from "./document.js";
import { h } from "./dom.js";
import { inline } from "./text.js";

/** The fields of the object that a schema describes, or else its type; with `isInput`, required fields are marked. */
export function fields(document, schema, isInput = false) {
  const found = objectIn(document, schema);
  if (!found) return h("p", {}, h("code", { class: "type" }, typeText(document, schema)));
  const required = new Set(isInput ? found.required : []);
  return h("dl", { class: "fields" }, Object.entries(found.properties).map(([name, property]) => field(document, name, property, { isRequired: required.has(name), isInput })));
}

function field(document, name, property, { isRequired, isInput }) {
  const whole = resolve(document, property);
  const limits = limitsOf(document, property);
  const inner = objectIn(document, property);
  return h("div", { class: "docs-field" },
    h("dt", {},
      h("code", { class: "name" }, name), " ",
      h("span", { class: "type" }, typeText(document, property)),
      isRequired ? h("span", { class: "required" }, " required") : null),
    h("dd", {},
      h("p", {}, inline(property.description ?? whole.description), limits ? h("span", { class: "limits" }, ` ${limits}`) : null),
      inner ? nested(document, property, isInput) : null));
}

function nested(document, property, isInput) {
  const details = h("details", { toggle: () => {
    if (details.open && details.childElementCount === 1) details.append(fields(document, property, isInput));
  } }, h("summary", {}, "Fields"));
  return details;
}
