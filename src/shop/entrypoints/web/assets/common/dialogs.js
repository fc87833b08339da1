// Dialogs with a form: closed by their button, by Escape, or when what they ask for was done.
import { freshId, h } from "./dom.js";
import { form } from "./forms.js";

/** Ask for what `fields` hold and hand it to `submit`; a refusal is shown in the dialog, which stays. */
export function ask({ title, button, kind }, submit, ...fields) {
  const id = freshId("dialog");
  const dialog = h("dialog", { "aria-labelledby": id });
  const close = h("button", { type: "button", click: () => dialog.close() }, "Close");
  const inner = form({ button, kind, extra: close }, async (given) => {
    await submit(given);
    dialog.close();
  }, fields);
  dialog.append(h("h2", { id }, title), inner);
  show(dialog);
}

/** Show something in a dialog. */
export function tell(title, ...content) {
  const id = freshId("dialog");
  const dialog = h("dialog", { "aria-labelledby": id });
  const close = h("button", { type: "button", click: () => dialog.close() }, "Close");
  dialog.append(h("h2", { id }, title), ...content, h("div", { class: "actions" }, close));
  show(dialog);
}

function show(dialog) {
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
