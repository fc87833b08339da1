// The countries that addresses may have, named in the visitor's language by the browser.
import { meta } from "./dom.js";

let known;

/** `[[code, name]]`, sorted by name. */
export function countries() {
  known ??= list();
  return known;
}

function list() {
  const names = new Intl.DisplayNames(undefined, { type: "region" });
  return meta("countries").split(",").map((code) => [code, names.of(code)]).sort(([, one], [, other]) => one.localeCompare(other));
}
