// Lists as CSV files.
import { h } from "./dom.js";

/** A cell. Text that a spreadsheet would run as a formula is prefixed with an apostrophe; negative numbers are not. */
export function csvCell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  const harmless = /^-?\d+(\.\d+)?$/.test(text) || !/^[\s]*[=+\-@\t\r]/.test(text);
  return `"${(harmless ? text : `'${text}`).replaceAll('"', '""')}"`;
}

export function csv(titles, rows) {
  return [titles, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

/** Let the browser save a list; the byte order mark tells spreadsheets that it is UTF-8. */
export function saveCsv(name, titles, rows) {
  saveFile(`${name}.csv`, new Blob(["\ufeff", csv(titles, rows)], { type: "text/csv;charset=utf-8" }));
}

/** Let the browser save a Blob as a file. */
export function saveFile(name, blob) {
  const address = URL.createObjectURL(blob);
  const anchor = h("a", { href: address, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
