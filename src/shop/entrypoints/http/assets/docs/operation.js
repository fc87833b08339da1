// The view of one operation, and of one event.

import { bodyOf, exampleOf, resolve } from "./document.js";
import { fill, h } from "./dom.js";
import { requestForm } from "./request.js";
import { LANGUAGES } from "./samples.js";
import { fields } from "./schema.js";
import { onTokens } from "./session.js";
import { code, prose } from "./text.js";
import { send } from "./trying.js";

let language = "curl";
let redraw = () => {};
onTokens(() => redraw());

/** The badge with an operation's method. */
export function badge(method) {
  return h("span", { class: `method ${method.toLowerCase()}` }, method);
}

export function operationView(document, operation) {
  const sample = samples(() => form.read(true));
  const answer = h("div", { class: "answer" });
  const form = requestForm(document, operation, () => redraw());
  redraw = sample.draw;
  redraw();
  const body = bodyOf(document, operation);
  return h("article", { class: "operation" },
    h("header", {},
      h("h1", { tabindex: "-1" }, operation.title),
      h("p", { class: "route" }, badge(operation.method), " ", h("code", {}, operation.path)),
      prose(operation.description), access(operation)),
    h("div", { class: "halves" },
      h("form", { class: "panel try", novalidate: true, submit: (event) => { event.preventDefault(); send(operation, form, answer); } },
        h("h2", {}, "Try it"), form.element,
        h("button", { type: "submit", class: "primary" }, "Send"), answer),
      h("section", { class: "samples", "aria-label": "Samples" }, sample.element)),
    body ? [h("h2", {}, "Body"), fields(document, body.schema, true)] : null,
    h("h2", {}, "Answers"), Object.entries(operation.responses).map(([status, response]) => responseView(document, status, resolve(document, response))));
}

function access(operation) {
  const open = (operation.security ?? []).some((way) => !Object.keys(way).length) || !operation.security?.length;
  const schemes = new Set((operation.security ?? []).flatMap((way) => Object.keys(way)));
  const needs = operation["x-permission"]
    ? ["Needs the permission ", h("code", {}, operation["x-permission"]), "."]
    : open ? [schemes.size ? "Open to everybody; with a login it may show more." : "Open to everybody."]
      : [`Needs ${[...schemes].map((scheme) => ({ bearer: "a login", cartToken: "a guest’s Cart-Token", orderToken: "a guest’s Order-Token" })[scheme]).join(" or ")}.`];
  return h("p", { class: "hint small-text" }, needs);
}

function samples(read) {
  const place = h("div", {});
  const buttons = Object.keys(LANGUAGES).map((name) => h("button", { type: "button", class: "small", click: () => {
    language = name;
    draw();
  } }, name));
  function draw() {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.textContent === language));
    fill(place, code(LANGUAGES[language](read()), `Sample in ${language}`));
  }
  return { draw, element: [h("div", { class: "languages", role: "group", "aria-label": "Language" }, buttons), place] };
}

function responseView(document, status, response) {
  const [found] = Object.entries(response.content ?? {});
  const isGood = status.startsWith("2");
  return h("details", { class: "response", open: isGood },
    h("summary", {}, h("span", { class: `tag ${isGood ? "good" : status.startsWith("3") ? "" : "bad"}` }, status), " ", firstLine(response.description)),
    h("div", { class: "response-body" },
      response.description.includes("\n") || !isGood ? prose(response.description) : null,
      found && isGood ? fields(document, found[1].schema) : null,
      found && exampleOf(found[1]) !== undefined ? code(textOf(exampleOf(found[1])), `Example of ${status}`) : null));
}

function firstLine(description) {
  const codes = [...description.matchAll(/^- `([A-Z_]+)`/gm)].map(([, name]) => name);
  return codes.length ? codes.join(", ").toLowerCase().replaceAll("_", " ") : description.split("\n")[0];
}

function textOf(example) {
  return typeof example === "string" ? example : JSON.stringify(example, null, 2);
}

export function eventView(document, event) {
  const media = event.requestBody.content["application/json"];
  redraw = () => {};
  return h("article", { class: "operation" },
    h("h1", { tabindex: "-1" }, event.type),
    prose(`${event.summary} ${event.description}`),
    h("p", { class: "hint small-text" }, "A webhook receives it if the webhook’s creator has the permission ", h("code", {}, event["x-permission"]), "."),
    h("div", { class: "halves" },
      h("section", {}, h("h2", {}, "Headers"), h("dl", { class: "fields" }, event.parameters.map((parameter) =>
        h("div", { class: "docs-field" }, h("dt", {}, h("code", { class: "name" }, parameter.name)), h("dd", {}, prose(parameter.description))))),
      h("h2", {}, "Body"), fields(document, media.schema)),
      h("section", { class: "samples" }, code(JSON.stringify(media.example, null, 2), "Example"))));
}
