// Login, sign-up, and the user's account.
import { get, post, put } from "../common/api.js";
import { announce, h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { link } from "../common/router.js";
import { logIn } from "../common/session.js";

const password = (label, kind, name = "password") =>
  field(name, label, { type: "password", autocomplete: kind, required: true, minlength: kind === "new-password" ? 8 : null, maxlength: 256, hint: kind === "new-password" ? "8 characters at least" : "" });

/** The view requested before the login: always a view of this page, never another URL. */
function goOn(next = "") {
  location.replace(`#/${next}`);
}

export async function login({ query }) {
  const enter = form(
    { button: "Log in", class: "panel" },
    async (given) => {
      await logIn(given.username, given.password);
      goOn(query.next);
    },
    field("username", "Username or email", { autocomplete: "username", autocapitalize: "none", required: true }),
    password("Password", "current-password"),
  );
  const instead = h("p", {}, "New here? ", h("a", { href: link("signup", { next: query.next }) }, "Sign up"));
  return { title: "Log in", content: h("div", { class: "narrow" }, h("h1", {}, "Log in"), enter, instead) };
}

export async function signup({ query }) {
  const join = form(
    { button: "Sign up", class: "panel" },
    async (given) => {
      await post("/api/auth/signup", given);
      await logIn(given.username, given.password);
      announce(`Welcome, ${given.username}.`);
      goOn(query.next);
    },
    field("username", "Username", { autocomplete: "username", autocapitalize: "none", required: true, minlength: 3, maxlength: 50, hint: "3 to 50 letters, digits, dots, dashes and underscores" }),
    field("email", "Email", { type: "email", autocomplete: "email", hint: "Only if you like" }),
    password("Password", "new-password"),
  );
  const instead = h("p", {}, "Been here before? ", h("a", { href: link("login", { next: query.next }) }, "Log in"));
  return { title: "Sign up", content: h("div", { class: "narrow" }, h("h1", {}, "Sign up"), join, instead) };
}

export async function profile() {
  const { username, profile: own } = await get("/api/auth/me");
  const details = form(
    { button: "Save", class: "panel" },
    async (given) => {
      await put("/api/users/me", { profile: { displayName: given.displayName ?? null, email: given.email ?? null } });
      announce("Saved.");
    },
    h("h2", {}, "Profile"),
    field("displayName", "Name", { autocomplete: "name", value: own.displayName ?? "" }),
    field("email", "Email", { type: "email", autocomplete: "email", value: own.email ?? "" }),
  );
  const change = form(
    { button: "Change the password", class: "panel" },
    async (given, element) => {
      await post("/api/users/me/change-password", given);
      element.reset();
      announce("Your password is changed; every other login has ended.");
    },
    h("h2", {}, "Password"),
    password("Present password", "current-password", "currentPassword"),
    password("New password", "new-password", "newPassword"),
  );
  return { title: "Account", content: h("div", { class: "narrow" }, h("h1", {}, username), details, change) };
}
