// Canvas charts by uPlot. Values are read by pointer, by keyboard, and in a table.
import uPlot from "../vendor/uplot-1.6.32.js";
import { h } from "./dom.js";

const drawn = new Set();
const TICKS = 4;

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * Bars, or a line, over periods: `labels` and `values` by period, `format` for values, `whole` if they are counts, `periodName` above the labels in
 * the table. Labels are days, ISO weeks or months: `2026-02-14`, `2026-W07`, `2026-02`.
 */
export function chart({ title, periodName, labels, values, format, line = false, whole = false }) {
  const canvas = h("div", { class: "canvas", "aria-hidden": "true" });
  const readout = h("p", { class: "readout" }, "\u00a0");
  const live = h("p", { class: "visually-hidden", role: "status" });
  const reader = h("div", { class: "reader", role: "group", tabindex: "0", "aria-label": `${title}: the arrow keys read values` }, canvas, live);
  const figure = h("figure", { class: "chart" }, h("figcaption", {}, title), readout, reader, asTable(title, periodName, labels, values, format));
  const say = (index) => {
    const text = index === null || index === undefined ? "\u00a0" : `${periodText(labels[index])}: ${format(values[index])}`;
    readout.textContent = text;
    return text;
  };
  if (values.length) whenShown(canvas, () => keepDrawn({ canvas, labels, values, format, line, whole, say, reader, live }));
  return figure;
}

const DATE = { timeZone: "UTC" };
const DAYS = new Intl.DateTimeFormat(undefined, { ...DATE, dateStyle: "medium" });
const SHORT_DAYS = new Intl.DateTimeFormat(undefined, { ...DATE, month: "short", day: "numeric" });
const MONTHS = new Intl.DateTimeFormat(undefined, { ...DATE, month: "long", year: "numeric" });
const SHORT_MONTHS = new Intl.DateTimeFormat(undefined, { ...DATE, month: "short", year: "numeric" });

/** A period's name, in the visitor's language. */
function periodText(period) {
  return named(period, DAYS, MONTHS);
}

function axisText(period) {
  return named(period, SHORT_DAYS, SHORT_MONTHS).replace(/^\d{4}-W/, "W");
}

function named(period, days, months) {
  if (/^\d{4}-\d\d-\d\d$/.test(period)) return days.format(new Date(period));
  return /^\d{4}-\d\d$/.test(period) ? months.format(new Date(`${period}-01`)) : period;
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
  forgetRemoved();
  const state = { ...what, plot: draw(what) };
  drawn.add(state);
  new ResizeObserver(() => state.plot.setSize(sizeOf(what.canvas))).observe(what.canvas);
  readByKeys(state);
}

/** Forget the charts of views that were left. */
function forgetRemoved() {
  for (const state of drawn) {
    if (state.canvas.isConnected) continue;
    state.plot.destroy();
    drawn.delete(state);
  }
}

/** The arrow keys, Home and End move the cursor from value to value. */
function readByKeys(state) {
  const { reader, live, values, say } = state;
  let at = null;
  const last = values.length - 1;
  const steps = { ArrowRight: () => (at === null ? 0 : Math.min(at + 1, last)), ArrowLeft: () => (at === null ? last : Math.max(at - 1, 0)), Home: () => 0, End: () => last };
  reader.addEventListener("keydown", (event) => {
    if (steps[event.key] === undefined) return;
    event.preventDefault();
    at = steps[event.key]();
    state.plot.setCursor({ left: state.plot.valToPos(at, "x"), top: 10 });
    live.textContent = say(at);
  });
  reader.addEventListener("blur", () => {
    at = null;
    live.textContent = "";
    state.plot.setCursor({ left: -10, top: -10 });
    say(null);
  });
}

function sizeOf(canvas) {
  return { width: Math.max(canvas.clientWidth, 120), height: 220 };
}

/** Round values from 0 (or below) to the greatest value, at even distances. */
export function ticksOf(values, whole) {
  const low = Math.min(...values, 0);
  const high = Math.max(...values, low === 0 ? 1 : 0);
  const rough = (high - low) / TICKS;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const fitting = [1, 2, 2.5, 5, 10].map((factor) => factor * ten).find((size) => size >= rough);
  const step = whole ? Math.max(1, Math.ceil(fitting)) : fitting;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** Amounts without the decimals if these are zero in all of them: "$2,000", "2.000 €". */
function shortened(texts) {
  const zeros = /[.,]00(?=\D*$)/;
  return texts.every((text) => zeros.test(text)) ? texts.map((text) => text.replace(zeros, "")) : texts;
}

/** The indexes of the periods that are named on the axis: as many as there is room for. */
function namedPeriods(number, width) {
  const every = Math.max(1, Math.ceil(number / Math.max(2, Math.floor(width / 80))));
  return Array.from({ length: number }, (_, index) => index).filter((index) => index % every === 0);
}

function draw({ canvas, labels, values, format, line, whole, say }) {
  const text = color("text-soft");
  const grid = { stroke: color("line"), width: 1 };
  const axis = { stroke: text, font: "12px system-ui, sans-serif", grid, ticks: grid };
  const bars = line ? { points: { show: labels.length < 40, size: 6 } } : { paths: uPlot.paths.bars({ size: [0.7, 60], radius: 0.1 }), points: { show: false } };
  const ticks = ticksOf(values, whole);
  const tickTexts = shortened(ticks.map(format));
  const widest = Math.max(...tickTexts.map((each) => each.length));
  const options = {
    ...sizeOf(canvas),
    scales: { x: { time: false, range: [-0.6, labels.length - 0.4] }, y: { range: [ticks[0], ticks.at(-1)] } },
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false, x: false, y: false } },
    hooks: { setCursor: [(plot) => say(plot.cursor.left >= 0 ? plot.cursor.idx : null)] },
    axes: [
      { ...axis, grid: { show: false }, splits: (plot) => namedPeriods(labels.length, plot.width), values: (_plot, splits) => splits.map((split) => axisText(labels[split])) },
      { ...axis, size: 24 + 7 * widest, splits: () => ticks, values: () => tickTexts },
    ],
    series: [{}, { stroke: color("chart"), fill: color("chart-soft"), width: 2, ...bars }],
  };
  return new uPlot(options, [labels.map((_label, index) => index), values], canvas);
}

// Canvas colours don't follow the style sheet automatically.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  forgetRemoved();
  for (const state of drawn) {
    state.plot.destroy();
    state.plot = draw(state);
  }
});

/** A figure's share of the maximum, as a bar behind it in a table. */
export function barCell(value, greatest, text) {
  const bar = h("span", { class: "bar", "aria-hidden": "true" });
  bar.style.inlineSize = `${greatest > 0 ? Math.max(0, Math.min(1, value / greatest)) * 100 : 0}%`;
  return h("td", { class: "number barred" }, bar, h("span", {}, text));
}
