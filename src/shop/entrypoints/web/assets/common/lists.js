// Shared parts of lists: paging, and the text for an empty list.
import { count, plural } from "./format.js";
import { h } from "./dom.js";
import { link } from "./router.js";

const MAX_PAGE = 1_000_000;

/** The page number in the URL; any other text counts as 1. */
export function pageOf({ page }) {
  return /^[1-9]\d*$/.test(page ?? "") ? Math.min(Number(page), MAX_PAGE) : 1;
}

/** Links to the adjacent pages, which keep the URL's other parameters. */
export function paging(path, query, { page, limit, total }) {
  const last = Math.max(1, Math.ceil(total / limit));
  if (last === 1 && page === 1) return null;
  const to = (number, text, rel) =>
    number < 1 || number > last || number === page
      ? h("span", { class: "off", "aria-hidden": "true" }, text)
      : h("a", { class: "button quiet", href: link(path, { ...query, page: number }), rel }, text);
  return h(
    "nav",
    { class: "paging", "aria-label": "Pages" },
    to(1, "First"), to(page - 1, "Previous", "prev"),
    h("span", { "aria-current": "page" }, page > last ? `Page ${count(page)}` : `Page ${count(page)} of ${count(last)}`),
    to(page + 1, "Next", "next"), to(last, "Last"),
  );
}

/** Shown instead of the entries on a page after the last one; undefined for other pages. */
export function beyond(path, query, { page, limit, total }) {
  const last = Math.ceil(total / limit);
  if (total === 0 || page <= last) return undefined;
  const back = h("a", { class: "button primary", href: link(path, { ...query, page: last }) }, "Go to the last page");
  return empty(`There is no page ${count(page)}: the list has ${plural(last, "page")}.`, back);
}

export function empty(text, ...more) {
  return h("div", { class: "empty" }, h("p", {}, text), more);
}

export function found(total, one, many) {
  return h("p", { class: "found", role: "status" }, total === 0 ? "" : plural(total, one, many));
}

/**
 * A table; `columns` are `{title, number, head, sorted}`, `rows` lists of cells (text, nodes, or ready td and th). `head` is
 * shown instead of the title, `sorted` is "ascending" or "descending" for the column that the rows are sorted by.
 */
export function table(caption, columns, rows, properties = {}) {
  const head = columns.map(({ title, number, head: shown, sorted }) =>
    title === "" ? h("td", {}, shown) : h("th", { scope: "col", class: number ? "number" : undefined, "aria-sort": sorted }, shown ?? title));
  const body = rows.map((cells) =>
    h("tr", {}, cells.map((cell, index) => asCell(cell, columns[index]))));
  const whole = h("table", properties, h("caption", { class: "visually-hidden" }, caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, whole);
}

/** The cell, labelled with its column's title, which small screens show beside it. */
function asCell(content, { title, number }) {
  const cell = content instanceof HTMLTableCellElement ? content : h("td", { class: number ? "number" : undefined }, content);
  if (title !== "") cell.dataset.label = title;
  return cell;
}
