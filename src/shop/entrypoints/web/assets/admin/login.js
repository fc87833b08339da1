// The admin login.
import { h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { go, goTo } from "../common/router.js";
import { codeField, withSecondStep } from "../common/secondstep.js";
import { logIn, logOut } from "../common/session.js";

export async function login({ query }) {
  const enter = form(
    { button: "Log in", class: "panel" },
    async (given, element) => {
      const answer = await withSecondStep(element, () => logIn(given));
      if (answer === undefined) return;
      const { user } = answer;
      if (user.permissions.length === 0 && !user.mustSetUpSecondFactor) {
        await logOut();
        throw Object.assign(new Error("Only staff may log in here."), { status: 403 });
      }
      if (user.mustSetUpSecondFactor) go("second-factor", {}, { replace: true });
      else goTo(query.next);
    },
    field("username", "Username or email", { autocomplete: "username", autocapitalize: "none", required: true }),
    field("password", "Password", { type: "password", autocomplete: "current-password", required: true }),
    codeField(),
  );
  return { title: "Log in", content: h("div", { class: "narrow" }, h("h1", {}, "Log in"), enter) };
}
