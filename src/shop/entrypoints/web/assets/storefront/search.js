// The search in the page's header: suggestions while typing, a list of results on Enter.
import { get } from "../common/api.js";
import { fill, h } from "../common/dom.js";
import { money } from "../common/format.js";
import { go, link } from "../common/router.js";
import { productLink } from "./cards.js";
import { picture } from "./pictures.js";

const PAUSE = 180; // milliseconds without a keystroke before the shop is queried

export function startSearch(form) {
  const input = form.querySelector("input");
  const list = form.querySelector("ul");
  let timer;
  let asked = 0;
  let chosen = -1;

  const close = () => {
    clearTimeout(timer);
    asked += 1;
    chosen = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const suggest = async () => {
    const words = input.value.trim();
    asked += 1;
    const mine = asked;
    if (words === "") return close();
    const found = await get("/api/products/search", { q: words, page: 1, limit: 6 }).catch(() => ({ items: [] }));
    if (mine !== asked) return undefined; // the answer to an outdated query
    if (found.items.length === 0) return close();
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    fill(list, found.items.map((product, index) => option(product, index, close)));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    return undefined;
  };

  const choose = (step) => {
    const options = [...list.children];
    chosen = (chosen + step + options.length + (chosen < 0 && step < 0 ? 1 : 0)) % options.length;
    options.forEach((each, index) => each.setAttribute("aria-selected", String(index === chosen)));
    input.setAttribute("aria-activedescendant", options[chosen].id);
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (list.hidden || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    choose(event.key === "ArrowDown" ? 1 : -1);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = input.value.trim();
    if (!list.hidden && chosen >= 0) list.children[chosen].click();
    else if (words !== "") go("products", { q: words });
    close();
    input.blur();
  });
  const show = () => (input.value = location.pathname === link("products") ? (new URLSearchParams(location.search).get("q") ?? "") : "");
  window.addEventListener("view-changed", show);
  form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || close());
}

function option(product, index, close) {
  const open = () => {
    go(productLink(product).slice(1));
    close();
  };
  return h(
    "li",
    { role: "option", id: `suggestion-${index}`, "aria-selected": "false", mousedown: (event) => event.preventDefault(), click: open },
    picture(product, { eager: true }), h("span", {}, product.name), h("span", { class: "price" }, money(product.price, product.currency)),
  );
}
