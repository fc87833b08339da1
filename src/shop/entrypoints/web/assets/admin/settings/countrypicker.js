// A list of countries to choose from, with a search. Its value is the codes, separated by commas.
import { countries } from "../../common/countries.js";
import { fill, freshId, h } from "../../common/dom.js";
import { plural } from "../../common/format.js";

const EVERYWHERE = "*";

/** Names of country codes, sorted by name. */
export function countryNames(codes) {
  if (codes.includes(EVERYWHERE)) return "All other countries";
  const names = new Map(countries());
  return codes.map((code) => names.get(code) ?? code).sort((one, other) => one.localeCompare(other)).join(", ");
}

/** The field `name` of a form. */
export function countryPicker(name, label, chosen = []) {
  const id = freshId(name);
  const codes = new Set(chosen);
  const value = h("input", { type: "hidden", id, name, value: [...codes].join(",") });
  const summary = h("p", { class: "soft small-text", role: "status" });
  const note = h("small", { id: `${id}-note`, class: "note", "data-hint": "" });
  const options = [[EVERYWHERE, "All other countries"], ...countries()].map(([code, text]) => option(code, text));
  const search = h("input", { type: "search", "aria-label": `Search: ${label}`, placeholder: "Search a country", autocomplete: "off" });
  const list = h("div", { class: "choices", role: "group", "aria-label": label, tabindex: "-1" }, options.map((each) => each.row));

  function option(code, text) {
    const box = h("input", { type: "checkbox", id: `${id}-${code === EVERYWHERE ? "all" : code}`, checked: codes.has(code) });
    const row = h("div", { class: "field check" }, box, h("label", { for: box.id }, text));
    box.addEventListener("change", () => {
      if (box.checked && (code === EVERYWHERE || codes.has(EVERYWHERE))) choose([code]);
      else if (box.checked) codes.add(code);
      else codes.delete(code);
      show();
    });
    return { code, row, box, sought: fold(`${text} ${code}`) };
  }

  function choose(only) {
    codes.clear();
    for (const code of only) codes.add(code);
    for (const each of options) each.box.checked = codes.has(each.code);
  }

  function show() {
    value.value = [...codes].join(",");
    fill(summary, codes.size === 0 ? "None chosen." : codes.size > 8 ? `${plural(codes.size, "country", "countries")} chosen.` : `Chosen: ${countryNames([...codes])}.`);
  }

  search.addEventListener("input", () => {
    const wanted = fold(search.value.trim());
    for (const { row, sought } of options) row.hidden = !sought.includes(wanted);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // chooses the first match instead of sending the form
    options.find(({ row }) => !row.hidden)?.box.click();
    search.select();
  });
  show();
  return h("fieldset", { class: "picker", "data-field": name }, h("legend", { class: "label" }, label), value, search, list, summary, note);
}

function fold(text) {
  return text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
