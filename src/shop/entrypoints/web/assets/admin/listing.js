// Shared parts of the admin tables: filters in the URL, paging, and CSV export of all rows.
import { get } from "../common/api.js";
import { saveCsv } from "../common/csv.js";
import { announce, h } from "../common/dom.js";
import { form } from "../common/forms.js";
import { count } from "../common/format.js";
import { beyond, empty, found, pageOf, paging, table } from "../common/lists.js";
import { go } from "../common/router.js";

const MOST_ROWS = 20_000;

/**
 * A view of a collection. `columns` are `{title, number, cell(item), text(item)}`: the displayed cell, and the text
 * in the CSV file (columns without `text` are omitted there). `filters` are form fields, filled from the URL; their
 * `query` is sent to the API unless `asked` is given. `fixed` precedes them.
 */
export async function listing({ title, path, address, query, asked = query, noun, nouns, columns, filters = [], fixed = {}, actions, intro, nothing }) {
  const wanted = { ...asked, ...fixed, page: pageOf(query) };
  const listed = await get(address, { limit: 20, ...wanted });
  const rows = listed.items.map((item) => columns.map((column) => column.cell(item)));
  const search = filters.length
    ? form({ button: "Show", kind: "", role: "search", "aria-label": `Filter ${title.toLowerCase()}` }, (given) => go(path, inOrder(given)), filters)
    : null;
  return {
    title,
    content: [
      h("h1", {}, title),
      intro,
      h("div", { class: "toolbar" }, search, h("div", { class: "actions push" }, actions, exportButton(title, columns, (at) => get(address, { ...wanted, ...at })))),
      found(listed.total, noun, nouns),
      rows.length ? table(title, columns, rows) : beyond(path, query, listed) ?? empty(nothing ?? "Nothing matches."),
      paging(path, query, listed),
    ],
  };
}

/** The values of a form with a period, which begins before it ends; otherwise an error beside its fields. */
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

async function allPages(load, progress) {
  const items = [];
  for (let page = 1; ; page += 1) {
    const listed = await load({ page, limit: 100 });
    items.push(...listed.items);
    progress(items.length, listed.total);
    if (listed.items.length < 100 || items.length >= Math.min(listed.total, MOST_ROWS)) return items;
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
