// The fields of a postal address, and an address as text.
import { h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { countries } from "../common/countries.js";

const FIELDS = ["name", "company", "line1", "line2", "postalCode", "city", "region", "country", "phone"];

/** The fields, filled from `address`. Their names begin with `prefix`. */
export function addressFields(address = {}, prefix = "") {
  const text = (name, label, properties) => field(prefix + name, label, { value: address[name] ?? "", ...properties });
  return [
    text("name", "Name", { autocomplete: "name", required: true }),
    text("line1", "Street and number", { autocomplete: "address-line1", required: true }),
    text("line2", "Further details", { autocomplete: "address-line2", hint: "Optional: company, floor, entrance" }),
    h(
      "div",
      { class: "columns" },
      text("postalCode", "Postal code", { autocomplete: "postal-code", required: true }),
      text("city", "City", { autocomplete: "address-level2", required: true }),
    ),
    h(
      "div",
      { class: "columns" },
      text("country", "Country", { autocomplete: "country", required: true, options: [["", "Choose …"], ...countries()] }),
      text("region", "State or region", { autocomplete: "address-level1", hint: "Where addresses have one" }),
    ),
    text("phone", "Phone", { type: "tel", autocomplete: "tel", hint: "Optional: for questions about the delivery" }),
  ];
}

/** The address among a form's values, without what was left empty. */
export function addressOf(given, prefix = "") {
  const chosen = FIELDS.map((name) => [name, given[prefix + name]]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(chosen);
}

/** An address as its lines. */
export function addressLines(address) {
  const { name, company, line1, line2, postalCode, city, region, country } = address;
  const names = new Map(countries());
  const lines = [name, company, line1, line2, [postalCode, city].filter(Boolean).join(" "), region, names.get(country) ?? country].filter(Boolean);
  return lines.length ? h("address", {}, lines.map((line) => h("div", {}, line))) : null;
}
