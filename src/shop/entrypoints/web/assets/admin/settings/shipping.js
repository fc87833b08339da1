// Shipping: zones, each with its methods.
import { newKey, post } from "../../common/api.js";
import { ask } from "../../common/dialogs.js";
import { h } from "../../common/dom.js";
import { field } from "../../common/forms.js";
import { empty, table } from "../../common/lists.js";
import { link } from "../../common/router.js";
import { countryNames, countryPicker } from "./countrypicker.js";
import { changeMethod, createMethod, daysText, methodPath, rateText } from "./methods.js";
import { activeSwitch, everything, forThose, listOf, removeAfter, saveChanges, saved, withErrorsAt } from "./shared.js";

const WRITE = "settings:write";

export async function shipping() {
  const [zones, methods] = await Promise.all([everything("/api/admin/shipping-zones"), everything("/api/admin/shipping-methods")]);
  const sell = h("a", { class: "button primary", href: link("sell-to") }, "Sell to a country");
  const create = h("button", { type: "button", click: createZone }, "New zone");
  return {
    title: "Shipping",
    content: [
      h("div", { class: "heading" }, h("h1", {}, "Shipping"), forThose(WRITE, h("div", { class: "actions" }, sell, create))),
      state(zones, methods),
      zones.map((zone) => zonePanel(zone, methods.filter((method) => method.zoneId === zone.id), zones)),
    ],
  };
}

function state(zones, methods) {
  if (zones.length === 0) {
    return empty(
      "Nothing is set up: orders are placed without shipping, and nothing is charged for it. A zone says where you ship to; its methods say how, and at what price.",
      forThose(WRITE, h("a", { class: "button primary", href: link("sell-to") }, "Set up the first country")),
    );
  }
  if (!methods.some((method) => method.active)) {
    return h("p", { class: "hint warn" }, "No method is active: orders are placed without shipping. Once a method is active, you ship only to places that have one.");
  }
  return h("p", { class: "soft" }, "Orders can be shipped only to places with an active method. If several zones contain a place, the most specific one counts: postal code, then region, then country.");
}

function zonePanel(zone, methods, zones) {
  const button = (text, act, kind = "small") => h("button", { type: "button", class: kind, "aria-label": `${text}: ${zone.name}`, click: act }, text);
  const where = [
    [h("dt", {}, "Countries"), h("dd", {}, countryNames(zone.countries))],
    zone.regions.length ? [h("dt", {}, "Only the regions"), h("dd", {}, zone.regions.join(", "))] : null,
    zone.postalCodes.length ? [h("dt", {}, "Only the postal codes"), h("dd", {}, zone.postalCodes.join(", "))] : null,
  ];
  const columns = [{ title: "Method" }, { title: "Price" }, { title: "Delivery" }, { title: "Tax class" }, { title: "State" }, { title: "" }];
  return h(
    "section",
    { class: "panel", "aria-label": zone.name },
    h(
      "div",
      { class: "heading" },
      h("h2", {}, zone.name),
      forThose(WRITE, h("div", { class: "actions" }, button("New method", () => createMethod(zone)), button("Change", () => changeZone(zone)), button("Delete", () => deleteZone(zone), "small danger"))),
    ),
    h("dl", { class: "details" }, where),
    methods.length
      ? table(`Methods of ${zone.name}`, columns, methods.map((method) => methodRow(method, zones)), { class: "records" })
      : h("p", { class: "soft" }, "This zone has no method: nothing can be shipped to it."),
  );
}

function methodRow(method, zones) {
  const change = h("button", { type: "button", class: "small", "aria-label": `Change ${method.name}`, click: () => changeMethod(method, zones) }, "Change");
  const away = h("button", { type: "button", class: "small danger", "aria-label": `Delete ${method.name}` }, "Delete");
  away.addEventListener("click", () => removeAfter(`Delete the method ${method.name}? Past orders keep it.`, methodPath(method), `${method.name} is deleted.`));
  return [
    h("th", { scope: "row" }, method.name),
    h("td", {}, method.rates.map((rate) => h("div", {}, rateText(rate)))),
    daysText(method.deliveryDays),
    method.taxClass,
    h("td", {}, method.active ? h("span", { class: "tag good" }, "Active") : h("span", { class: "tag" }, "Off")),
    h("td", {}, forThose(WRITE, h("div", { class: "actions" }, activeSwitch(methodPath(method), method, "shipping method"), change, away))),
  ];
}

const zonePath = (zone) => `/api/admin/shipping-zones/${encodeURIComponent(zone.id)}`;

function zoneFields(zone = { countries: [], regions: [], postalCodes: [] }) {
  return [
    field("name", "Name", { required: true, maxlength: 100, value: zone.name ?? "", hint: "Only you see it" }),
    countryPicker("countries", "Countries", zone.countries),
    field("regions", "Only these regions", { value: zone.regions.join(", "), hint: "Optional: codes such as US-CA, or English names, separated by commas" }),
    field("postalCodes", "Only these postal codes", { value: zone.postalCodes.join(", "), hint: "Optional: beginnings such as 10, or ranges such as 20-29, separated by commas" }),
  ];
}

function zoneTerms(given) {
  return { name: given.name, countries: listOf(given.countries), regions: listOf(given.regions), postalCodes: listOf(given.postalCodes) };
}

const PLACES = { ZONE_OVERLAP: "countries" };

function createZone() {
  const key = newKey();
  ask({ title: "New zone", button: "Create" }, async (given) => {
    await withErrorsAt(PLACES, () => post("/api/admin/shipping-zones", zoneTerms(given), { "Idempotency-Key": key }));
    saved(`${given.name} is there. It needs a method before you can ship to it.`);
  }, zoneFields());
}

function changeZone(zone) {
  ask({ title: `Change ${zone.name}`, button: "Save" }, async (given) => {
    const undo = await withErrorsAt(PLACES, () => saveChanges(zonePath(zone), zone, zoneTerms(given), "zone"));
    saved(`${given.name} is saved.`, undo);
  }, zoneFields(zone));
}

function deleteZone(zone) {
  return removeAfter(`Delete the zone ${zone.name}?`, zonePath(zone), `${zone.name} is deleted.`);
}
