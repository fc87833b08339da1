// Shared parts of the settings: whole lists, changes that overwrite no other user's, errors at their fields.
import { get, ifMatch, patch, remove } from "../../common/api.js";
import { announce, h } from "../../common/dom.js";
import { refresh } from "../../common/router.js";
import { may } from "../../common/session.js";
import { attempt } from "../listing.js";
import { announceWithUndo } from "../undo.js";

const PAGE_SIZE = 100;

/** Every entry of a list. */
export async function everything(path) {
  const items = [];
  for (let page = 1; ; page += 1) {
    const listed = await get(path, { page, limit: PAGE_SIZE });
    items.push(...listed.items);
    if (listed.items.length < PAGE_SIZE || items.length >= listed.total) return items;
  }
}

/**
 * Save changes to an entry that was read as `item`. Returns a function that undoes them. If another user has changed the entry meanwhile, the error says so and
 * `item` becomes the current entry: saving again overwrites it.
 */
export async function saveChanges(path, item, changes, noun) {
  try {
    const before = Object.fromEntries(Object.keys(changes).map((name) => [name, item[name]]));
    const { version } = await patch(path, changes, ifMatch(item.version));
    return () => patch(path, before, ifMatch(version));
  } catch (error) {
    if (error.status !== 412) throw error;
    Object.assign(item, await get(path));
    throw refusal(error, `Somebody changed this ${noun} meanwhile: it is “${item.name ?? item.url}” now. Save again to replace it with what you entered.`);
  }
}

/** Run `act`; an error whose code is in `fields` is shown at that field of the form. */
export async function withErrorsAt(fields, act) {
  try {
    return await act();
  } catch (error) {
    const name = fields[error.code];
    throw name === undefined ? error : refusal(error, error.message, { [name]: error.message });
  }
}

function refusal(error, message, details = {}) {
  return Object.assign(new Error(message), { status: error.status, code: error.code, details });
}

/** Delete after a confirmation; then go on, by default to the same view. */
export async function removeAfter(question, path, done, goOn = refresh) {
  if (!confirm(question)) return;
  if (await attempt(() => remove(path), done)) goOn();
}

/** Announce what is saved, with a button for `undo` if there is one, and show the view again. */
export function saved(text, undo) {
  if (undo === undefined) announce(text);
  else announceWithUndo(text, undo);
  refresh();
}

/** A button that switches an entry with `active` on or off, at once and with undo. */
export function activeSwitch(path, item, noun, name = item.name, kind = "small") {
  const text = item.active ? "Switch off" : "Switch on";
  const press = h("button", { type: "button", class: kind, "aria-label": `${text}: ${name}` }, text);
  press.addEventListener("click", async () => {
    try {
      const undo = await saveChanges(path, item, { active: !item.active }, noun);
      saved(`${name} is switched ${item.active ? "off" : "on"}.`, undo);
    } catch (error) {
      announce(error.message, "refused");
      refresh();
    }
  });
  return press;
}

/** `content` for accounts with the permission, nothing for others: the shop would refuse their changes. */
export function forThose(permission, content) {
  return may(permission) ? content : null;
}

/** The parts of a comma-separated text. */
export function listOf(text) {
  return (text ?? "").split(/[,\n]/).map((part) => part.trim()).filter(Boolean);
}
