// Webhooks: addresses that receive events, and their deliveries.
import { get, newKey, post } from "../../common/api.js";
import { ask, tell } from "../../common/dialogs.js";
import { announce, h } from "../../common/dom.js";
import { field } from "../../common/forms.js";
import { count, moment, words } from "../../common/format.js";
import { go, link, refresh } from "../../common/router.js";
import { attempt, listing } from "../listing.js";
import { eventPicker, textOf } from "./eventpicker.js";
import { secretField } from "./secrets.js";
import { activeSwitch, forThose, listOf, removeAfter, saveChanges, saved } from "./shared.js";

const path = (webhook) => `/api/admin/webhooks/${encodeURIComponent(webhook.id)}`;
const state = ({ active }) => (active ? h("span", { class: "tag good" }, "Active") : h("span", { class: "tag bad" }, "Switched off"));

const WRITE = "settings:write";

export function webhooks({ query }) {
  return listing({
    title: "Webhooks",
    path: "webhooks",
    address: "/api/admin/webhooks",
    query,
    noun: "webhook",
    nothing: "There is no webhook yet. A webhook tells a program of yours what happens here: an order was paid, a product is out of stock.",
    actions: forThose(WRITE, h("button", { type: "button", class: "primary", click: create }, "New webhook")),
    columns: [
      { title: "Address", cell: (webhook) => h("th", { scope: "row" }, h("a", { href: link(`webhook/${webhook.id}`) }, webhook.url)), text: (webhook) => webhook.url },
      { title: "Description", cell: (webhook) => webhook.description ?? "–", text: (webhook) => webhook.description },
      { title: "Events", cell: (webhook) => webhook.events.map(textOf).join(", "), text: (webhook) => webhook.events.join(" ") },
      { title: "State", cell: state, text: (webhook) => (webhook.active ? "active" : "off") },
    ],
  });
}

const TONES = { succeeded: "good", pending: "warn", failed: "bad" };

/** One webhook with its deliveries. */
export async function webhook({ segments, query }) {
  const shown = await get(path({ id: segments[1] }));
  const button = (text, act, kind = "") => h("button", { type: "button", class: kind, click: act }, text);
  const actions = [
    button("Send a test", () => test(shown), "primary"),
    activeSwitch(path(shown), shown, "webhook", "The webhook", ""),
    button("Change", () => change(shown)),
    button("New secret", () => rotate(shown)),
    button("Delete", () => deleteWebhook(shown), "danger"),
  ];
  const listed = await listing({
    title: "Deliveries",
    heading: shown.url,
    crumbs: h("p", { class: "crumbs" }, h("a", { href: link("webhooks") }, "Webhooks")),
    actions: forThose(WRITE, actions),
    path: `webhook/${shown.id}`,
    address: `${path(shown)}/deliveries`,
    query,
    noun: "delivery",
    nouns: "deliveries",
    nothing: "Nothing was delivered yet. Send a test to see whether the address answers.",
    intro: h(
      "div",
      {},
      h(
        "dl",
        { class: "details" },
        h("dt", {}, "State"), h("dd", {}, state(shown)),
        h("dt", {}, "Events"), h("dd", {}, shown.events.map(textOf).join(", ")),
        h("dt", {}, "Description"), h("dd", {}, shown.description ?? "–"),
      ),
      h("p", { class: "soft" }, "A delivery that is not answered with success is tried again for three days. Each attempt carries the same webhook-id."),
    ),
    columns: [
      { title: "When", cell: (delivery) => moment(delivery.createdAt), text: (delivery) => delivery.createdAt },
      { title: "Event", cell: (delivery) => h("th", { scope: "row" }, delivery.eventType), text: (delivery) => delivery.eventType },
      { title: "Status", cell: (delivery) => h("span", { class: `tag ${TONES[delivery.status]}` }, words(delivery.status)), text: (delivery) => delivery.status },
      { title: "Attempts", number: true, cell: (delivery) => count(delivery.attempts), text: (delivery) => delivery.attempts },
      { title: "Answer", cell: (delivery) => delivery.responseStatus ?? "–", text: (delivery) => delivery.responseStatus },
      { title: "Error", cell: (delivery) => delivery.error ?? "–", text: (delivery) => delivery.error },
      { title: "Next attempt", cell: (delivery) => (delivery.status === "pending" ? moment(delivery.dueAt) : "–"), text: (delivery) => delivery.dueAt },
      { title: "", cell: (delivery) => forThose(WRITE, sendAgain(shown, delivery)) },
    ],
  });
  return { title: shown.url, content: listed.content };
}

function sendAgain(webhook, delivery) {
  const key = newKey();
  const press = h("button", { type: "button", class: "small", "aria-label": `Send again: ${delivery.eventType} of ${moment(delivery.createdAt)}` }, "Send again");
  press.addEventListener("click", async () => {
    press.disabled = true;
    await attempt(() => post(`${path(webhook)}/deliveries/${encodeURIComponent(delivery.id)}/redeliver`, undefined, { "Idempotency-Key": key }), "It is sent again within a moment.");
    refresh();
  });
  return press;
}

async function test(webhook) {
  try {
    const { status, responseStatus, error } = await post(`${path(webhook)}/test`, undefined, { "Idempotency-Key": newKey() });
    if (status === "succeeded") announce(`The test arrived: the address answered with ${responseStatus}.`);
    else announce(`The test did not arrive: ${error ?? `the address answered with ${responseStatus}`}`, "refused");
  } catch (error) {
    announce(error.message, "refused");
  }
  refresh();
}

async function rotate(webhook) {
  if (!confirm("Make a new secret? For 24 hours, messages are signed with both the old and the new one.")) return;
  try {
    const { secret } = await post(`${path(webhook)}/rotate-secret`, undefined, { "Idempotency-Key": newKey() });
    refresh(); // the webhook's version has changed
    tellSecret(secret);
  } catch (error) {
    announce(error.message, "refused");
  }
}

function tellSecret(secret) {
  tell("The webhook's secret", h("p", {}, "Copy it now: it is not shown again. With it, the receiver checks that a message comes from this shop."), secretField("The secret", secret));
}

async function deleteWebhook(webhook) {
  await removeAfter(`Delete the webhook ${webhook.url}? Its deliveries go too.`, path(webhook), "The webhook is deleted.", () => go("webhooks"));
}

function fields(webhook = { events: [], active: true }) {
  return [
    field("url", "Address", { type: "url", required: true, value: webhook.url ?? "", hint: "Begins with https://" }),
    field("description", "Description", { maxlength: 200, value: webhook.description ?? "", hint: "Optional: what receives it" }),
    eventPicker(webhook.events),
    field("active", "Active", { type: "checkbox", checked: webhook.active }),
  ];
}

const terms = ({ url, description, events, active }) => ({ url, description: description ?? null, events: listOf(events), active });

function create() {
  const key = newKey();
  ask({ title: "New webhook", button: "Create" }, async (given) => {
    const made = await post("/api/admin/webhooks", terms(given), { "Idempotency-Key": key });
    go(`webhook/${made.id}`);
    tellSecret(made.secret);
  }, fields());
}

function change(webhook) {
  ask({ title: "Change the webhook", button: "Save" }, async (given) => {
    const undo = await saveChanges(path(webhook), webhook, terms(given), "webhook");
    saved("The webhook is saved.", undo);
  }, fields(webhook));
}
