// Canvas charts by uPlot, each with the same figures in a table for screen readers.
import uPlot from "../vendor/uplot-1.6.32.js";
import { h } from "./dom.js";

const drawn = new Set();

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * Bars, or a line, over periods: `labels` and `values` by period, `format` for values, `whole` if they are counts, `periodName` above the labels in
 * the table.
 */
export function chart({ title, periodName, labels, values, format, line = false, whole = false }) {
  const canvas = h("div", { class: "canvas", "aria-hidden": "true" });
  const figure = h("figure", { class: "chart" }, h("figcaption", {}, title), canvas, asTable(title, periodName, labels, values, format));
  if (values.length) whenShown(canvas, () => keepDrawn({ canvas, labels, values, format, line, whole }));
  return figure;
}

function asTable(title, periodName, labels, values, format) {
  const rows = labels.map((label, index) => h("tr", {}, h("th", { scope: "row" }, label), h("td", { class: "number" }, format(values[index]))));
  const head = h("tr", {}, h("th", { scope: "col" }, periodName), h("th", { scope: "col", class: "number" }, title));
  const table = h("table", {}, h("thead", {}, head), h("tbody", {}, rows));
  return h("details", {}, h("summary", {}, `${title} as a table`), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, table));
}

function whenShown(element, draw) {
  const observer = new ResizeObserver(() => {
    if (!element.isConnected || element.clientWidth === 0) return;
    observer.disconnect();
    draw();
  });
  observer.observe(element);
}

function keepDrawn(what) {
  const state = { ...what, plot: draw(what) };
  drawn.add(state);
  new ResizeObserver(() => state.plot.setSize(sizeOf(what.canvas))).observe(what.canvas);
}

function sizeOf(canvas) {
  return { width: Math.max(canvas.clientWidth, 120), height: 220 };
}

function draw({ canvas, labels, values, format, line, whole }) {
  const text = color("text-soft");
  const grid = { stroke: color("line"), width: 1 };
  const axis = { stroke: text, font: "12px system-ui, sans-serif", grid, ticks: grid };
  const name = (index) => labels[index] ?? "";
  const bars = line ? {} : { paths: uPlot.paths.bars({ size: [0.7, 60], radius: 0.1 }), points: { show: false } };
  const steps = whole ? { incrs: [1, 2, 5].flatMap((step) => [1, 10, 100, 1000, 10_000, 100_000].map((ten) => step * ten)).sort((a, b) => a - b) } : {};
  const most = Math.max(...values, 0);
  const options = {
    ...sizeOf(canvas),
    scales: { x: { time: false, range: [-0.6, labels.length - 0.4] }, y: { range: (_plot, low, high) => [Math.min(low, 0), Math.max(high, 1) * 1.05] } },
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false } },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, splits) => splits.map((split) => (Number.isInteger(split) ? name(split) : "")), space: 90 },
      { ...axis, ...steps, size: 30 + 7 * format(most).length, values: (_plot, splits) => splits.map((split) => format(split)), space: 44 },
    ],
    series: [{}, { stroke: color("chart"), fill: color("chart-soft"), width: 2, ...bars }],
  };
  return new uPlot(options, [labels.map((_label, index) => index), values], canvas);
}

// Canvas colours don't follow the style sheet automatically.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const state of drawn) {
    state.plot.destroy();
    if (state.canvas.isConnected) state.plot = draw(state);
    else drawn.delete(state);
  }
});

/** A figure's share of the maximum, as a bar behind it in a table. */
export function barCell(value, greatest, text) {
  const bar = h("span", { class: "bar", "aria-hidden": "true" });
  bar.style.inlineSize = `${greatest > 0 ? Math.max(0, Math.min(1, value / greatest)) * 100 : 0}%`;
  return h("td", { class: "number barred" }, bar, h("span", {}, text));
}
