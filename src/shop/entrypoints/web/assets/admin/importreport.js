// The outcome of an import or a dry run: its progress, the figures, the errors, and the changes.
import { get } from "../common/api.js";
import { saveCsv } from "../common/csv.js";
import { announce, fill, h } from "../common/dom.js";
import { count, plural } from "../common/format.js";
import { table } from "../common/lists.js";

const PAUSE = 1000;
const SHOWN_ROWS = 100;

const TITLES = {
  queued: ["The import begins shortly", "The check begins shortly"],
  running: ["Importing …", "Checking …"],
  done: ["Imported", "Checked: nothing has changed yet"],
  failed: ["The import failed", "The file cannot be imported"],
};

export const titleOf = ({ status, dryRun }) => TITLES[status][dryRun ? 1 : 0];
const isOpen = ({ status }) => status === "queued" || status === "running";

/** A panel that follows an import until it ends or the view is left; `next(state)` shows the next actions. */
export function importReport(started, next) {
  const title = h("h2", { id: "report-title" });
  const content = h("div", {});
  const panel = h("section", { class: "panel", "aria-labelledby": "report-title" }, title, content);
  const show = (state) => {
    title.textContent = titleOf(state);
    fill(content, isOpen(state) ? running(state) : finished(state), isOpen(state) ? null : next(state));
  };
  const follow = async () => {
    if (!panel.isConnected) return; // the view has been left
    try {
      const state = await get(`/api/admin/imports/${encodeURIComponent(started.id)}`);
      show(state);
      if (!isOpen(state)) return;
    } catch (error) {
      announce(error.message, "refused");
    }
    setTimeout(follow, PAUSE);
  };
  show(started);
  if (isOpen(started)) setTimeout(follow, PAUSE);
  return panel;
}

function running({ processed, rows }) {
  const text = rows ? `${count(processed)} of ${plural(rows, "record")}` : "Reading the file …";
  return [h("p", { role: "status" }, text), h("progress", { max: rows || null, value: rows ? processed : null, "aria-label": "Progress" })];
}

function finished(state) {
  const figure = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, count(value)));
  const would = state.dryRun ? "Would be " : "";
  const named = (text) => (would ? would + text : text.charAt(0).toUpperCase() + text.slice(1));
  return [
    h("dl", { class: "figures" }, figure("Records read", state.rows), figure(named("created"), state.created), figure(named("updated"), state.updated), figure("Unchanged", state.unchanged), state.skipped ? figure(named("skipped"), state.skipped) : null, figure(named("refused"), state.failed)),
    state.unknownColumns.length ? h("p", { class: "hint" }, `Columns that mean nothing here and are left out: ${state.unknownColumns.join(", ")}.`) : null,
    errorsOf(state),
    warningsOf(state),
    changesOf(state),
  ];
}

function errorsOf({ errors, errorCount, failed, dryRun }) {
  if (errors.length === 0) return null;
  const titles = ["Row", "Column", "What is wrong"];
  const rows = errors.map(({ row, column, message }) => [row, column ?? "–", message]);
  const save = h("button", { type: "button", class: "small", click: () => saveCsv("import-errors", titles, rows) }, "Save the errors as a file");
  const text = failed > 0 ? `${plural(failed, "product")} ${dryRun ? "would be" : failed === 1 ? "was" : "were"} left out. Correct these rows and check the file again.` : "Correct these rows and check the file again.";
  return [h("p", { class: "problem" }, text), rowsOf("Errors", [{ title: titles[0], number: true }, ...titles.slice(1).map((title) => ({ title }))], rows, errorCount ?? rows.length), h("div", { class: "actions after-table" }, save)];
}

function warningsOf({ warnings = [], warningCount = 0 }) {
  if (warnings.length === 0) return null;
  const rows = warnings.map(({ row, message }) => [row, message]);
  return h("details", { class: "after-table" }, h("summary", {}, `What was skipped or left out (${count(warningCount)})`), rowsOf("Warnings", [{ title: "Row", number: true }, { title: "What happened" }], rows, warningCount));
}

function changesOf({ changes = [], created, updated }) {
  const shown = changes.filter(({ outcome }) => outcome === "created" || outcome === "updated");
  if (shown.length === 0) return null;
  const rows = shown.map(({ row, handle, outcome, fields }) => [row, handle, outcome, fields.join(", ") || "–"]);
  return h("details", { class: "after-table" }, h("summary", {}, "What changes, product by product"), rowsOf("Changes", [{ title: "Row", number: true }, { title: "Handle" }, { title: "Product is" }, { title: "Fields" }], rows, created + updated));
}

function rowsOf(title, columns, rows, total) {
  const shown = rows.slice(0, SHOWN_ROWS);
  return [table(title, columns, shown), total > shown.length ? h("p", { class: "soft after-table" }, `The first ${count(shown.length)} of ${count(total)}.`) : null];
}
