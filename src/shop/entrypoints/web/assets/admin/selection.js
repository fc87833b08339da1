// Selected rows of a table, and a bar with what can be done with them.
import { tell } from "../common/dialogs.js";
import { announce, fill, h } from "../common/dom.js";
import { plural } from "../common/format.js";

/**
 * Checkboxes for the rows of `items`. `actions` are `{text, kind, allows(item), run(items)}`; each is offered for the selected
 * items that it allows. Returns `{head, cellOf(item), bar}`: a checkbox for all rows, one per row, and the bar, which is
 * shown while something is selected.
 */
export function selection({ items, nameOf, noun, nouns, actions }) {
  const boxes = new Map();
  const all = h("input", { type: "checkbox", "aria-label": `Select all ${nouns ?? `${noun}s`} on this page`, change: () => chooseAll(all.checked) });
  const bar = h("div", { class: "bulk", role: "region", "aria-label": `Selected ${nouns ?? `${noun}s`}`, hidden: true });
  let last = null;

  const selected = () => items.filter((item) => boxes.get(item)?.checked);
  const chooseAll = (checked) => {
    for (const box of boxes.values()) box.checked = checked;
    show();
  };
  const show = () => {
    const chosen = selected();
    for (const [item, box] of boxes) box.closest("tr")?.toggleAttribute("data-selected", chosen.includes(item));
    all.checked = chosen.length === items.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
    bar.hidden = chosen.length === 0;
    const clear = h("button", { type: "button", class: "small quiet", click: () => { chooseAll(false); all.focus(); } }, "Clear the selection");
    fill(bar, h("p", { class: "chosen", role: "status" }, `${plural(chosen.length, noun, nouns)} selected`), actions.map((action) => button(action, chosen)), clear);
  };
  const cellOf = (item, index) => {
    const box = h("input", { type: "checkbox", "aria-label": `Select ${nameOf(item)}` });
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last !== null) for (let at = Math.min(last, index); at <= Math.max(last, index); at += 1) boxes.get(items[at]).checked = box.checked;
      last = index;
      show();
    });
    boxes.set(item, box);
    return h("td", { class: "pick" }, box);
  };
  return { head: all, cellOf, bar };
}

function button({ text, kind = "", allows = () => true, run }, chosen) {
  const possible = chosen.filter(allows);
  const press = h("button", { type: "button", class: `small ${kind}`, disabled: possible.length === 0 }, possible.length === chosen.length ? text : `${text} (${possible.length})`);
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
