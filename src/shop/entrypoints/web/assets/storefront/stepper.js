// A whole number of units, with buttons for one less and one more.
import { announce, h } from "../common/dom.js";
import { icon } from "../common/icons.js";

const MAX_UNITS = 999;

/**
 * `change` is called with every new whole number from 1 to `most`; other input is refused and the former value is
 * shown again. `keep` identifies the stepper across redraws of its list.
 */
export function stepper({ label, value, most = MAX_UNITS, keep, name, id }, change = () => undefined) {
  let known = value;
  const held = (part) => (keep ? `${part}-${keep}` : undefined);
  const input = h("input", { type: "text", inputmode: "numeric", id, name, value, "aria-label": id ? undefined : label, maxlength: 4, autocomplete: "off", "data-keep": held("units") });
  const set = (units) => {
    if (!Number.isInteger(units) || units < 1 || units > most) {
      announce(units > most && most < MAX_UNITS ? `Only ${most} can be ordered.` : `${label}: enter a whole number from 1 to ${most}.`, "refused");
      input.value = known;
      return;
    }
    input.value = units;
    if (units !== known) change(units);
    known = units;
  };
  const press = (text, sign, step) =>
    h("button", { type: "button", class: "square", "aria-label": `${text}: ${label}`, "data-keep": held(sign), click: () => set(known + step) }, icon(sign));
  input.addEventListener("change", () => set(Number(input.value.replace(",", "."))));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    set(known + (event.key === "ArrowUp" ? 1 : -1));
  });
  return h("div", { class: "stepper" }, press("One less", "minus", -1), input, press("One more", "plus", 1));
}
