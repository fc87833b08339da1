// Drawers at the edge of the page: modal dialogs with a heading, content that scrolls, and a footer.
import { freshId, h } from "../common/dom.js";
import { icon } from "../common/icons.js";

/** Open a drawer; it closes by its button, by Escape, by a click beside it, and when a link in it is followed. */
export function openDrawer({ title, side = "end" }, inside, footer) {
  const id = freshId("drawer");
  const dialog = h("dialog", { class: `drawer ${side}`, "aria-labelledby": id });
  const close = h("button", { type: "button", class: "quiet square", "aria-label": "Close", click: () => dialog.close() }, icon("close"));
  dialog.append(
    h("header", {}, h("h2", { id }, title), close),
    h("div", { class: "inside" }, inside),
    footer ?? "",
    h("div", { class: "messages", role: "status", "aria-live": "polite" }),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("a[href]")) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
