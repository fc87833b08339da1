// Files that the shop makes. A plain link would not work: the shop accepts the session only in requests by the page's scripts.
import { getFile } from "../common/api.js";
import { saveFile } from "../common/csv.js";
import { announce, h } from "../common/dom.js";

/** A button that saves the file at a path of the API under its own name. `bom` lets spreadsheets see that it is UTF-8. */
export function downloadButton(text, path, properties = {}) {
  const press = h("button", { type: "button", ...properties }, text);
  press.addEventListener("click", async () => {
    press.disabled = true;
    press.textContent = "Preparing the file …";
    try {
      saveFile(path.split("/").at(-1), await getFile(path, { bom: true }));
      announce("The file is saved.");
    } catch (error) {
      announce(error.message, "refused");
    }
    press.textContent = text;
    press.disabled = false;
    press.focus();
  });
  return press;
}
