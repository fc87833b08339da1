// One order: lines, buyer, payments, refunds and history.
import { get, ifMatch, patch, post } from "../common/api.js";
import { announce, h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { money, moment, words } from "../common/format.js";
import { table } from "../common/lists.js";
import { link, refresh } from "../common/router.js";
import { may } from "../common/session.js";
import { picture } from "../storefront/pictures.js";
import { actionsOf, statusTag } from "./orderactions.js";

export const countryName = (code) => (code ? new Intl.DisplayNames(undefined, { type: "region", fallback: "code" }).of(code) : null);
const REFUND_TONES = { succeeded: "good", pending: "warn", failed: "bad" };

export async function order({ segments }) {
  const path = `/api/admin/orders/${encodeURIComponent(segments[1] ?? "")}`;
  const [shown, notes] = await Promise.all([get(path), get(`${path}/notes`)]);
  return {
    title: `Order ${shown.number}`,
    content: [
      h("p", { class: "crumbs" }, h("a", { href: link("orders") }, "Orders")),
      h("div", { class: "head" }, h("h1", {}, `Order ${shown.number}`), statusTag(shown.status), h("span", { class: "soft" }, `placed ${moment(shown.createdAt)}`)),
      may("orders:write") ? h("p", { class: "actions" }, actionsOf(shown)) : null,
      h(
        "div",
        { class: "record" },
        h("div", {}, itemsOf(shown), refundsOf(shown), notesOf(shown, notes.items, path)),
        h("aside", { "aria-label": "Customer, payment and history" }, customer(shown, path), addresses(shown), payment(shown), history(shown)),
      ),
    ],
  };
}

const panel = (title, ...content) => h("section", { class: "panel", "aria-label": title }, h("h2", {}, title), content);

/** Terms and their values; those without a value are left out. */
function facts(known) {
  const pairs = Object.entries(known).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "details" }, pairs.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function itemsOf(shown) {
  const amount = (value) => money(value, shown.currency);
  const line = (item) => {
    const options = Object.entries(item.options ?? {}).map(([name, value]) => `${name}: ${value}`).join(", ");
    return h(
      "li",
      {},
      h("div", { class: "thumbnail" }, picture(item, { sizes: "48px" })),
      h("div", { class: "what" }, h("strong", {}, item.name), h("span", { class: "under" }, [options, item.sku].filter(Boolean).join(" · ")), h("span", { class: "under" }, `${item.quantity} × ${amount(item.unitPrice)}`, item.discount > 0 ? `, ${amount(-item.discount)} discount` : null)),
      h("span", { class: "amount" }, amount(item.lineTotal)),
    );
  };
  return panel("Items", h("ul", { class: "bought" }, shown.items.map(line)), sums(shown, amount));
}

function sums(shown, amount) {
  const included = shown.pricesIncludeTax ? " (included)" : "";
  const row = (name, value, kind) => [h("dt", { class: kind }, name), h("dd", { class: kind ? `amount ${kind}` : "amount" }, value)];
  return h(
    "dl",
    { class: "sums" },
    row("Subtotal", amount(shown.subtotal)),
    shown.discount > 0 ? row(shown.promoCode ? `Discount (${shown.promoCode})` : "Discount", amount(-shown.discount)) : null,
    shown.shipping ? row(`Shipping (${shown.shipping.name})`, amount(shown.shipping.price)) : null,
    shown.taxes.map((each) => row(`${each.name} ${each.rate} %${included}`, amount(each.tax))),
    row("Total", amount(shown.total), "whole"),
    shown.refundedTotal > 0 ? [row("Refunded", amount(-shown.refundedTotal)), row("Kept", amount(shown.total - shown.refundedTotal), "whole")] : null,
  );
}

function refundsOf({ refunds, currency, items }) {
  if (refunds.length === 0) return null;
  const names = new Map(items.map((item) => [item.itemId, item.name]));
  const columns = [{ title: "When" }, { title: "Amount", number: true }, { title: "Status" }, { title: "For" }, { title: "Reason" }];
  const rows = refunds.map((refund) => [
    h("th", { scope: "row" }, moment(refund.createdAt)),
    money(refund.amount, currency),
    [h("span", { class: `tag ${REFUND_TONES[refund.status] ?? ""}` }, words(refund.status)), refund.failureReason ? h("span", { class: "under" }, refund.failureReason) : null],
    [refund.items.length ? refund.items.map(({ itemId, quantity }) => `${quantity} × ${names.get(itemId) ?? "?"}`).join(", ") : "–", refund.restock ? h("span", { class: "under" }, "Back in stock") : null],
    refund.reason ?? "–",
  ]);
  return panel("Refunds", table("Refunds made", columns, rows, { class: "records" }));
}

function notesOf(shown, notes, path) {
  const entries = notes.map((note) => h("li", {}, h("p", { class: "pre" }, note.text), h("span", { class: "under" }, `${note.author}, ${moment(note.createdAt)}`)));
  const add = form({ button: "Add note", kind: "" }, async ({ text }) => {
    await post(`${path}/notes`, { text: text ?? "" });
    draft.removeAttribute("data-unsaved");
    announce("The note is added.");
    refresh();
  }, field("text", "New note", { type: "textarea", required: true, maxlength: 2000, hint: "Customers never see it." }));
  const draft = h("div", { input: (event) => draft.toggleAttribute("data-unsaved", event.target.value !== "") }, add);
  return panel("Notes", entries.length ? h("ul", { class: "notes" }, entries) : null, may("orders:write") ? draft : null);
}

function customer(shown, path) {
  const { contact, username } = shown;
  const account = username === null ? "Guest" : may("customers:read") ? h("a", { href: link(`customer/${username}`) }, username) : username;
  return panel(
    "Customer",
    facts({
      Account: account,
      Name: contact.name,
      Email: contact.email ? h("a", { href: `mailto:${contact.email}` }, contact.email) : null,
      Phone: contact.phone,
      "VAT id": contact.vatId,
      "Terms accepted": shown.termsVersion,
    }),
    contact.vatId ? vatCheck(shown, path) : null,
  );
}

/** Whether staff have checked that the VAT id is registered. */
function vatCheck(shown, path) {
  const box = field("vatIdVerified", "The VAT id is registered", { type: "checkbox", checked: shown.vatIdVerified, disabled: !may("orders:write"), "data-keep": "vat" });
  box.addEventListener("change", async (event) => {
    const verified = event.target.checked;
    try {
      await patch(path, { vatIdVerified: verified }, ifMatch(shown.statusHistory.length));
      announce(verified ? "The VAT id is marked as registered." : "The VAT id is no longer marked as registered.");
    } catch (error) {
      announce(error.status === 412 ? "Somebody changed the order meanwhile: this is how it is now. Please decide again." : error.message, "refused");
    }
    refresh();
  });
  return box;
}

function addresses(shown) {
  const lines = (to) => [to.name, to.company, to.line1, to.line2, [to.postalCode, to.city].filter(Boolean).join(" "), to.region, countryName(to.country), to.phone].filter(Boolean);
  const block = (to) => h("address", {}, lines(to).map((text) => h("div", {}, text)));
  const shipping = lines(shown.shippingAddress).length ? block(shown.shippingAddress) : h("p", { class: "soft" }, "None was given.");
  return panel("Addresses", h("h3", {}, "Shipping"), shipping, shown.billingAddress ? [h("h3", {}, "Billing"), block(shown.billingAddress)] : h("p", { class: "soft" }, "The billing address is the same."));
}

function payment({ payment: made, currency }) {
  const { dispute } = made;
  return panel("Payment", facts({
    Provider: words(made.provider),
    Status: words(made.status),
    Instructions: made.instructions ? h("span", { class: "pre" }, made.instructions) : null,
    Disputed: dispute ? `${money(dispute.amount, currency)}, ${words(dispute.status)}, since ${moment(dispute.openedAt)}: ${dispute.reason}` : null,
  }));
}

function history({ statusHistory }) {
  const entries = statusHistory.map(({ status, at, reason }, index) =>
    h("li", { class: "done" }, h("strong", {}, index === 0 ? "Placed" : words(status)), h("time", { datetime: at }, moment(at)), reason ? h("span", { class: "soft" }, reason) : null));
  return panel("History", h("ol", { class: "timeline" }, entries));
}
