// The storefront: its views, its menu, and the search in the page's header.
import { announce, fill, h } from "../common/dom.js";
import { refresh, startRouter } from "../common/router.js";
import { currentUser, logOut, onSessionChange } from "../common/session.js";
import { home } from "./home.js";
import { startSearch } from "./search.js";

/** A view whose script is loaded on first use. */
const later = (load, name) => async (here) => (await load())[name](here);
const catalogue = () => import("./catalogue.js");
const account = () => import("./account.js");
const cart = () => import("./cart.js");
const orders = () => import("./orders.js");

const ROUTES = {
  "": home,
  products: later(catalogue, "products"),
  product: later(() => import("./product.js"), "product"),
  login: later(account, "login"),
  signup: later(account, "signup"),
  account: later(account, "profile"),
  cart: later(cart, "cart"),
  checkout: later(() => import("./checkout.js"), "checkout"),
  orders: later(orders, "orders"),
  order: later(orders, "order"),
  statistics: later(() => import("./statistics.js"), "statistics"),
};

const menu = document.getElementById("menu");

function showMenu() {
  const entry = (path, text) =>
    h("a", { href: `#/${path}`, "aria-current": location.hash.split("?")[0] === `#/${path}` ? "page" : null }, text);
  const user = currentUser();
  const personal = user
    ? [entry("orders", "Orders"), entry("statistics", "Figures"), entry("account", user.username), h("button", { type: "button", click: leave }, "Log out")]
    : [entry("login", "Log in"), entry("signup", "Sign up")];
  fill(menu, entry("products", "Products"), entry("cart", "Cart"), personal);
}

async function leave() {
  try {
    await logOut();
    announce("You are logged out.");
    location.hash = "#/";
    refresh();
  } catch (error) {
    announce(error.message, "refused");
  }
}

onSessionChange(showMenu);
window.addEventListener("hashchange", showMenu);
showMenu();
startSearch(document.getElementById("search"));
await startRouter(ROUTES, "Shop");
