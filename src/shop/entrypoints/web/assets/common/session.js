// Who is logged in, as far as this browser knows: a name and a role, no secret. The shop alone decides what they may do.
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

/** Call `listener` whenever somebody logs in or out, in another tab too. */
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
