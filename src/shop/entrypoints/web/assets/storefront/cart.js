// The visitor's cart: the calls that change it, and what the page knows of it.
import { get, patch, post, put, remove } from "../common/api.js";
import { currentUser } from "../common/session.js";

const EMPTY = { items: [], promoCode: null, promoCodeProblem: null, subtotal: 0, discount: 0, total: 0 };
const PENDING = "shop.pending-item";

/** Load the cart. Visitors without one have an empty one. */
export async function loadCart() {
  return changed(currentUser() === null ? EMPTY : await get("/api/cart"));
}

export const addItem = async (itemId, quantity) => changed(await post("/api/cart/items", { itemId, quantity }));
export const setQuantity = async (itemId, quantity) => changed(await patch(path(itemId), { quantity }));
export const removeItem = async (itemId) => changed(await remove(path(itemId)));
export const applyCode = async (promoCode) => changed(await put("/api/cart/promo-code", { promoCode }));
export const dropCode = async () => changed(await remove("/api/cart/promo-code"));

/** Call `listener` with every new state of the cart. */
export function onCartChange(listener) {
  window.addEventListener("cart-changed", ({ detail }) => listener(detail));
}

/** An element that shows the cart by `render`, whose content follows every change while it is in the page. */
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

/** Remember what a visitor wanted before the login. */
export function keepForLater(item) {
  sessionStorage.setItem(PENDING, JSON.stringify(item));
}

/** Add what the visitor wanted before the login. Returns its name, null if there was nothing. */
export async function addKept() {
  const kept = JSON.parse(sessionStorage.getItem(PENDING));
  sessionStorage.removeItem(PENDING);
  if (kept === null) return null;
  await addItem(kept.itemId, kept.quantity);
  return kept.name;
}

const path = (itemId) => `/api/cart/items/${encodeURIComponent(itemId)}`;

function changed(cart) {
  window.dispatchEvent(new CustomEvent("cart-changed", { detail: cart }));
  return cart;
}
