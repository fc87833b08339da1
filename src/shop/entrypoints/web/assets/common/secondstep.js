// A login's second step: a code of the app, for accounts with a second factor.
import { field } from "./forms.js";

const NAME = "totpCode";

/** The step's field, hidden until the shop asks for a code. */
export function codeField() {
  const step = field(NAME, "Code of your app, or a recovery code", { autocomplete: "one-time-code", autocapitalize: "none", spellcheck: "false", required: true, disabled: true });
  step.hidden = true;
  return step;
}

/**
 * Run `enter`, a login with the values of the form `element`. Returns its result; undefined where the shop asks for a code, for
 * which the form then has a field.
 */
export async function withSecondStep(element, enter) {
  const code = element.elements.namedItem(NAME);
  try {
    return await enter();
  } catch (error) {
    if (error.code === "TOTP_REQUIRED") {
      show(element, code);
      return undefined;
    }
    if (error.code === "WRONG_CREDENTIALS" && !code.disabled) {
      code.value = "";
      throw Object.assign(error, { details: { [NAME]: "The code is wrong, or was used already" } });
    }
    throw error;
  }
}

function show(element, code) {
  code.disabled = false;
  code.closest("[data-field]").hidden = false;
  code.focus();
  const others = [...element.elements].filter((input) => input.name && input !== code);
  for (const input of others) input.addEventListener("input", () => hide(code), { once: true });
}

/** Another name or password restarts the login. */
function hide(code) {
  code.value = "";
  code.disabled = true;
  code.closest("[data-field]").hidden = true;
}
