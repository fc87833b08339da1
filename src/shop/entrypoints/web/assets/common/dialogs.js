// Dialogs with a form: closed by their button, by Escape, or when the action has succeeded.
import { freshId, h } from "./dom.js";
import { form, values } from "./forms.js";

/** Ask for the values of `fields` and pass them to `submit`; errors are shown in the dialog, which stays open. */
export function ask({ title, button, kind }, submit, ...fields) {
  const id = freshId("dialog");
  const dialog = h("dialog", { "aria-labelledby": id });
  const close = h("button", { type: "button", click: () => dialog.close() }, "Close");
  const inner = form({ button, kind, extra: close }, async (given) => {
    await submit(given);
    dialog.close();
  }, fields);
  dialog.append(h("h2", { id }, title), inner, messages());
  const before = JSON.stringify(values(inner));
  dialog.addEventListener("cancel", (event) => {
    if (JSON.stringify(values(inner)) !== before && !confirm("What you entered is not saved. Close the dialog?")) event.preventDefault();
  });
  show(dialog);
}

/** Show content in a dialog. */
export function tell(title, ...content) {
  const id = freshId("dialog");
  const dialog = h("dialog", { "aria-labelledby": id });
  const close = h("button", { type: "button", click: () => dialog.close() }, "Close");
  dialog.append(h("h2", { id }, title), ...content, h("div", { class: "actions" }, close), messages());
  show(dialog);
}

/** Where announcements appear while the dialog is open. */
function messages() {
  return h("div", { class: "messages", role: "status", "aria-live": "polite" });
}

function show(dialog) {
  dialog.addEventListener("close", () => {
    const last = dialog.querySelector(".messages > *");
    if (last !== null) document.getElementById("messages").replaceChildren(last); // it outlives the dialog
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}
