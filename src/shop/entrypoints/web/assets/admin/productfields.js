// The product's own texts and switches: the form, the draft and the report of a conflict take them from here.

const TEXT_TYPES = ["text", "textarea", "url"];

/**
 * The fields by their names in the API, each with the attributes of its control. `more` puts it into the form's section
 * of that name; `blank` is sent when it is left empty (null if not given), and `initial` is a new product's value.
 */
export const FIELDS = {
  name: { label: "Name", required: true, maxlength: 200, blank: "" },
  description: { label: "Description", type: "textarea", rows: 8, hint: "Plain text; line breaks are kept." },
  imageUrl: { label: "Picture address", type: "url", placeholder: "https://…" },
  active: { label: "In the catalogue", type: "checkbox", initial: true, hint: "Shoppers see and buy only what is in the catalogue." },
  vendor: { label: "Vendor", more: true, maxlength: 100 },
  slug: { label: "Slug", more: true, maxlength: 200, hint: "The end of its address. The former address leads to the new one.", autocapitalize: "none", blank: "" },
  taxClass: { label: "Tax class", more: true, maxlength: 40, list: "tax-classes", initial: "standard", blank: "standard" },
  requiresShipping: { label: "Needs shipping", more: true, type: "checkbox", initial: true },
  withdrawable: { label: "Can be returned by withdrawal", more: true, type: "checkbox", initial: true, hint: "Not for what is made to order, sealed or digital." },
};

const names = Object.keys(FIELDS);
export const TEXTS = names.filter((name) => TEXT_TYPES.includes(FIELDS[name].type ?? "text"));
export const FLAGS = names.filter((name) => FIELDS[name].type === "checkbox");
export const MORE = names.filter((name) => FIELDS[name].more);
