// Insights from the figures, each with a button that applies the suggestion.
import { call, get } from "../common/api.js";
import { announce, fill, h } from "../common/dom.js";
import { words } from "../common/format.js";
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
  const { method, path, body, asks } = insight.suggestion;
  const actions = h("div", { class: "actions" });
  const act = async (answers) => {
    await call(method, path, { ...body, ...answers });
    fill(actions, h("span", { class: "tag good", role: "status" }, "Done"));
    announce("Done.");
  };
  actions.append(asks.length > 0 ? question(insight, act) : doIt(insight, act));
  const evidence = Object.entries(insight.evidence).map(([name, value]) => [h("dt", {}, inWords(name)), h("dd", {}, value === null ? "–" : String(value))]);
  return h(
    "li",
    { class: "insight" },
    h("span", {}, h("span", { class: "tag" }, words(insight.kind))),
    h("p", {}, insight.message),
    h("dl", {}, evidence),
    actions,
    h("details", {}, h("summary", {}, "As a request to the API"), h("code", {}, `${method} ${path} ${JSON.stringify(body)}`)),
  );
}

function doIt(insight, act) {
  const press = h("button", { type: "button", class: "primary" }, "Do it");
  press.setAttribute("aria-label", `Do it: ${insight.message}`);
  press.addEventListener("click", async () => {
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

/** Only a person knows how many units arrived. */
function question(insight, act) {
  const label = QUESTIONS[insight.kind] ?? "How many?";
  const fields = insight.suggestion.asks.map((name) => field(name, label, { type: "number", min: 1, step: 1, required: true }));
  return form({ button: "Do it", "aria-label": insight.message }, act, fields);
}

const QUESTIONS = { sells_out_soon: "Units that arrived" };
const inWords = (name) => words(name.replaceAll(/([A-Z]|\d+)/g, " $1").toLowerCase());
