// Shared parts of the admin tables: filters in the URL, paging, and CSV export of all rows.
import { get } from "../common/api.js";
import { saveCsv } from "../common/csv.js";
import { announce, h } from "../common/dom.js";
import { form } from "../common/forms.js";
import { count } from "../common/format.js";
import { beyond, empty, found, pageOf, paging, table } from "../common/lists.js";
import { go, link } from "../common/router.js";
import { downloadButton } from "./download.js";
import { selection } from "./selection.js";

const MAX_ROWS = 20_000;

/**
 * A view of a collection, whose filters, order and page are in the address.
 *
 * - `columns`: `{title, number, cell(item), text(item), sort}`: the displayed cell, and the text in the CSV file (columns
 *   without `text` are left out there); `fileColumns` are in the file alone. With `sort`, the API's name of the order, the
 *   title is a link that sorts by the column.
 * - `filters`: form fields, filled from the address; their `query` is sent to the API unless `asked` is given. `fixed` is sent too.
 * - `bulk`: actions on selected rows, `{text, kind, allows(item), run(items)}`; `nameOf(item)` names a row.
 * - `heading` is shown above the list instead of its title, after the `crumbs`; `actions` are shown beside it.
 * - `nothing`: the content shown while there are no entries at all: text, or a `lesson`.
 * - `exported`: the address of the CSV file that the shop makes of a list without filters. Otherwise the browser makes it,
 *   of all pages.
 */
export async function listing(terms) {
  const { title, heading = title, crumbs, path, address, query, asked = query, noun, nouns, filters = [], fixed = {}, actions, intro, columns } = terms;
  const wanted = { ...asked, ...fixed, page: pageOf(query) };
  const listed = await get(address, { limit: 20, ...wanted });
  const search = filters.length
    ? form({ button: "Show", kind: "", role: "search", "aria-label": `Filter ${title.toLowerCase()}` }, (given) => go(path, { ...orderOf(query), ...inOrder(given) }), filters)
    : null;
  const file = terms.exported === undefined || isFiltered(query)
    ? exportButton(title, [...columns, ...(terms.fileColumns ?? [])], (at) => get(address, { ...wanted, ...at }))
    : downloadButton("Export CSV", terms.exported);
  return {
    title,
    content: [
      crumbs,
      h("div", { class: "heading" }, h("h1", {}, heading), h("div", { class: "actions" }, file, actions)),
      intro,
      search === null ? null : h("div", { class: "toolbar" }, search),
      found(listed.total, noun, nouns),
      listed.items.length ? records(terms, listed, (at) => get(address, { ...wanted, ...at })) : beyond(path, query, listed) ?? none(terms),
      paging(path, query, listed),
    ],
  };
}

const orderOf = ({ sort, order }) => ({ sort, order });

/** The table of a page's entries, with checkboxes if there are actions on several entries; `load` returns other pages. */
function records({ title, path, query, columns, noun, nouns, bulk, nameOf }, { items, total }, load) {
  const loadAll = (most) => allPages(load, () => undefined, most);
  const picks = bulk?.length ? selection({ list: link(path, filtersOf(query)), items, total, loadAll, nameOf, noun, nouns, actions: bulk }) : null;
  const pick = picks === null ? [] : [{ title: "", head: picks.head }];
  const heads = [...pick, ...columns.map((column) => headOf(column, path, query))];
  const rows = items.map((item, index) => [...(picks === null ? [] : [picks.cellOf(item, index)]), ...columns.map((column) => column.cell(item))]);
  const shown = table(title, heads, rows, { class: "records" });
  picks?.show(); // the rows that are selected already
  return [picks?.bar, shown];
}

/** A column's head; a sortable one links to the list sorted by it, in the other direction if the list already is. */
function headOf({ title, number, sort }, path, query) {
  if (sort === undefined) return { title, number };
  const descending = query.order === "desc";
  const sorted = query.sort === sort ? (descending ? "descending" : "ascending") : undefined;
  const order = sorted === "ascending" ? "desc" : "asc";
  const arrow = sorted === undefined ? "" : descending ? " ↓" : " ↑";
  const keep = `sort-${sort}`;
  const head = h("a", { class: "sort", href: link(path, { ...query, sort, order, page: undefined }), "data-stay": true, "data-keep": keep }, title, h("span", { "aria-hidden": "true" }, arrow));
  return { title, number, sorted, head };
}

const filtersOf = ({ page, sort, order, ...filters }) => filters;

const isFiltered = (query) => Object.keys(filtersOf(query)).length > 0;

/** Shown instead of an empty table: a link that clears the filters, or the purpose of the list. */
function none({ path, query, nothing, nouns, noun }) {
  if (!isFiltered(query) || nothing === undefined) return nothing instanceof Node ? nothing : empty(nothing ?? "Nothing matches.");
  return empty(`No ${nouns ?? `${noun}s`} match these filters.`, h("a", { class: "button", href: link(path) }, "Clear the filters"));
}

/** An empty state: the purpose of the view, and how to begin. */
export function lesson(title, text, ...actions) {
  return h("div", { class: "empty lesson" }, h("h2", {}, title), h("p", {}, text), actions.length ? h("div", { class: "actions centred" }, actions) : null);
}

/** The values of a form with a period. Throws an error, shown at the field `to`, if the period ends before it begins. */
export function inOrder(given) {
  if (given.from && given.to && given.from > given.to) {
    throw Object.assign(new Error("The period ends before it begins."), { status: 400, details: { to: "must not be before the beginning" } });
  }
  return given;
}

function exportButton(title, columns, load) {
  const press = h("button", { type: "button" }, "Export CSV");
  press.addEventListener("click", async () => {
    press.disabled = true;
    try {
      const exported = columns.filter((column) => column.text);
      const items = await allPages(load, (done, total) => (press.textContent = `${count(done)} of ${count(total)} …`));
      saveCsv(title.toLowerCase().replaceAll(" ", "-"), exported.map((column) => column.title), items.map((item) => exported.map((column) => column.text(item))));
      announce(`${count(items.length)} rows exported.`);
    } catch (error) {
      announce(error.message, "refused");
    }
    press.textContent = "Export CSV";
    press.disabled = false;
  });
  return press;
}

/** The entries of all pages, until at least `most` are loaded; `progress(loaded, total)` is called after each page. */
async function allPages(load, progress, most = MAX_ROWS) {
  const items = [];
  for (let page = 1; ; page += 1) {
    const listed = await load({ page, limit: 100 });
    items.push(...listed.items);
    progress(items.length, listed.total);
    if (listed.items.length < 100 || items.length >= Math.min(listed.total, most)) return items;
  }
}

/** Run an admin's action and announce the result; true on success. */
export async function attempt(act, done) {
  try {
    await act();
  } catch (error) {
    announce(error.message, "refused");
    return false;
  }
  announce(done);
  return true;
}
