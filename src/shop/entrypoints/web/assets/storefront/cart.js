// The visitor's cart, a customer's or a guest's: the calls that change it. A token identifies a guest's cart.
import { call, post } from "../common/api.js";
import { currentUser, logIn } from "../common/session.js";

const EMPTY = { items: [], promoCode: null, promoCodeProblem: null, subtotal: 0, discount: 0, total: 0 };
const TOKEN = "shop.cart-token";
const PENDING = "shop.pending-item";

let loading;

/** Load the cart. Visitors without one have an empty one. Calls share a load until the cart or the visitor changes. */
export function loadCart() {
  const of = `${currentUser()?.id} ${guestToken()}`;
  if (loading?.of === of) return loading.cart;
  const mine = { of, cart: load().finally(() => loading === mine && (loading = undefined)) };
  loading = mine;
  return mine.cart;
}

async function load() {
  if (currentUser() === null && guestToken() === null) return changed(EMPTY);
  try {
    return changed(await send("GET", ""));
  } catch (error) {
    if (currentUser() !== null || error.status !== 401) throw error;
    forgetGuestCart(); // it was deleted, or merged into an account's cart
    return changed(EMPTY);
  }
}

/** Add units. A guest's first item creates the guest's cart; refused with GUESTS_OFF where only customers may buy. */
export async function addItem(itemId, quantity) {
  if (currentUser() === null && guestToken() === null) {
    const { cartToken } = await post("/api/carts");
    localStorage.setItem(TOKEN, cartToken);
  }
  return changed(await send("POST", "/items", { itemId, quantity }));
}

export const setQuantity = async (itemId, quantity) => changed(await send("PATCH", item(itemId), { quantity }));
export const removeItem = async (itemId) => changed(await send("DELETE", item(itemId)));
export const applyCode = async (promoCode) => changed(await send("PUT", "/promo-code", { promoCode }));
export const dropCode = async () => changed(await send("DELETE", "/promo-code"));

/** `{items}`: the methods that ship the cart's goods to a place, cheapest first. */
export function shippingOptions(place) {
  const known = Object.entries(place).filter(([, value]) => value);
  return send("GET", `/shipping-options?${new URLSearchParams(known)}`);
}

export const chooseShipping = async (choice) => changed(await send("PUT", "/shipping", choice));

/** Check out the cart. */
export const checkOut = (body, key) => send("POST", "/checkout", body, { "Idempotency-Key": key });

/** The token of the guest's cart, null if there is none. */
export const guestToken = () => localStorage.getItem(TOKEN);

export const forgetGuestCart = () => localStorage.removeItem(TOKEN);

/** Log in and merge the guest's cart. Returns the lines reduced to the stock: `[{itemId, wanted, got}]`. */
export async function logInWithCart(credentials) {
  const { cart } = await logIn(credentials, guestToken());
  if (cart === undefined) return [];
  forgetGuestCart();
  return cart.adjusted;
}

const item = (itemId) => `/items/${encodeURIComponent(itemId)}`;

function send(method, path, body, headers = {}) {
  if (method !== "GET") loading = undefined; // a pending load may return the cart from before this change
  const token = currentUser() === null ? guestToken() : null;
  return call(method, `/api/cart${path}`, body, token === null ? headers : { ...headers, "Cart-Token": token });
}

/** Call `listener` with every new state of the cart. */
export function onCartChange(listener) {
  window.addEventListener("cart-changed", ({ detail }) => listener(detail));
}

/** Redraw `element` with `render(cart)` on every change of the cart, until it has left the page. Returns `element`. */
export function followCart(element, render, redraw) {
  let shown = false;
  const update = ({ detail }) => {
    shown ||= element.isConnected;
    if (shown && !element.isConnected) window.removeEventListener("cart-changed", update);
    else redraw(element, render(detail));
  };
  window.addEventListener("cart-changed", update);
  return element;
}

export const unitsOf = (cart) => cart.items.reduce((sum, { quantity }) => sum + quantity, 0);

/** Remember the item that a visitor chose before the login, where only customers may buy. */
export function keepForLater(item) {
  sessionStorage.setItem(PENDING, JSON.stringify(item));
}

/** Add the item chosen before the login. Returns its name, null if there was none. */
export async function addKept() {
  const kept = JSON.parse(sessionStorage.getItem(PENDING));
  sessionStorage.removeItem(PENDING);
  if (kept === null) return null;
  await addItem(kept.itemId, kept.quantity);
  return kept.name;
}

function changed(cart) {
  window.dispatchEvent(new CustomEvent("cart-changed", { detail: cart }));
  return cart;
}
