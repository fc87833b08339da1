// Scroll positions by history entry: Back shows the place that the visitor left, reloads included.

const KEY = "shop.scrolls";
const MAX_ENTRIES = 100;

const positions = new Map(read());
let entry = "";
let index = 0;

history.scrollRestoration = "manual";
window.addEventListener("pagehide", () => {
  saveScroll();
  sessionStorage.setItem(KEY, JSON.stringify([...positions].slice(-MAX_ENTRIES)));
});

/** Note that the current history entry is the one shown from now on. Entries are numbered along the history. */
export function startEntry() {
  if (history.state?.entry === undefined) history.replaceState({ entry: `${Date.now()}-${Math.random()}`, index: index + 1 }, "");
  entry = history.state.entry;
  index = history.state.index ?? 0;
}

/** How far the browser has gone from the entry that is shown: -1 after Back, 1 after Forward, 0 if that is unknown. */
export function stepsFromEntry() {
  return history.state?.index === undefined ? 0 : history.state.index - index;
}

/** Remember the scroll position of the entry that is shown. */
export function saveScroll() {
  positions.delete(entry);
  positions.set(entry, window.scrollY);
}

/** Scroll to where the visitor left the entry that is shown. */
export function restoreScroll() {
  window.scrollTo(0, positions.get(entry) ?? 0);
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}
