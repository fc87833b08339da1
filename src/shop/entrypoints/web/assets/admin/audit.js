// The audit trail: who did what, when, and what it changed.
import { h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { inWords, moment, words } from "../common/format.js";
import { link } from "../common/router.js";
import { lesson, listing } from "./listing.js";

const SUBJECTS = { "": "Everything", product: "Products", "promo-code": "Promo codes", user: "Users", order: "Orders" };

export function audit({ query }) {
  return listing({
    title: "Audit trail",
    path: "audit",
    address: "/api/admin/audit",
    query,
    noun: "entry",
    nouns: "entries",
    nothing: lesson("Nothing was changed yet", "Every change that staff make is kept here: who made it, when, and what was different before."),
    filters: [
      field("username", "By whom", { value: query.username ?? "", autocapitalize: "none" }),
      field("subject", "To what", { options: SUBJECTS, value: query.subject ?? "" }),
      field("from", "From", { type: "date", value: query.from ?? "" }),
      field("to", "To", { type: "date", value: query.to ?? "" }),
    ],
    columns: [
      { title: "When", cell: (entry) => h("span", { class: "when" }, moment(entry.at)), text: (entry) => entry.at },
      { title: "By whom", cell: (entry) => entry.username, text: (entry) => entry.username },
      { title: "What", cell: (entry) => h("th", { scope: "row" }, words(entry.action)), text: (entry) => entry.action },
      { title: "To", cell: (entry) => subjectOf(entry.subject), text: (entry) => entry.subject.name ?? entry.subject.id },
      { title: "Before and after", cell: changes, text: (entry) => JSON.stringify({ before: entry.before, after: entry.after }) },
    ],
  });
}

/** The changed subject, with a link to its page if it has one. */
function subjectOf({ kind, id, name }) {
  const shown = name ?? id.replaceAll(IDS, (each) => `…${each.slice(-6)}`);
  const page = PAGES[kind]?.({ id, name });
  return [page && name ? h("a", { href: page, title: id }, shown) : h("span", { title: id }, shown), h("span", { class: "under" }, words(kind))];
}

const PAGES = {
  order: ({ id }) => link(`order/${id}`),
  product: ({ id }) => link(`product/${id}`),
  user: ({ name }) => link(`customer/${name}`),
};

const IDS = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const isMoment = (text) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text);

/** The changed fields, as a list. */
function changes({ before, after }) {
  const isEmpty = (value) => value === null || value === undefined || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !isEmpty(before[name]) || !isEmpty(after[name]));
  const text = (value) => {
    if (value === null || value === undefined) return "–";
    const written = typeof value === "object" ? JSON.stringify(value) : String(value);
    return isMoment(written) ? moment(written) : written.replaceAll(IDS, (id) => `…${id.slice(-6)}`);
  };
  const one = (name) => {
    const was = name in before ? h("del", {}, text(before[name])) : null;
    const is = name in after ? h("ins", {}, text(after[name])) : null;
    return [h("dt", {}, inWords(name)), h("dd", {}, was, was && is ? " → " : null, is)];
  };
  return h("dl", { class: "details changes" }, names.map(one));
}
