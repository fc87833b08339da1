// Scroll positions by history entry: Back shows the place that the visitor left, reloads included.

const KEY = "shop.scrolls";
const MAX_ENTRIES = 100;

const positions = new Map(read());
let entry = "";

history.scrollRestoration = "manual";
window.addEventListener("pagehide", () => {
  saveScroll();
  sessionStorage.setItem(KEY, JSON.stringify([...positions].slice(-MAX_ENTRIES)));
});

/** Note that the current history entry is the one shown from now on. */
export function startEntry() {
  if (history.state?.entry === undefined) history.replaceState({ entry: `${Date.now()}-${Math.random()}` }, "");
  entry = history.state.entry;
}

/** Return to the entry that is shown, at `address`, after the browser has gone to another one. */
export function stayOnEntry(address) {
  history.pushState({ entry }, "", address);
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
