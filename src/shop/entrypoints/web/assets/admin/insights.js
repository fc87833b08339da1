// What the figures suggest, and a button that does it.
import { call, get } from "../common/api.js";
import { announce, fill, h } from "../common/dom.js";
import { words } from "../common/format.js";
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
  const { method, path, body } = insight.suggestion;
  const actions = h("div", { class: "actions" });
  const press = h("button", { type: "button", class: "primary" }, "Do it");
  press.setAttribute("aria-label", `Do it: ${insight.message}`);
  press.addEventListener("click", async () => {
    press.disabled = true;
    try {
      await call(method, path, body);
      fill(actions, h("span", { class: "tag good", role: "status" }, "Done"));
      announce("Done.");
    } catch (error) {
      press.disabled = false;
      announce(error.message, "refused");
    }
  });
  actions.append(press);
  const evidence = Object.entries(insight.evidence).map(([name, value]) => [h("dt", {}, inWords(name)), h("dd", {}, value === null ? "–" : String(value))]);
  return h(
    "li",
    { class: "insight" },
    h("span", {}, h("span", { class: "tag" }, words(insight.kind))),
    h("p", {}, insight.message),
    h("dl", {}, evidence),
    h("code", {}, `${method} ${path} ${JSON.stringify(body)}`),
    actions,
  );
}

const inWords = (name) => words(name.replaceAll(/([A-Z]|\d+)/g, " $1").toLowerCase());
