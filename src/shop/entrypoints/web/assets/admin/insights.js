// Insights from the figures, each with a button that applies the suggestion.
import { call, get, newKey } from "../common/api.js";
import { announce, fill, h } from "../common/dom.js";
import { inWords, money, words } from "../common/format.js";
import { field, form } from "../common/forms.js";
import { empty } from "../common/lists.js";

export async function insights() {
  const shown = await get("/api/admin/dashboard", { granularity: "month" });
  return { title: "Insights", content: [h("h1", {}, "Insights"), insightList(shown.insights)] };
}

export function insightList(found) {
  if (found.length === 0) return empty("The figures suggest nothing at the moment.");
  return h("ul", { class: "insights" }, found.map(card));
}

function card(insight) {
  const { asks } = insight.suggestion;
  const actions = h("div", { class: "actions" });
  const act = async (answers) => {
    const { method, path, body } = insight.suggestion;
    await call(method, path, { ...body, ...answers }, method === "POST" ? { "Idempotency-Key": key } : {});
    fill(actions, h("span", { class: "tag good", role: "status" }, "Done"));
    announce("Done.");
  };
  const key = newKey();
  actions.append(asks.length > 0 ? question(insight, act) : applyButton(insight, act));
  const evidence = Object.entries(insight.evidence).map(([name, value]) => [h("dt", {}, inWords(name)), h("dd", {}, evidenceText(name, value))]);
  return h(
    "li",
    { class: "insight" },
    h("span", {}, h("span", { class: "tag" }, words(insight.kind))),
    h("p", {}, insight.message),
    h("dl", {}, evidence),
    h("p", { class: "suggested" }, sentence(insight)),
    actions,
  );
}

/** What "Apply" does, as a sentence. */
function sentence({ kind, evidence, suggestion: { body } }) {
  switch (kind) {
    case "sells_out_soon":
      return "Order more. When they have arrived, enter how many: they are added to the stock.";
    case "promo_code_loses_money":
      return `Switch the code ${evidence.code} off.`;
    case "sale_without_effect":
      return `End the sale: sell it for ${money(body.price)} again.`;
    default:
      return body.compareAtPrice === undefined ? `Lower the price to ${money(body.price)}.` : `Put it on sale for ${money(body.price)}, shown beside ${money(body.compareAtPrice)}.`;
  }
}

function applyButton(insight, act) {
  const press = h("button", { type: "button", class: "primary" }, "Apply");
  press.setAttribute("aria-label", `Apply: ${insight.message}`);
  press.addEventListener("click", async () => {
    if (!confirm(`${insight.message}\n\n${sentence(insight)}`)) return;
    press.disabled = true;
    try {
      await act({});
    } catch (error) {
      press.disabled = false;
      announce(error.message, "refused");
    }
  });
  return press;
}

/** A form for what only a person knows, such as how many units arrived. */
function question(insight, act) {
  const label = QUESTIONS[insight.kind] ?? "How many?";
  const fields = insight.suggestion.asks.map((name) => field(name, label, { type: "number", min: 1, step: 1, required: true }));
  // A group, because named forms are landmarks, and two products may have the same name.
  return h("div", { role: "group", "aria-label": insight.message }, form({ button: "Add to the stock" }, act, fields));
}

const QUESTIONS = { sells_out_soon: "Units that arrived" };
const AMOUNTS = new Set(["price", "compareAtPrice", "averagePriceBefore", "revenue", "revenueBefore", "worth", "discount"]);

function evidenceText(name, value) {
  if (value === null) return "–";
  return AMOUNTS.has(name) ? money(value) : String(value);
}
