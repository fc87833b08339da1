// Messages with an undo button.
import { announce, h } from "../common/dom.js";
import { refresh } from "../common/router.js";

const SECONDS = 12;

/** Announce a change; `undo` reverts it while the message is shown. */
export function announceWithUndo(text, undo) {
  const press = h("button", { type: "button", class: "small" }, "Undo");
  press.addEventListener("click", async (event) => {
    event.stopPropagation();
    press.disabled = true;
    try {
      await undo();
      announce("Undone.");
    } catch (error) {
      announce(error.status === 412 || error.status === 409 ? `It was changed again meanwhile, so it stays: ${error.message}` : error.message, "refused");
    }
    refresh();
  });
  announce([text, " ", press], "done", SECONDS);
}
