// The tokens of guests' orders, by order: from the checkout, or from the link in an e-mail (`#token=…`).
import { call } from "../common/api.js";

const KEY = "shop.order-tokens";
const MAX_ORDERS = 20;

export function keepOrderToken(id, token) {
  const kept = [...read().filter(([known]) => known !== id), [id, token]];
  localStorage.setItem(KEY, JSON.stringify(kept.slice(-MAX_ORDERS)));
}

/** Keep the token in the URL's fragment, and take it out of the URL. */
export function takeTokenFromUrl(id) {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  keepOrderToken(id, token);
  history.replaceState(history.state, "", location.pathname + location.search);
}

/** Call the API about an order, with its token if there is one. `path` follows `/api/orders/{id}`. */
export function callOrder(method, id, path = "", body = undefined) {
  const token = new Map(read()).get(id);
  return call(method, `/api/orders/${encodeURIComponent(id)}${path}`, body, token === undefined ? {} : { "Order-Token": token });
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}
