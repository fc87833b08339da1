// Bulk changes: progress, refusals, and undo.
import { tell } from "../common/dialogs.js";
import { fill, h } from "../common/dom.js";
import { count, plural } from "../common/format.js";
import { refresh } from "../common/router.js";
import { clearSelection } from "./selection.js";

/**
 * Change `items` one after the other in a dialog; closing it stops after the current one. `change(item)` returns a function
 * that undoes the change, or nothing if there was nothing to change.
 */
export function changeAll({ title, items, change, nameOf = (item) => item.name, noun = "product", nouns }) {
  const content = h("div", { class: "change-all", "aria-live": "polite" });
  tell(title, content);
  const dialog = content.closest("dialog");
  let open = true;
  dialog.addEventListener("close", () => {
    open = false;
    clearSelection();
    refresh();
  });

  const run = async (wanted, act) => {
    const done = [];
    const refused = [];
    const bar = h("progress", { max: wanted.length, value: 0, "aria-label": title });
    const told = h("p", {});
    fill(content, told, bar);
    for (const [index, each] of wanted.entries()) {
      if (!open) break;
      told.textContent = `${count(index + 1)} of ${count(wanted.length)}: ${nameOf(each.item ?? each)}`;
      try {
        done.push({ item: each.item ?? each, undo: await act(each) });
      } catch (error) {
        refused.push(h("li", {}, h("strong", {}, nameOf(each.item ?? each)), `: ${reasonOf(error)}`));
      }
      bar.value = index + 1;
    }
    return { done, refused };
  };

  const start = async () => {
    const { done, refused } = await run(items, change);
    const changed = done.filter(({ undo }) => undo !== undefined);
    const back = changed.length > 0 ? h("button", { type: "button", class: "undo" }, "Undo") : null;
    back?.addEventListener("click", async () => {
      const undone = await run(changed, ({ undo }) => undo());
      report(`${plural(undone.done.length, noun, nouns)} as before.`, undone.refused);
      dialog.querySelector(":scope > .actions button").focus();
    });
    report(`${plural(changed.length, noun, nouns)} changed.`, refused, back);
  };
  const report = (text, refused, ...more) =>
    fill(content, h("p", {}, text), refused.length ? [h("p", { class: "problem" }, `${plural(refused.length, noun, nouns)} not changed:`), h("ul", {}, refused)] : null, more);
  return start();
}

function reasonOf(error) {
  if (error.code === "PRECONDITION_FAILED") return "Somebody changed it meanwhile.";
  const details = Object.values(error.details ?? {}).filter((reason) => typeof reason === "string");
  return details.length ? `${error.message} (${details.join("; ")})` : error.message;
}
