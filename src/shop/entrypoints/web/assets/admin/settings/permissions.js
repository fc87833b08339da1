// Permissions as a grid: reading and writing, by area.
import { freshId, h, meta } from "../../common/dom.js";
import { words } from "../../common/format.js";

const ABOUT = {
  catalogue: "Products, categories, pictures",
  orders: "Orders, refunds, invoices",
  customers: "Customers and their accounts",
  promotions: "Promo codes",
  statistics: "Dashboard and figures",
  settings: "Shipping, tax, webhooks, messages",
  staff: "Roles, keys, audit trail",
};

const areas = () => [...new Set(meta("permissions").split(",").map((permission) => permission.split(":")[0]))];

/** The field `permissions` of a form. Writing includes reading. */
export function permissionGrid(chosen = []) {
  const id = freshId("permissions");
  const value = h("input", { type: "hidden", id, name: "permissions", value: chosen.join(",") });
  const note = h("small", { id: `${id}-note`, class: "note", "data-hint": "" });
  const rows = areas().map((area) => {
    const write = box(area, "write", chosen.includes(`${area}:write`));
    const read = box(area, "read", write.checked || chosen.includes(`${area}:read`));
    read.disabled = write.checked;
    write.addEventListener("change", () => {
      read.checked ||= write.checked;
      read.disabled = write.checked;
      store();
    });
    read.addEventListener("change", store);
    return { area, read, write };
  });

  function store() {
    value.value = rows.flatMap(({ area, read, write }) => (write.checked ? [`${area}:write`] : read.checked ? [`${area}:read`] : [])).join(",");
  }

  const head = h("tr", {}, h("th", { scope: "col" }, "Area"), h("th", { scope: "col" }, "See"), h("th", { scope: "col" }, "Change"));
  const body = rows.map(({ area, read, write }) =>
    h("tr", {}, h("th", { scope: "row" }, words(area), h("div", { class: "soft small-text" }, ABOUT[area])), h("td", {}, read), h("td", {}, write)));
  return h(
    "div",
    { class: "field", "data-field": "permissions" },
    value,
    h("div", { class: "scroll" }, h("table", { class: "grid" }, h("caption", {}, "Permissions"), h("thead", {}, head), h("tbody", {}, body))),
    note,
  );
}

function box(area, kind, checked) {
  return h("input", { type: "checkbox", checked, "aria-label": `${words(area)}: ${kind === "read" ? "see" : "change"}` });
}

/** Permissions in words: "Orders: change · Catalogue: see" */
export function permissionText(permissions) {
  const written = areas().map((area) => {
    if (permissions.includes(`${area}:write`)) return `${words(area)}: change`;
    return permissions.includes(`${area}:read`) ? `${words(area)}: see` : null;
  });
  return written.filter(Boolean).join(" · ") || "None";
}
