// "Sell to a country": zone, tax rate and shipping method of a country on one page.
import { post } from "../../common/api.js";
import { countries } from "../../common/countries.js";
import { announce, fill, h, meta } from "../../common/dom.js";
import { field, form } from "../../common/forms.js";
import { go, link } from "../../common/router.js";
import { rateText } from "./methods.js";
import { everything, withErrorsAt } from "./shared.js";

export async function sellTo({ query }) {
  const known = await load();
  const names = new Map(countries());
  const setup = h("div", { class: "present" });
  const whole = { type: "number", min: 0, step: 1 };
  const amount = { type: "number", min: 0, step: "any" };
  const setUp = form(
    { button: "Sell there", class: "panel", extra: h("a", { class: "button quiet", href: link("shipping") }, "Cancel") },
    (given) => save(given, names),
    field("country", "Country", { required: true, options: [["", "Choose …"], ...countries()], value: query.country ?? "" }),
    setup,
    group(
      "Tax",
      field("taxName", "Name of the tax", { value: "VAT", maxlength: 100 }),
      field("taxRate", "Rate in per cent", { ...amount, max: 100, hint: "Empty: no tax is charged there" }),
    ),
    group(
      "Shipping",
      field("methodName", "Name of the method", { required: true, maxlength: 100, value: "Standard" }),
      field("price", `Price (${meta("currency")})`, { ...amount, required: true }),
      field("freeFrom", "Free from a subtotal of", { ...amount, hint: "Optional" }),
      field("daysMin", "Days, at least", { ...whole, hint: "Optional" }),
      field("daysMax", "Days, at most", { ...whole, hint: "Optional" }),
    ),
  );
  const show = () => fill(setup, stateOf(setUp.elements.namedItem("country").value, known));
  setUp.elements.namedItem("country").addEventListener("change", show);
  show();
  return {
    title: "Sell to a country",
    content: [
      h("h1", {}, "Sell to a country"),
      h("p", { class: "soft" }, "This sets up where you ship to, what it costs, and what is taxed. You can add methods, regions and tax classes afterwards in ", h("a", { href: link("shipping") }, "Shipping"), " and ", h("a", { href: link("taxes") }, "Tax"), "."),
      h("div", { class: "medium" }, setUp),
    ],
  };
}

function group(title, ...fields) {
  return h("fieldset", {}, h("legend", {}, title), h("div", { class: "columns" }, fields));
}

async function load() {
  const [zones, methods, rates] = await Promise.all(["shipping-zones", "shipping-methods", "tax-rates"].map((name) => everything(`/api/admin/${name}`)));
  return { zones, methods, rates };
}

/** The zone of this whole country and no other, if there is one. */
const zoneOf = (country, { zones }) =>
  zones.find((zone) => zone.countries.join() === country && zone.regions.length === 0 && zone.postalCodes.length === 0);

const rateOf = (country, { rates }) => rates.find((rate) => rate.country === country && rate.region === null && rate.taxClass === "standard");

/** The existing setup of the country. */
function stateOf(country, known) {
  const zones = known.zones.filter((zone) => zone.countries.includes(country));
  const methods = known.methods.filter((method) => zones.some((zone) => zone.id === method.zoneId));
  const rate = rateOf(country, known);
  const facts = [
    rate && `It is taxed at ${rate.rate} % (${rate.name}).`,
    methods.length > 0 && `You ship there already: ${methods.map((method) => `${method.name} (${method.rates.map(rateText).join("; ")})`).join(", ")}.`,
    !known.methods.some((method) => method.active) && "This is your first shipping method: from then on, you ship only to countries that have one.",
  ].filter(Boolean);
  return country !== "" && facts.length ? h("p", { class: "hint", role: "status" }, facts.join(" ")) : null;
}

/** Create what is missing. A retry after an error creates nothing twice. */
async function save(given, names) {
  const known = await load();
  await saveTax(given, rateOf(given.country, known));
  const zone = zoneOf(given.country, known) ?? (await withErrorsAt({ ZONE_OVERLAP: "country" }, () =>
    post("/api/admin/shipping-zones", { name: names.get(given.country), countries: [given.country] })));
  await saveMethod(given, zone, known);
  announce(`You sell to ${names.get(given.country)} now.`);
  go("shipping");
}

async function saveTax({ country, taxName, taxRate }, existing) {
  if (taxRate === undefined || existing?.rate === taxRate) return;
  if (existing !== undefined) throw problem("taxRate", `There is a rate of ${existing.rate} % already: change it under Tax`);
  if (taxName === undefined) throw problem("taxName", "must not be empty");
  const errors = { TAX_RATE_TAKEN: "taxRate" };
  await renamed({ name: "taxName", rate: "taxRate" }, () => withErrorsAt(errors, () => post("/api/admin/tax-rates", { country, name: taxName, rate: taxRate })));
}

async function saveMethod(given, zone, { methods }) {
  if (methods.some((method) => method.zoneId === zone.id && method.name === given.methodName)) {
    throw problem("methodName", `${zone.name} has a method of this name already`);
  }
  const { price, freeFrom, daysMin, daysMax } = given;
  const rates = freeFrom === undefined ? [{ price }] : [{ price, maxSubtotal: freeFrom }, { price: 0, minSubtotal: freeFrom }];
  const deliveryDays = daysMin === undefined && daysMax === undefined ? null : { min: daysMin ?? daysMax, max: daysMax ?? daysMin };
  const fields = { name: "methodName", "rates[0].price": "price", "rates[0].maxSubtotal": "freeFrom", "deliveryDays.min": "daysMin", "deliveryDays.max": "daysMax" };
  await renamed(fields, () => post("/api/admin/shipping-methods", { zoneId: zone.id, name: given.methodName, rates, deliveryDays }));
}

function problem(name, reason) {
  return Object.assign(new Error(reason), { status: 409, details: { [name]: reason } });
}

/** Run `act`; errors at the API's fields are shown at the fields of this page. */
async function renamed(fields, act) {
  try {
    return await act();
  } catch (error) {
    error.details = Object.fromEntries(Object.entries(error.details ?? {}).map(([name, reason]) => [fields[name] ?? name, reason]));
    throw error;
  }
}
