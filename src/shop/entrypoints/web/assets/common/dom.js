// Elements made from text: nothing here, or anywhere else in the pages, turns text into markup.

/** An element. Functions among `properties` listen to events; `data-…`, `aria-…` and the like are attributes. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "class") element.className = value;
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...present(children));
  return element;
}

/** Put `children` in place of what `element` holds. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Tell everybody, those who can't see it included, what has just happened. */
export function announce(text, kind = "done") {
  const message = h("p", { class: `message ${kind}` }, text);
  document.getElementById("messages").replaceChildren(message);
  setTimeout(() => message.remove(), 6000);
}

let made = 0;

/** An id that no other element has. */
export function freshId(prefix) {
  made += 1;
  return `${prefix}-${made}`;
}

/** What was read from the page's own head. */
export function meta(name) {
  return document.querySelector(`meta[name="shop-${name}"]`)?.content ?? "";
}
