// Choosing categories by name, in a product, a promo code, or a bulk change.
import { post } from "../common/api.js";
import { announce, fill, freshId, h } from "../common/dom.js";

const MAX_CHOSEN = 10;

/** "Clothing > Shirts" for each id; ids that are gone are skipped. */
export function categoryNames(ids, categories) {
  return ids.map((id) => pathOf(id, categories)).filter(Boolean);
}

/** A category's name after those above it; "" if there is no such category. */
export function pathOf(id, categories) {
  const known = byId(categories);
  const names = [];
  for (let at = known.get(id); at !== undefined; at = known.get(at.parentId)) names.unshift(at.name);
  return names.join(" > ");
}

const indexes = new WeakMap();

/** The categories by id; the list only ever grows. */
function byId(categories) {
  if (indexes.get(categories)?.size !== categories.length) indexes.set(categories, new Map(categories.map((each) => [each.id, each])));
  return indexes.get(categories);
}

/**
 * Edit the list of ids `chosen` in place. With `main`, the first is the main category. `categories` grows by those that
 * are created here, unless `creates` is false. At most `max` can be chosen.
 */
export function categoryPicker({ chosen, categories, changed, main = false, creates = true, max = MAX_CHOSEN, label = "Add a category" }) {
  const id = freshId("category");
  const list = h("ol", { class: "chips", "aria-label": "Chosen categories" });
  const options = h("datalist", { id: `${id}-names` });
  const input = h("input", { id, list: `${id}-names`, maxlength: 100, autocomplete: "off", "aria-describedby": `${id}-note` });
  const note = h("div", { class: "picker-note small-text", role: "status" });
  const refusal = h("small", { id: `${id}-note`, class: "note", "data-hint": "" });
  const render = () => {
    fill(list, chosen.map(chip));
    list.hidden = chosen.length === 0;
    fill(options, categories.filter((each) => !chosen.includes(each.id)).map((each) => h("option", { value: pathOf(each.id, categories) })));
    input.disabled = chosen.length >= max;
  };
  const chip = (each, index) => {
    const name = pathOf(each, categories) || "A deleted category";
    const first = main && index > 0 ? h("button", { type: "button", class: "link", "aria-label": `Make ${name} the main category`, click: () => put([each, ...chosen.filter((other) => other !== each)]) }, "Make main") : null;
    const away = h("button", { type: "button", class: "link", "aria-label": `Remove ${name}`, click: () => put(chosen.filter((other) => other !== each)) }, "Remove");
    return h("li", {}, h("span", {}, name), main && index === 0 ? h("span", { class: "tag" }, "Main") : null, first, away);
  };
  const put = (ids) => {
    chosen.splice(0, chosen.length, ...ids);
    render();
    (input.disabled ? list.querySelector("button") : input).focus();
    changed();
  };
  const add = (category) => {
    input.value = "";
    hint();
    if (!chosen.includes(category.id)) put([...chosen, category.id]);
  };
  const create = async (name) => {
    try {
      const made = await post("/api/categories", { name });
      categories.push(made);
      add(made);
      announce(`The category ${made.name} is created.`);
    } catch (error) {
      announce(error.details?.name ?? error.message, "refused");
    }
  };
  /** Say what the entered name would add. */
  const hint = () => {
    const text = input.value.trim();
    const found = matching(text, categories);
    input.setCustomValidity(text === "" ? "" : "Add this category, or empty the field.");
    if (text === "") return fill(note);
    if (found.length === 0) return fill(note, `There is no category “${text}”. `, creates ? press(`Create ${text}`, () => create(text)) : null);
    const exact = found.some((each) => each.name === text || pathOf(each.id, categories) === text);
    const told = exact ? null : `“${found[0].name}” exists already: capital letters make no difference. `;
    return fill(note, told, found.map((each) => [press(`Add ${pathOf(each.id, categories)}`, () => add(each)), " "]));
  };
  input.addEventListener("input", (event) => {
    event.stopPropagation(); // a name that is not added yet changes nothing
    const found = matching(input.value.trim(), categories);
    const picked = event.inputType === "insertReplacementText" || event.inputType === undefined; // from the list
    if (picked && found.length === 1) add(found[0]);
    else hint();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || input.value.trim() === "") return;
    event.preventDefault();
    const found = matching(input.value.trim(), categories);
    if (found.length === 1) add(found[0]);
    else note.querySelector("button")?.focus();
  });
  render();
  return h("div", { class: "field" }, h("label", { for: id }, label), list, input, refusal, options, note);
}

function press(text, act) {
  return h("button", { type: "button", class: "small", click: act }, text);
}

/** The categories with this name or path, without regard to case; by path alone if one matches it. */
function matching(text, categories) {
  const wanted = text.toLowerCase();
  const byPath = categories.filter((each) => pathOf(each.id, categories).toLowerCase() === wanted);
  const byName = categories.filter((each) => each.name.toLowerCase() === wanted);
  return byName.length > 1 ? byName : byPath.length ? byPath : byName;
}
