// The choice of a webhook's events: every event, all events of an area, or single types.
import { freshId, h, meta } from "../../common/dom.js";
import { words } from "../../common/format.js";

const EVERYTHING = "*";

/** The field `events` of a form; its value is the chosen patterns, separated by commas. */
export function eventPicker(chosen = []) {
  const id = freshId("events");
  const value = h("input", { type: "hidden", id, name: "events", value: chosen.join(",") });
  const note = h("small", { id: `${id}-note`, class: "note", "data-hint": "" });
  const patterns = meta("event-types").split(",");
  const boxes = patterns.map((pattern) => {
    const box = h("input", { type: "checkbox", id: `${id}-${pattern}`, checked: chosen.includes(pattern) });
    box.addEventListener("change", show);
    return { pattern, box };
  });
  const covering = (pattern) => [EVERYTHING, `${pattern.split(".")[0]}.*`].filter((wider) => wider !== pattern);

  function show() {
    const marked = new Set(boxes.filter(({ box }) => box.checked && !box.disabled).map(({ pattern }) => pattern));
    for (const { pattern, box } of boxes) {
      const covered = covering(pattern).some((wider) => marked.has(wider));
      if (covered) marked.delete(pattern);
      box.disabled = covered;
      if (covered) box.checked = true;
      else if (!marked.has(pattern)) box.checked = false;
    }
    value.value = [...marked].join(",");
  }

  const one = ({ pattern, box }) => h("div", { class: "field check" }, box, h("label", { for: box.id }, textOf(pattern)));
  const areas = [...new Set(patterns.map((pattern) => pattern.split(".")[0]))].filter((area) => area !== EVERYTHING);
  const groups = areas.map((area) => h("div", { class: "events" }, boxes.filter(({ pattern }) => pattern.startsWith(`${area}.`)).map(one)));
  show();
  return h("fieldset", { class: "picker", "data-field": "events" }, h("legend", { class: "label" }, "Events"), value, h("div", { class: "choices" }, boxes.filter(({ pattern }) => pattern === EVERYTHING).map(one), groups), note);
}

/** "order.*" → "Order: everything", "order.paid" → "Order: paid" */
export function textOf(pattern) {
  if (pattern === EVERYTHING) return "Everything";
  const [area, happened] = pattern.split(".");
  return `${words(area.replace("_", " "))}: ${happened === EVERYTHING ? "everything" : happened.replaceAll("_", " ")}`;
}
