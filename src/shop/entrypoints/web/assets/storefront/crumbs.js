// Breadcrumbs: where in the category tree the visitor is.
import { h } from "../common/dom.js";
import { link } from "../common/router.js";
import { categoryLink } from "./categories.js";

/** Links to all products and to each category of the path; `current` is the name of what the page shows. */
export function breadcrumbs(path, current) {
  const to = (href, text) => h("li", {}, h("a", { href }, text));
  return h(
    "nav",
    { class: "crumbs", "aria-label": "Breadcrumbs" },
    h("ol", {}, to(link("products"), "All products"), path.map((category) => to(categoryLink(category), category.name)), h("li", { "aria-current": "page" }, current)),
  );
}
