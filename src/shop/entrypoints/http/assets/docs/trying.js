// Sending a request from the page, and showing the answer.

import { fill, h } from "./dom.js";
import { learnIds } from "./request.js";
import { learnTokens } from "./session.js";
import { code } from "./text.js";

/** Send the form's request, and show the response in `place`. */
export async function send(operation, form, place) {
  const { method, url, headers, body, form: parts, problem } = form.read(false);
  if (problem) {
    fill(place, h("p", { class: "problem", role: "alert" }, problem.text));
    problem.input.focus();
    return;
  }
  fill(place, h("p", { class: "soft", role: "status" }, "Waiting for the answer…"));
  const began = performance.now();
  try {
    const response = await fetch(url, { method, headers, body: parts ? formData(parts) : body, credentials: "omit" });
    const answer = await readAnswer(response);
    const milliseconds = Math.round(performance.now() - began);
    if (response.ok) {
      learnTokens(operation, answer.json);
      learnIds(operation, answer.json);
    }
    fill(place, shown(response, answer, milliseconds));
  } catch {
    fill(place, h("p", { class: "problem", role: "alert" }, "The shop does not answer. Try again."));
  }
}

function formData(parts) {
  const data = new FormData();
  for (const [name, value] of Object.entries(parts)) if (value !== null) data.append(name, value);
  return data;
}

async function readAnswer(response) {
  const type = response.headers.get("content-type") ?? "";
  const blob = await response.blob();
  const isText = /json|text|xml|csv/.test(type);
  const text = isText ? await blob.text() : "";
  if (!type.includes("json") || !text) return { text, blob, isText };
  const json = JSON.parse(text);
  return { json, text: JSON.stringify(json, null, 2), blob, isText };
}

function shown(response, answer, milliseconds) {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return [
    h("p", { role: "status", class: "answer-line" },
      h("span", { class: `tag ${response.ok ? "good" : "bad"}` }, `${response.status} ${response.statusText}`.trim()),
      h("span", { class: "soft" }, ` in ${milliseconds} ms`)),
    answer.text ? code(answer.text.slice(0, 100_000), "The answer") : null,
    answer.isText || !answer.blob.size ? null : h("p", {}, h("a", { href: URL.createObjectURL(answer.blob), download: "answer" }, `Save the answer (${answer.blob.size} bytes)`)),
    h("details", {}, h("summary", {}, "Headers"), code(headers, "The answer’s headers")),
  ];
}
