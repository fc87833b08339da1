// Shared parts of lists: paging, and the text for an empty list.
import { count, plural } from "./format.js";
import { h } from "./dom.js";
import { link } from "./router.js";

/** Links to the adjacent pages, which keep the URL's other parameters. */
export function paging(path, query, { page, limit, total }) {
  const last = Math.max(1, Math.ceil(total / limit));
  if (last === 1) return null;
  const to = (number, text, rel) =>
    number < 1 || number > last || number === page
      ? h("span", { class: "off", "aria-hidden": "true" }, text)
      : h("a", { href: link(path, { ...query, page: number }), rel }, text);
  return h(
    "nav",
    { class: "paging", "aria-label": "Pages" },
    to(1, "First"), to(page - 1, "Previous", "prev"),
    h("span", { "aria-current": "page" }, `Page ${count(page)} of ${count(last)}`),
    to(page + 1, "Next", "next"), to(last, "Last"),
  );
}

export function empty(text, ...more) {
  return h("div", { class: "empty" }, h("p", {}, text), more);
}

export function found(total, one, many) {
  return h("p", { class: "found", role: "status" }, total === 0 ? "" : plural(total, one, many));
}

/** A table; `columns` are `{title, number}`, `rows` lists of cells (text, nodes, or ready td and th). */
export function table(caption, columns, rows) {
  const head = columns.map(({ title, number }) => h("th", { scope: "col", class: number ? "number" : undefined }, title));
  const body = rows.map((cells) =>
    h("tr", {}, cells.map((cell, index) => asCell(cell, columns[index]))));
  const whole = h("table", {}, h("caption", { class: "visually-hidden" }, caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, whole);
}

function asCell(cell, column) {
  if (cell instanceof HTMLTableCellElement) return cell;
  return h("td", { class: column.number ? "number" : undefined }, cell);
}
