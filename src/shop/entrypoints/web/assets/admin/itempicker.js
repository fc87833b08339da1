// Choosing products by searching for them, for the targets of promo codes.
import { get } from "../common/api.js";
import { fill, freshId, h } from "../common/dom.js";

const PAUSE = 250;
const FOUND = 8;

/** The names of products by id; ids of variants, which the API does not look up alone, get a placeholder. */
async function namesOf(ids) {
  const found = await Promise.all(ids.map((id) => get(`/api/products/${encodeURIComponent(id)}`).catch(() => null)));
  return new Map(ids.map((id, index) => [id, found[index]?.name ?? `Variant …${id.slice(-6)}`]));
}

/** Edit the list of ids `chosen` in place; a product's id stands for all its variants. */
export function itemPicker({ chosen, changed, label = "Add a product" }) {
  const id = freshId("items");
  const names = new Map();
  const list = h("ul", { class: "chips", "aria-label": "Chosen products" });
  const input = h("input", { id, type: "search", autocomplete: "off", placeholder: "Search by name or SKU" });
  const results = h("div", { class: "picker-note small-text", role: "status" });
  let waiting;

  const render = () => {
    fill(list, chosen.map((each) => h("li", {}, h("span", {}, names.get(each) ?? "…"), h("button", { type: "button", class: "link", "aria-label": `Remove ${names.get(each) ?? each}`, click: () => drop(each) }, "Remove"))));
    list.hidden = chosen.length === 0;
  };
  const drop = (each) => {
    chosen.splice(chosen.indexOf(each), 1);
    render();
    input.focus();
    changed();
  };
  const add = (product) => {
    names.set(product.id, product.name);
    chosen.push(product.id);
    input.value = "";
    fill(results);
    render();
    input.focus();
    changed();
  };
  const search = async () => {
    const q = input.value.trim();
    if (q === "") return fill(results);
    try {
      const { items } = await get("/api/products/search", { q, page: 1, limit: FOUND });
      if (q !== input.value.trim()) return undefined; // something else has been typed meanwhile
      const left = items.filter((each) => !chosen.includes(each.id));
      return fill(results, left.length ? left.map((each) => h("button", { type: "button", class: "small", click: () => add(each) }, `Add ${each.name}`)) : "No product is found.");
    } catch (error) {
      return fill(results, error.message);
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    clearTimeout(waiting);
    search();
  });
  render();
  namesOf(chosen).then((known) => {
    for (const [each, name] of known) names.set(each, name);
    render();
  });
  return h("div", { class: "field" }, h("label", { for: id }, label), list, input, results);
}
