// The storefront: its views, its header, and the search in it.
import { meta } from "../common/dom.js";
import { startRouter } from "../common/router.js";
import { startHeader } from "./header.js";
import { startSearch } from "./search.js";

/** A view whose script is loaded on first use. */
const later = (load, name) => async (here) => (await load())[name](here);
const entering = () => import("./entering.js");
const recovery = () => import("./recovery.js");
const account = () => import("./account.js");

const product = later(() => import("./product.js"), "product");
const products = later(() => import("./catalogue.js"), "products");
const orderList = later(() => import("./orders.js"), "orders");
const oneOrder = later(() => import("./order.js"), "order");

const ROUTES = {
  "": later(() => import("./home.js"), "home"),
  products,
  c: products,
  p: product,
  product,
  login: later(entering, "login"),
  signup: later(entering, "signup"),
  account: later(account, "profile"),
  addresses: later(() => import("./addresses.js"), "addresses"),
  cart: later(() => import("./cartpage.js"), "cart"),
  checkout: later(() => import("./checkout.js"), "checkout"),
  orders: async (here) => (here.segments.length > 1 ? oneOrder(here) : orderList(here)),
  "reset-password": later(recovery, "resetPassword"),
  "verify-email": later(recovery, "verifyEmail"),
  statistics: later(() => import("./statistics.js"), "statistics"),
};

startHeader();
startSearch(document.getElementById("search"));
await startRouter(ROUTES, meta("name"));
