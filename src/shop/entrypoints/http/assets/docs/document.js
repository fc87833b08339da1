// The OpenAPI document, as the page needs it.

/** The document with `operations` by id and `chapters`; references are resolved by `resolve`. */
export async function loadDocument() {
  const response = await fetch("/schema/openapi.json");
  if (!response.ok) throw new Error(`The description could not be loaded (${response.status}).`);
  const document = await response.json();
  const operations = new Map();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      operations.set(operation.operationId, {
        ...operation, path, method: method.toUpperCase(), title: titleOf(operation.operationId), idParameter: idParameterOf(document, path),
      });
    }
  }
  const events = Object.entries(document.webhooks ?? {}).map(([type, { post }]) => ({ ...post, type }));
  return { ...document, operations, events, chapters: document["x-chapters"] };
}

/** The parameter of the paths below a collection: `product_id` below `/api/products`. */
function idParameterOf(document, path) {
  const below = Object.keys(document.paths).find((other) => other.startsWith(`${path}/{`));
  return /\{(\w+)\}/.exec(below?.slice(path.length) ?? "")?.[1] ?? null;
}

/** The target of a reference; other values unchanged. */
export function resolve(document, part) {
  if (!part?.$ref) return part;
  return part.$ref.replace("#/", "").split("/").reduce((found, step) => found[step], document);
}

/** The last word of a reference: the component's name. */
export function nameOf(schema) {
  return schema?.$ref?.split("/").pop();
}

/** `addCartItem` in words. */
export function titleOf(operationId) {
  const words = operationId.replace(/([A-Z])/g, " $1").toLowerCase();
  return (words[0].toUpperCase() + words.slice(1)).replace(/\bapi\b/, "API").replace(/\bvat\b/, "VAT");
}

/** The first example of a media type or parameter. */
export function exampleOf(media) {
  if (media?.example !== undefined) return media.example;
  const [first] = Object.values(media?.examples ?? {});
  return first?.value;
}

/** The body's media type and schema, or null if the operation takes none. */
export function bodyOf(document, operation) {
  const [found] = Object.entries(resolve(document, operation.requestBody)?.content ?? {});
  return found ? { type: found[0], ...found[1] } : null;
}

/** A schema's kind in words. */
export function typeText(document, schema) {
  if (schema === undefined || schema === true) return "anything";
  const name = nameOf(schema);
  const found = resolve(document, schema);
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.enum) return found.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = found.oneOf ?? found.anyOf;
  if (choices) return choices.map((choice) => typeText(document, choice)).join(" or ");
  if (found.type === "array") return `list of ${typeText(document, found.items)}`;
  if (name && (found.properties || found.allOf)) return name;
  const kind = [found.type ?? "object"].flat().join(" or ");
  return found.format ? `${kind} (${found.format})` : kind;
}

/** The limits that a value must keep, in words. */
export function limitsOf(document, schema) {
  const choices = resolve(document, schema).anyOf ?? resolve(document, schema).oneOf ?? [];
  const found = choices.map((choice) => resolve(document, choice)).find((choice) => choice.type !== "null") ?? resolve(document, schema);
  const limits = [];
  if (found.minLength !== undefined || found.maxLength !== undefined) limits.push(`${range(found.minLength, found.maxLength)} characters`);
  if (found.minimum !== undefined || found.maximum !== undefined) limits.push(range(found.minimum, found.maximum));
  if (found.minItems !== undefined || found.maxItems !== undefined) limits.push(`${range(found.minItems, found.maxItems)} entries`);
  if (found.default !== undefined && found.default !== null) limits.push(`default ${JSON.stringify(found.default)}`);
  return limits.join(", ");
}

function range(from, to) {
  if (from === undefined) return `at most ${to.toLocaleString("en")}`;
  if (to === undefined) return `at least ${from.toLocaleString("en")}`;
  return `${from.toLocaleString("en")} to ${to.toLocaleString("en")}`;
}

/** The object schema within a schema, such as that of a list's items or of a nullable object; null if there is none. */
export function objectIn(document, schema) {
  const found = resolve(document, schema);
  if (found?.allOf) return merged(document, found.allOf);
  if (found?.properties) return found;
  if (found?.type === "array") return objectIn(document, found.items);
  for (const choice of found?.oneOf ?? found?.anyOf ?? []) {
    const inner = objectIn(document, choice);
    if (inner) return inner;
  }
  return null;
}

function merged(document, parts) {
  const whole = { properties: {}, required: [] };
  for (const part of parts) {
    const found = resolve(document, part);
    Object.assign(whole.properties, found.properties);
    whole.required.push(...(found.required ?? []));
  }
  return whole;
}
