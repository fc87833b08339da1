// Selected rows of a table, and a bar with their actions.
import { tell } from "../common/dialogs.js";
import { announce, fill, h } from "../common/dom.js";
import { count, plural } from "../common/format.js";

const MAX_SELECTED = 1000;

/** The selected items by id, and the list that they are in. They stay selected on every page of that list. */
let selected = { list: undefined, items: new Map() };

export function clearSelection() {
  selected.items.clear();
}

/**
 * Checkboxes for the rows of `items`, one page of the `total` items of `list`: a text that names the list and its filters.
 * `actions` are `{text, kind, allows(item), run(items)}`; each is offered for the selected items that it allows. `loadAll(max)`
 * returns the list's first `max` items. Returns `{head, cellOf(item, index), bar, show}`: a checkbox for all rows, one per row, the
 * bar, which is visible while something is selected, and a function that updates them all.
 */
export function selection({ list, items, total, loadAll, nameOf, noun, nouns, actions }) {
  if (selected.list !== list) selected = { list, items: new Map() };
  const chosen = selected.items;
  for (const item of items) if (chosen.has(item.id)) chosen.set(item.id, item); // the current row
  const boxes = new Map();
  const all = h("input", { type: "checkbox", "aria-label": `Select all ${nouns ?? `${noun}s`} on this page`, change: () => choose(items, all.checked) });
  const bar = h("div", { class: "bulk", role: "region", "aria-label": `Selected ${nouns ?? `${noun}s`}`, hidden: true });
  let last = null;

  const choose = (some, checked) => {
    for (const item of some) {
      if (checked) chosen.set(item.id, item);
      else chosen.delete(item.id);
    }
    show();
  };
  const show = () => {
    for (const [item, box] of boxes) {
      box.checked = chosen.has(item.id);
      box.closest("tr")?.toggleAttribute("data-selected", box.checked);
    }
    const here = items.filter(({ id }) => chosen.has(id)).length;
    all.checked = here === items.length;
    all.indeterminate = here > 0 && !all.checked;
    bar.hidden = chosen.size === 0;
    const elsewhere = chosen.size > here ? `, ${count(chosen.size - here)} of them on other pages` : "";
    const clear = h("button", { type: "button", class: "small quiet", click: () => { clearSelection(); show(); all.focus(); } }, "Clear the selection");
    fill(
      bar,
      h("p", { class: "chosen", role: "status" }, `${plural(chosen.size, noun, nouns)} selected${elsewhere}`),
      actions.map((action) => button(action, [...chosen.values()])),
      all.checked ? everything() : null,
      clear,
    );
  };
  /** A button that selects the whole list; of a longer one, its beginning. */
  const everything = () => {
    const most = Math.min(total, MAX_SELECTED);
    if (chosen.size >= most) return null;
    const press = h("button", { type: "button", class: "small quiet" }, total > MAX_SELECTED ? `Select the first ${count(MAX_SELECTED)} of ${count(total)}` : `Select all ${count(total)}`);
    press.addEventListener("click", async () => {
      press.setAttribute("aria-busy", "true");
      try {
        choose(await loadAll(most), true);
        bar.querySelector("button")?.focus();
      } catch (error) {
        announce(error.message, "refused");
        press.removeAttribute("aria-busy");
      }
    });
    return press;
  };
  const cellOf = (item, index) => {
    const box = h("input", { type: "checkbox", "aria-label": `Select ${nameOf(item)}` });
    box.addEventListener("click", (event) => {
      const from = event.shiftKey && last !== null ? last : index;
      last = index;
      choose(items.slice(Math.min(from, index), Math.max(from, index) + 1), box.checked);
    });
    boxes.set(item, box);
    return h("td", { class: "pick" }, box);
  };
  return { head: all, cellOf, bar, show };
}

function button({ text, kind = "", allows = () => true, run }, chosen) {
  const possible = chosen.filter(allows);
  const press = h("button", { type: "button", class: `small ${kind}`, disabled: possible.length === 0 }, possible.length === chosen.length ? text : `${text} (${count(possible.length)})`);
  press.addEventListener("click", async () => {
    press.setAttribute("aria-busy", "true");
    await run(possible);
    press.removeAttribute("aria-busy");
  });
  return press;
}

/** Apply `act` to the items one after the other, and say how many succeeded; the refused ones are listed with their reason. */
export async function forEach(items, act, { nameOf, noun, nouns, done }) {
  const refused = [];
  for (const item of items) {
    try {
      await act(item);
    } catch (error) {
      refused.push(h("li", {}, h("strong", {}, nameOf(item)), `: ${error.message}`));
    }
  }
  const succeeded = items.length - refused.length;
  if (refused.length > 0) tell(`${plural(refused.length, noun, nouns)} not changed`, succeeded > 0 ? h("p", {}, `${plural(succeeded, noun, nouns)} ${done}.`) : null, h("ul", {}, refused));
  else announce(`${plural(succeeded, noun, nouns)} ${done}.`);
}
