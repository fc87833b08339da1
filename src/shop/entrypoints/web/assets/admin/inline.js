// Inputs within tables. Typed values stay until they are saved or discarded, even if the view is loaded again.
import { announce, fill, h } from "../common/dom.js";
import { announceWithUndo } from "./undo.js";

/** Unsaved values: key → {typed, base}. `base` is the stored value that was replaced. */
const drafts = new Map();
window.addEventListener("unsaved-dropped", () => drafts.clear());

/**
 * A cell with an input that is saved on Enter or by its button. `key` identifies the value for as long as the page is open.
 * `save(number)` stores it and returns the stored value. For errors with one of the codes `conflicts`, `present()` returns
 * the value stored meanwhile as `{value, text}`, and the admin chooses between the two.
 */
export function editable({ key, label, value, step, save, conflicts, present }) {
  let known = value;
  const draft = drafts.get(key);
  const input = h("input", { class: "short", type: "number", min: 0, step, value: draft?.typed ?? value, "aria-label": label });
  const press = h("button", { type: "button", class: "small save", "aria-label": `Save: ${label}` }, "Save");
  const trouble = h("div", { role: "status" });
  const cell = h("td", { class: "number" }, h("div", { class: "cell" }, input, press), trouble);
  const changed = () => input.value !== "" && Number(input.value) !== known;
  const note = () => {
    cell.toggleAttribute("data-unsaved", changed());
    if (changed()) drafts.set(key, { typed: input.value, base: known });
    else drafts.delete(key);
  };
  const store = async () => {
    if (!changed()) return;
    press.disabled = true;
    fill(trouble);
    try {
      const before = known;
      known = await save(Number(input.value));
      announceWithUndo(`Saved: ${label}.`, () => save(before));
    } catch (error) {
      if (conflicts.includes(error.code)) showConflict(await present());
      else announce(error.message, "refused");
    }
    press.disabled = false;
    note();
  };
  const showConflict = (theirs) => {
    const take = h("button", { type: "button", class: "small", click: () => settle(theirs.value) }, "Keep theirs");
    const insist = h("button", { type: "button", class: "small", click: () => settle(theirs.value, input.value) }, `Save ${input.value}`);
    fill(trouble, h("div", { class: "conflict" }, h("p", {}, `Somebody changed it meanwhile: it is ${theirs.text} now.`), h("div", { class: "actions" }, take, insist)));
    take.focus();
  };
  const settle = async (theirs, mine = theirs) => {
    known = Number(theirs);
    input.value = mine;
    note();
    fill(trouble);
    input.focus();
    await store();
  };
  press.addEventListener("click", store);
  input.addEventListener("input", note);
  input.addEventListener("keydown", (event) => event.key === "Enter" && store());
  if (draft !== undefined && draft.base !== value) showConflict({ value, text: String(value) });
  else note();
  return cell;
}
