// Adjusting the stock of a variant: units come in or go out, or were counted.
import { newKey, post } from "../common/api.js";
import { ask } from "../common/dialogs.js";
import { announce, h } from "../common/dom.js";
import { field } from "../common/forms.js";
import { count } from "../common/format.js";

const WAYS = { change: "Add or remove units", set: "Set to what was counted" };

/** Ask how the stock changes, and store it at once; `done` takes the product as it is then. */
export function adjustStock({ productId, variant, name }, done) {
  const path = `/api/products/${encodeURIComponent(productId)}`;
  let expected = variant.stock;
  let key = newKey();
  const submit = async ({ way, units, reason }) => {
    const terms = way === "set" ? { set: units, expected } : { change: units };
    try {
      done(await post(`${path}/stock`, { ...terms, variantId: variant.id, reason }, { "Idempotency-Key": key }));
    } catch (error) {
      if (error.status) key = newKey(); // an answer has come: the next attempt is another request
      if (error.code !== "STOCK_MISMATCH") throw error;
      expected = error.details.available;
      throw Object.assign(new Error(error.message), { status: 409, details: { units: `the stock is ${count(expected)} by now: press “Adjust” again to set it anyway` } });
    }
    announce(`${name}: the stock is ${count(variant.stock)} now.`);
  };
  ask(
    { title: `Stock of ${name}`, button: "Adjust" },
    submit,
    h("p", {}, `There are ${count(variant.stock)} that can be sold.`),
    field("way", "How", { options: WAYS, value: "change" }),
    field("units", "Units", { type: "number", step: 1, required: true, hint: "Negative units are removed." }),
    field("reason", "Reason", { maxlength: 200, placeholder: "Delivered, broken, counted …" }),
  );
}
