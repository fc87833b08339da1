// The logged-in user, as known to this browser: a name and a role, no secrets. Only the shop decides on permissions.
import { call } from "./api.js";

const KEY = "shop.user";

/** `{id, username, role}`, or null. */
export function currentUser() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

export async function logIn(username, password) {
  const { user } = await call("POST", "/session", { username, password });
  remember(user);
  return user;
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

window.addEventListener("session-ended", () => remember(null));
