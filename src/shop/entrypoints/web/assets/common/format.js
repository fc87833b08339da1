// Amounts, times and counts, formatted for the visitor's language.
import { meta } from "./dom.js";

const formats = new Map();

export function money(amount, currency = meta("currency")) {
  if (!formats.has(currency)) {
    formats.set(currency, new Intl.NumberFormat(undefined, { style: "currency", currency }));
  }
  return formats.get(currency).format(amount === 0 ? 0 : amount); // never "-$0.00"
}

const counts = new Intl.NumberFormat();
const days = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export const count = (number) => counts.format(number);
export const day = (timestamp) => (timestamp ? days.format(new Date(timestamp)) : "–");
export const moment = (timestamp) => (timestamp ? moments.format(new Date(timestamp)) : "–");

/** "on-sale" → "On sale" */
export function words(name) {
  const text = name.replaceAll(/[-_.]/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "compareAtPrice" → "Compare at price" */
export const inWords = (name) => words(name.replaceAll(/([A-Z]|\d+)/g, " $1").toLowerCase());

/** "1 order", "3 orders" */
export const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many ?? `${one}s`}`;

/** A product's name with the variant's options: "T-shirt (M, Blue)" */
export function variantName({ name, options = {} }) {
  const chosen = Object.values(options).join(", ");
  return chosen === "" ? name : `${name} (${chosen})`;
}
