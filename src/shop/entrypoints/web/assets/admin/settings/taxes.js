// Tax rates by country, region and class.
import { newKey, post } from "../../common/api.js";
import { countries } from "../../common/countries.js";
import { ask } from "../../common/dialogs.js";
import { h } from "../../common/dom.js";
import { field } from "../../common/forms.js";
import { empty, table } from "../../common/lists.js";
import { link } from "../../common/router.js";
import { countryNames } from "./countrypicker.js";
import { everything, forThose, removeAfter, saveChanges, saved, withErrorsAt } from "./shared.js";

const WRITE = "settings:write";

export async function taxes() {
  const rates = await everything("/api/admin/tax-rates");
  const names = new Map(countries());
  const nameOf = ({ country }) => names.get(country) ?? country;
  rates.sort((one, other) => nameOf(one).localeCompare(nameOf(other)) || (one.region ?? "").localeCompare(other.region ?? "") || one.taxClass.localeCompare(other.taxClass));
  const columns = [{ title: "Country" }, { title: "Region" }, { title: "Tax class" }, { title: "Name" }, { title: "Rate", number: true }, { title: "" }];
  return {
    title: "Tax",
    content: [
      h(
        "div",
        { class: "heading" },
        h("h1", {}, "Tax"),
        forThose(WRITE, h("div", { class: "actions" }, h("a", { class: "button primary", href: link("sell-to") }, "Sell to a country"), h("button", { type: "button", click: create }, "New tax rate"))),
      ),
      h("p", { class: "soft" }, "A product and a shipping method are taxed by their tax class, at the rate of the place that an order is shipped to. A region's rate replaces its country's."),
      rates.length ? table("Tax rates", columns, rates.map(row), { class: "records" }) : empty("There is no tax rate yet: orders are not taxed."),
    ],
  };
}

const path = (rate) => `/api/admin/tax-rates/${encodeURIComponent(rate.id)}`;
const title = (rate) => `${rate.name} ${rate.rate} % (${countryNames([rate.country])}${rate.region ? `, ${rate.region}` : ""}, ${rate.taxClass})`;

function row(rate) {
  const edit = h("button", { type: "button", class: "small", "aria-label": `Change ${title(rate)}`, click: () => change(rate) }, "Change");
  const away = h("button", { type: "button", class: "small danger", "aria-label": `Delete ${title(rate)}` }, "Delete");
  away.addEventListener("click", () => removeAfter(`Delete ${title(rate)}? Past orders keep it.`, path(rate), "The tax rate is deleted."));
  return [
    h("th", { scope: "row" }, countryNames([rate.country])),
    rate.region ?? "–",
    rate.taxClass,
    rate.name,
    h("td", { class: "number" }, `${rate.rate} %`),
    h("td", {}, forThose(WRITE, h("div", { class: "actions" }, edit, away))),
  ];
}

function fields(rate = {}) {
  return [
    field("country", "Country", { required: true, options: [["", "Choose …"], ...countries()], value: rate.country ?? "" }),
    h(
      "div",
      { class: "columns" },
      field("name", "Name", { required: true, maxlength: 100, value: rate.name ?? "VAT", hint: "As buyers see it" }),
      field("rate", "Rate in per cent", { type: "number", min: 0, max: 100, step: "any", required: true, value: rate.rate ?? "" }),
      field("taxClass", "Tax class", { required: true, maxlength: 40, value: rate.taxClass ?? "standard" }),
      field("region", "Only this region", { value: rate.region ?? "", hint: "Optional: a code such as US-CA, or its English name" }),
    ),
  ];
}

const PLACES = { TAX_RATE_TAKEN: "country" };

function create() {
  const key = newKey();
  ask({ title: "New tax rate", button: "Create" }, async (given) => {
    await withErrorsAt(PLACES, () => post("/api/admin/tax-rates", given, { "Idempotency-Key": key }));
    saved("The tax rate applies from now on.");
  }, fields());
}

function change(rate) {
  ask({ title: `Change ${title(rate)}`, button: "Save" }, async (given) => {
    const undo = await withErrorsAt(PLACES, () => saveChanges(path(rate), rate, { region: null, ...given }, "tax rate"));
    saved("The tax rate applies from now on.", undo);
  }, fields(rate));
}
