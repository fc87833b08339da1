// Login and sign-up.
import { post } from "../common/api.js";
import { announce, h, meta } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { goTo, link } from "../common/router.js";
import { codeField, withSecondStep } from "../common/secondstep.js";
import { addKept, logInWithCart } from "./cart.js";

const MIN_PASSWORD = 8;

/** A password's field; `kind` is what the browser's password manager calls it. */
export function password(label, kind, name = "password") {
  const rules = kind === "new-password" ? { minlength: MIN_PASSWORD, hint: `At least ${MIN_PASSWORD} characters` } : {};
  return field(name, label, { type: "password", autocomplete: kind, required: true, maxlength: 256, ...rules });
}

/** Add the item chosen before the login, and show the view that required it. */
async function goOn(next, adjusted) {
  if (adjusted.length > 0) announce("Some of your cart is no longer in stock: check its quantities.", "refused");
  try {
    const added = await addKept();
    if (added !== null) announce(`${added} is in your cart.`);
  } catch (error) {
    announce(error.message, "refused");
  }
  goTo(next);
}

export async function login({ query }) {
  const enter = form(
    { button: "Log in", class: "panel" },
    async (given, element) => {
      const adjusted = await withSecondStep(element, () => logInWithCart(given));
      if (adjusted !== undefined) await goOn(query.next, adjusted);
    },
    field("username", "Username or email", { autocomplete: "username", autocapitalize: "none", required: true }),
    password("Password", "current-password"),
    codeField(),
  );
  const forgotten = meta("mail") === "on" ? h("p", {}, h("a", { href: link("reset-password") }, "Forgot your password?")) : null;
  const instead = h("p", {}, "New here? ", h("a", { href: link("signup", { next: query.next }) }, "Sign up"));
  return { title: "Log in", content: h("div", { class: "narrow" }, h("h1", {}, "Log in"), enter, forgotten, instead) };
}

export async function signup({ query }) {
  const join = form(
    { button: "Sign up", class: "panel" },
    async (given) => {
      await post("/api/auth/signup", given);
      const adjusted = await logInWithCart(given);
      announce(`Welcome, ${given.username}.`);
      await goOn(query.next, adjusted);
    },
    field("username", "Username", { autocomplete: "username", autocapitalize: "none", required: true, minlength: 3, maxlength: 50, hint: "3 to 50 letters, digits, dots, dashes and underscores" }),
    field("email", "Email", { type: "email", autocomplete: "email", hint: "Optional" }),
    password("Password", "new-password"),
  );
  const instead = h("p", {}, "Already a customer? ", h("a", { href: link("login", { next: query.next }) }, "Log in"));
  return { title: "Sign up", content: h("div", { class: "narrow" }, h("h1", {}, "Sign up"), join, instead) };
}
