// The user's account: profile and password.
import { get, post, put } from "../common/api.js";
import { announce, h, meta } from "../common/dom.js";
import { field, form } from "../common/forms.js";
import { link } from "../common/router.js";
import { leave } from "./header.js";
import { password } from "./entering.js";

const TABS = { orders: "Orders", account: "Profile", addresses: "Addresses", statistics: "Figures" };

/** The heading of the account's views, with links to each of them. */
export function accountHead(title, current) {
  const entries = Object.entries(TABS).map(([path, text]) =>
    h("li", {}, h("a", { href: link(path), "aria-current": path === current ? "page" : null }, text)));
  return [h("h1", {}, title), h("nav", { class: "tabs", "aria-label": "Account" }, h("ul", {}, entries))];
}

/** Whether the e-mail address is confirmed, and how to get it confirmed. */
function verification({ email, emailVerified }) {
  if (!email || meta("mail") !== "on") return null;
  if (emailVerified) return h("p", { class: "stock-in" }, "This address is confirmed.");
  const send = async () => {
    try {
      await post("/api/users/me/verify-email");
      announce(`A link is on its way to ${email}.`);
    } catch (error) {
      announce(error.message, "refused");
    }
  };
  return h("p", {}, "This address is not confirmed yet. ", h("button", { type: "button", class: "link", click: send }, "Send the link"));
}

export async function profile() {
  const { username, profile: own } = await get("/api/auth/me");
  const details = form(
    { button: "Save", class: "panel" },
    async (given) => {
      await put("/api/users/me", { profile: { displayName: given.displayName ?? null, email: given.email ?? null } });
      announce("Your profile is saved.");
    },
    h("h2", {}, "Profile"),
    field("displayName", "Name", { autocomplete: "name", value: own.displayName ?? "" }),
    field("email", "Email", { type: "email", autocomplete: "email", value: own.email ?? "" }),
    verification(own),
  );
  const change = form(
    { button: "Change the password", class: "panel" },
    async (given, element) => {
      await post("/api/users/me/change-password", given);
      element.reset();
      announce("Your password is changed; every other login has ended.");
    },
    h("h2", {}, "Password"),
    password("Current password", "current-password", "currentPassword"),
    password("New password", "new-password", "newPassword"),
  );
  const out = h("p", {}, `Logged in as ${username}. `, h("button", { type: "button", class: "link", click: leave }, "Log out"));
  return { title: "Account", content: [accountHead("Your account", "account"), out, h("div", { class: "columns" }, details, change)] };
}
