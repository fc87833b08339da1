// Line icons, drawn as SVG elements.
import { svg } from "./dom.js";

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  minus: "M6 12h12",
  plus: "M6 12h12M12 6v12",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  check: "M5 13l4.5 4.5L19 7",
  bag: "M5 8h14l1 12H4L5 8zm4 0V6a3 3 0 0 1 6 0v2",
  filter: "M4 6h16M7 12h10M10 18h4",
};

/** An icon; it says nothing to screen readers, so the control around it needs a name. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));
}
