// The logged-in user, as known to this browser: no secrets. What a page hides or shows by it is convenience: the shop checks every call.
import { call } from "./api.js";

const KEY = "shop.user";

/** `{id, username, role, permissions}`, or null. */
export function currentUser() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/** Whether the user's role has a permission, such as "orders:write". */
export function may(permission) {
  const user = currentUser();
  return user?.permissions?.includes(permission) ?? user?.role === "admin";
}

/**
 * Log in with `{username, password, totpCode}`; with the token of a guest's cart, that cart is merged into the account's. Returns
 * `{user, cart}`.
 */
export async function logIn({ username, password, totpCode }, cartToken) {
  const answer = await call("POST", "/session", { username, password, ...(totpCode && { totpCode }), ...(cartToken && { cartToken }) });
  remember(answer.user);
  return answer;
}

export async function logOut() {
  await call("DELETE", "/session");
  remember(null);
}

/** Call `listener` on every login or logout, including in other tabs. */
export function onSessionChange(listener) {
  window.addEventListener("session-changed", listener);
  window.addEventListener("storage", (event) => event.key === KEY && listener());
}

function remember(user) {
  if (user === null) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, JSON.stringify(user));
  window.dispatchEvent(new CustomEvent("session-changed"));
}

window.addEventListener("session-renewed", ({ detail: user }) => {
  if (JSON.stringify(user) !== JSON.stringify(currentUser())) remember(user); // the role may have changed
});
