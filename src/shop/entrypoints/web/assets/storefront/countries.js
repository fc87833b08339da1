// The world's countries, named in the visitor's language by the browser.

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
// Regions of CLDR that are no countries: the European Union, the Eurozone, the United Nations, outlying Oceania, tests.
const NO_COUNTRIES = new Set(["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"]);

let known;

/** `[[code, name]]`, sorted by name. */
export function countries() {
  known ??= list();
  return known;
}

function list() {
  const names = new Intl.DisplayNames(undefined, { type: "region", fallback: "none" });
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter((code) => isCurrent(code) && names.of(code));
  return codes.map((code) => [code, names.of(code)]).sort(([, one], [, other]) => one.localeCompare(other));
}

/** Former codes (`DD`) have another one as their canonical form. */
function isCurrent(code) {
  return !NO_COUNTRIES.has(code) && Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`;
}
