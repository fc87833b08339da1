// The e-mails that the shop sends.
import { newKey, post } from "../../common/api.js";
import { h } from "../../common/dom.js";
import { count, moment, words } from "../../common/format.js";
import { refresh } from "../../common/router.js";
import { attempt, listing } from "../listing.js";
import { forThose } from "./shared.js";

const TONES = { sent: "good", queued: "warn", failed: "bad" };

export function messages({ query }) {
  return listing({
    title: "Messages",
    path: "messages",
    address: "/api/admin/messages",
    query,
    noun: "message",
    nothing: "No e-mail was sent yet.",
    intro: h("p", { class: "soft" }, "E-mails of the last 90 days. One that the mail server does not accept is tried again for 24 hours."),
    columns: [
      { title: "When", cell: (message) => moment(message.createdAt), text: (message) => message.createdAt },
      { title: "To", cell: (message) => h("th", { scope: "row" }, message.to), text: (message) => message.to },
      { title: "Subject", cell: (message) => message.subject, text: (message) => message.subject },
      { title: "Kind", cell: (message) => words(message.template), text: (message) => message.template },
      { title: "Status", cell: (message) => h("span", { class: `tag ${TONES[message.status]}` }, words(message.status)), text: (message) => message.status },
      { title: "Attempts", number: true, cell: (message) => count(message.attempts), text: (message) => message.attempts },
      { title: "Error", cell: (message) => message.error ?? "–", text: (message) => message.error },
      { title: "", cell: (message) => forThose("settings:write", resend(message)) },
    ],
  });
}

function resend(message) {
  const key = newKey();
  const press = h("button", { type: "button", class: "small", "aria-label": `Send again: “${message.subject}” to ${message.to}` }, "Send again");
  press.addEventListener("click", async () => {
    if (!confirm(`Send “${message.subject}” to ${message.to} again? Links in the earlier e-mail stop working.`)) return;
    press.disabled = true;
    await attempt(() => post(`/api/admin/messages/${encodeURIComponent(message.id)}/resend`, undefined, { "Idempotency-Key": key }), "It is sent again within a moment.");
    refresh();
  });
  return press;
}
