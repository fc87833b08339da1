// Imports, which are checked first, and exports of the catalogue as CSV files.
import { get, newKey, post } from "../common/api.js";
import { announce, h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { count, moment } from "../common/format.js";
import { table } from "../common/lists.js";
import { go, link } from "../common/router.js";
import { may } from "../common/session.js";
import { downloadButton } from "./download.js";
import { importReport, titleOf } from "./importreport.js";

const IMPORTS = "/api/admin/imports";
const EARLIER = 10;
const EXPORTS = { products: "catalogue:read", orders: "orders:read", customers: "customers:read" };
const STOCK = { new: "Keep: only new variants take the file's stock", set: "Set to what the file says" };

/** The file of the last import that began on this page, so that a checked file need not be chosen again. */
let last = null;

export async function transfer({ query }) {
  const [started, earlier] = await Promise.all([
    query.import === undefined ? null : get(`${IMPORTS}/${encodeURIComponent(query.import)}`),
    get(IMPORTS, { page: 1, limit: EARLIER }),
  ]);
  const others = earlier.items.filter(({ id }) => id !== query.import);
  return {
    title: "Import & export",
    content: [
      h("h1", {}, "Import & export"),
      started === null ? null : importReport(started, next),
      may("catalogue:write") ? importing() : null,
      exporting(),
      others.length > 0 ? history(others) : null,
    ],
  };
}

function panel(title, ...content) {
  const id = `panel-${title.toLowerCase().replaceAll(" ", "-")}`;
  return h("section", { class: "panel", "aria-labelledby": id }, h("h2", { id }, title), content);
}

function importing() {
  const file = field("file", "CSV file", { type: "file", accept: ".csv,.txt,text/csv", required: true, hint: "From Shopify, WooCommerce or this shop, up to 20 MB. Commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1252." });
  const stock = field("stock", "Stock of variants that exist already", { options: STOCK, value: "new" });
  const check = form({ button: "Check the file" }, (given) => begin({ file: file.querySelector("input").files[0], stock: given.stock }, true), file, stock);
  const how = "The file is checked first, which changes nothing. Products are matched by their handle, variants by SKU or else by options; a column that is missing keeps what there is.";
  return panel("Import products", h("p", { class: "soft" }, how), check);
}

function exporting() {
  const permitted = Object.entries(EXPORTS).filter(([, permission]) => may(permission));
  const buttons = permitted.map(([name]) => downloadButton(`Export ${name}`, `/api/admin/exports/${name}.csv`));
  return panel("Export", h("p", { class: "soft" }, "Complete files for spreadsheets. Products that are exported and imported again stay as they are."), h("div", { class: "actions" }, buttons));
}

function history(items) {
  const columns = [{ title: "When" }, { title: "What" }, ...["Created", "Updated", "Unchanged", "Refused"].map((title) => ({ title, number: true }))];
  const rows = items.map((each) => [
    h("a", { href: link("transfer", { import: each.id }) }, moment(each.createdAt)),
    titleOf(each),
    ...[each.created, each.updated, each.unchanged, each.failed].map(count),
  ]);
  return panel("Earlier imports", table("Table of earlier imports", columns, rows));
}

/** Start an import, or with `dry` a check that changes nothing, and show its progress. */
async function begin({ file, stock }, dry) {
  const body = new FormData();
  body.append("file", file);
  const { id } = await post(`${IMPORTS}?${new URLSearchParams({ dryRun: dry, stock })}`, body, { "Idempotency-Key": newKey() });
  last = { id, file, stock };
  go("transfer", { import: id });
}

/** After a check: import the same file. */
function next({ id, status, dryRun, created, updated }) {
  if (!dryRun || status !== "done" || !may("catalogue:write")) return null;
  if (created + updated === 0) return h("p", { class: "after-table" }, "There is nothing to import.");
  if (last?.id !== id) return h("p", { class: "hint after-table" }, "To import it, choose the file again.");
  const press = h("button", { type: "button", class: "primary" }, "Import for real");
  press.addEventListener("click", async () => {
    press.disabled = true;
    try {
      await begin(last, false);
    } catch (error) {
      announce(error.message, "refused");
      press.disabled = false;
    }
  });
  return h("div", { class: "actions after-table" }, press);
}
