// The staff's login, with a code where the account has a second factor.
import { announce, h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { go, goTo } from "../common/router.js";
import { logIn, logOut } from "../common/session.js";

export async function login({ query }) {
  const code = h("div", { hidden: true }, field("totpCode", "Code", { autocomplete: "one-time-code", inputmode: "numeric", disabled: true, hint: "From your authenticator app, or a recovery code" }));
  const enter = form(
    { button: "Log in", class: "panel" },
    async ({ username, password, totpCode }) => {
      const user = await admitted(username, password, totpCode, code);
      if (user === undefined) return;
      if (user.mustSetUpSecondFactor) go("second-factor", {}, { replace: true });
      else goTo(query.next);
    },
    field("username", "Username or email", { autocomplete: "username", autocapitalize: "none", required: true }),
    field("password", "Password", { type: "password", autocomplete: "current-password", required: true }),
    code,
  );
  return { title: "Log in", content: h("div", { class: "narrow" }, h("h1", {}, "Log in"), enter) };
}

/** Log in a member of the staff. Returns undefined, and asks for the code, if the account needs one that was not given. */
async function admitted(username, password, totpCode, code) {
  try {
    const { user } = await logIn(username, password, { totpCode });
    if (user.permissions.length > 0 || user.mustSetUpSecondFactor) return user;
    await logOut();
    throw Object.assign(new Error("Only staff may log in here."), { status: 403 });
  } catch (error) {
    if (error.code !== "TOTP_REQUIRED" || totpCode !== undefined) throw error;
    const input = code.querySelector("input");
    code.hidden = false;
    input.disabled = false;
    input.required = true;
    input.focus();
    announce("This account has a second factor: enter its code.");
    return undefined;
  }
}
