// The checklist before the shop opens.
import { get } from "../../common/api.js";
import { h } from "../../common/dom.js";
import { plural } from "../../common/format.js";
import { link } from "../../common/router.js";

const NAMES = {
  payments: "Payments",
  provider_webhook: "Payment notifications",
  mail: "E-mail",
  address: "Address",
  tax: "Tax",
  shipping: "Shipping",
  pages: "Footer pages",
  second_factor: "Second factor",
  backup: "Backup",
};
const MAILS = { server: "Sent by a mail server", folder: "Written to a folder", off: "Off" };

export async function settings() {
  const shown = await get("/api/admin/settings");
  const missing = shown.checklist.filter((item) => item.done === false).length;
  return {
    title: "Settings",
    content: [
      h("h1", {}, "Settings"),
      h(
        "section",
        { class: "panel", "aria-labelledby": "going-live" },
        h("h2", { id: "going-live" }, "Before you open"),
        h("p", { role: "status" }, missing === 0 ? "Nothing is missing: the shop can open." : `${plural(missing, "thing is", "things are")} missing.`),
        h("ul", { class: "checklist" }, shown.checklist.map(entry)),
      ),
      h(
        "section",
        { class: "panel", "aria-labelledby": "server-settings" },
        h("h2", { id: "server-settings" }, "Settings of the server"),
        h("p", { class: "soft" }, "They are set where the shop is started, as variables or in the file .env; ", h("code", {}, "shop settings"), " shows all of them."),
        h("dl", { class: "details" }, Object.entries(configured(shown)).map(([name, text]) => [h("dt", {}, name), h("dd", {}, text ?? "–")])),
      ),
    ],
  };
}

const STATES = { true: ["good", "Done"], false: ["bad", "Missing"], null: ["warn", "Check it"] };

function entry({ id, done, message, link: path }) {
  const [tone, state] = STATES[done];
  const name = NAMES[id] ?? id;
  const change = path === null ? null : h("a", { class: "button small", href: link(path), "aria-label": `Open: ${name}` }, "Open");
  return h("li", {}, h("span", { class: `tag ${tone}` }, state), h("div", {}, h("strong", {}, name), h("p", {}, message)), change);
}

function configured(shown) {
  return {
    Name: shown.name,
    Address: shown.url,
    Currency: shown.currency,
    Country: shown.country,
    "Time zone": shown.timeZone,
    Prices: shown.pricesIncludeTax ? "Include tax" : "Without tax",
    "Reverse charge": shown.reverseCharge ? "On" : "Off",
    Payments: `${shown.payments.join(", ")} (${shown.paymentsLive ? "live" : "test mode"})`,
    "E-mail": `${MAILS[shown.mail]}, from ${shown.mailFrom}`,
    "Owner's e-mail": shown.ownerEmail,
    Guests: shown.guests ? "May buy" : "Need an account",
    "Staff need a second factor": shown.staffNeedSecondFactor ? "Yes" : "No",
    "Terms to accept": shown.termsVersion,
    "Footer pages": shown.footerPages.join(", ") || null,
  };
}
