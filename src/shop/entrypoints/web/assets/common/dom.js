// Elements made from text: no code in the pages turns text into markup.

/** An element. Functions in `properties` are event listeners; `data-…`, `aria-…` and the like are attributes. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "class") element.className = value;
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...shownOf(children));
  return element;
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Replace the content of `element` with `children`. */
export function fill(element, ...children) {
  element.replaceChildren(...shownOf(children));
  return element;
}

/** As `fill`; the focus stays on the element with the same `data-keep`, or else `sameBy`, if the new content has one. */
export function refill(element, content, sameBy = "data-keep") {
  const focused = element.contains(document.activeElement) ? document.activeElement : undefined;
  fill(element, content);
  const same = ["data-keep", sameBy].find((name) => focused?.hasAttribute(name));
  if (same === undefined) return false;
  const successor = element.querySelector(`[${same}="${CSS.escape(focused.getAttribute(same))}"]`);
  successor?.focus({ preventScroll: true });
  return successor !== null;
}

function shownOf(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

const MESSAGE_SECONDS = 5;
const GESTURE_MS = 500;

/**
 * Announce an event to all visitors, including those with screen readers. The message goes away with the visitor's next action, so
 * that it covers nothing that they use, or after five seconds. One with a control (`seconds` given) stays that long, and longer
 * while it is used; it moves where it covers no field.
 */
export function announce(text, kind = "done", seconds = undefined) {
  const ended = new AbortController();
  const message = h("p", { class: `message ${kind}` }, text);
  const end = () => {
    ended.abort();
    message.remove();
  };
  const open = [...document.querySelectorAll("dialog[open]")].at(-1);
  const place = open?.querySelector(".messages") ?? document.getElementById("messages");
  place.replaceChildren(message);
  keepClear(place);
  if (seconds === undefined) {
    setTimeout(() => {
      for (const action of ["click", "keydown"]) document.addEventListener(action, end, { capture: true, signal: ended.signal });
    }, GESTURE_MS);
  }
  const endUnlessUsed = () => (message.matches(":hover, :focus-within") ? setTimeout(endUnlessUsed, 1000) : end());
  setTimeout(endUnlessUsed, (seconds ?? MESSAGE_SECONDS) * 1000);
}

const PLACES = ["", "top", "start", "top start"];

/** Move the message to the first corner where it covers no field or, without one, not the field in use. */
function keepClear(place) {
  if (place.id !== "messages") return;
  const fields = [...document.querySelectorAll("main :is(input, select, textarea)")];
  place.dataset.corner = clearCorner(place, fields) ?? clearCorner(place, fields.filter((field) => field === document.activeElement)) ?? "";
}

function clearCorner(place, fields) {
  const boxes = fields.map((field) => field.getBoundingClientRect());
  const covers = (message) => boxes.some((box) => box.top < message.bottom && box.bottom > message.top && box.left < message.right && box.right > message.left);
  return PLACES.find((corner) => {
    place.dataset.corner = corner;
    return [...place.children].every((message) => !covers(message.getBoundingClientRect()));
  });
}

for (const moved of ["scroll", "resize", "focusin"]) {
  window.addEventListener(moved, () => {
    const place = document.getElementById("messages");
    if (place?.hasChildNodes()) keepClear(place);
  }, { passive: true });
}

let made = 0;

/** A unique element id. */
export function freshId(prefix) {
  made += 1;
  return `${prefix}-${made}`;
}

/** The configuration in the page's head. */
export function meta(name) {
  return document.querySelector(`meta[name="shop-${name}"]`)?.content ?? "";
}
