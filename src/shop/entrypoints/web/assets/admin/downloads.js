// CSV files that the shop makes. A plain link could not send the header that the page's session needs.
import { download } from "../common/api.js";
import { announce, h } from "../common/dom.js";
import { saveFile } from "../common/csv.js";

/** A button that saves a file of all orders, products or customers. */
export function exportFile(kind) {
  const press = h("button", { type: "button" }, "Export CSV");
  press.addEventListener("click", async () => {
    press.setAttribute("aria-busy", "true");
    try {
      saveFile(`${kind}.csv`, await download(`/api/admin/exports/${kind}.csv`));
    } catch (error) {
      announce(error.message, "refused");
    }
    press.removeAttribute("aria-busy");
  });
  return press;
}
