// Forgotten passwords and the confirmation of e-mail addresses: requests, and the links in the shop's e-mails.
import { post } from "../common/api.js";
import { announce, fill, h } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { go, link } from "../common/router.js";
import { password } from "./entering.js";

/** The token in the URL's fragment; it stays out of the browser's history. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token !== null) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

export async function resetPassword() {
  const token = takeToken();
  return { title: "New password", content: h("div", { class: "narrow" }, token === null ? requestForm() : newPassword(token)) };
}

function requestForm() {
  const place = h("div", {});
  const ask = form(
    { button: "Send the link", class: "panel" },
    async (given) => {
      await post("/api/auth/password-reset", given);
      fill(place, h("p", { class: "hint", role: "status" }, "If there is such an account with an e-mail address, a link is on its way. It works for 30 minutes."));
    },
    h("p", {}, "We send you an e-mail with a link to choose a new password."),
    field("username", "Username or email", { autocomplete: "username", autocapitalize: "none", required: true }),
  );
  return [h("h1", {}, "Forgot your password?"), fill(place, ask), h("p", {}, h("a", { href: link("login") }, "Back to the login"))];
}

function newPassword(token) {
  const change = form(
    { button: "Change the password", class: "panel" },
    async ({ newPassword: chosen }) => {
      await post("/api/auth/password-reset/confirm", { token, newPassword: chosen });
      announce("Your password is changed. Log in with it.");
      go("login", {}, { replace: true });
    },
    password("New password", "new-password", "newPassword"),
  );
  const again = h("p", {}, "Has the link stopped working? ", h("a", { href: link("reset-password") }, "Ask for a new one"));
  return [h("h1", {}, "Choose a new password"), change, again];
}

export async function verifyEmail() {
  const token = takeToken();
  const show = (title, text) => ({ title, content: h("div", { class: "narrow" }, h("h1", {}, title), h("p", {}, text), h("a", { class: "button primary", href: link("account") }, "Go to your account")) });
  if (token === null) return show("Confirm your address", "Open the link in the e-mail that we sent you.");
  try {
    await post("/api/auth/verify-email", { token });
  } catch (error) {
    if (error.status !== 400) throw error;
    return show("This link no longer works", "Ask for a new one in your account.");
  }
  return show("Your address is confirmed", "Thank you.");
}
