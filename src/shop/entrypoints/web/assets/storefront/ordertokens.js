// The tokens of guests' orders, by order: from the checkout, or from the link in an e-mail (`#token=…`).
import { call, post } from "../common/api.js";

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
  const token = tokenOf(id);
  return call(method, `/api/orders/${encodeURIComponent(id)}${path}`, body, token === undefined ? {} : { "Order-Token": token });
}

/** The token of an order that was placed as a guest, undefined for others. */
export const tokenOf = (id) => new Map(read()).get(id);

/** Move a guest's order into the account; its tokens stop working. */
export async function claimOrder(id, orderToken) {
  await post("/api/orders/claim", { orderToken });
  localStorage.setItem(KEY, JSON.stringify(read().filter(([known]) => known !== id)));
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}
