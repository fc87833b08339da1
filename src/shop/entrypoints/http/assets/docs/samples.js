// Samples of a request in curl, JavaScript and Python.

export const LANGUAGES = { curl, JavaScript: javascript, Python: python };

function curl({ method, url, headers, body, form }) {
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  for (const [name, value] of Object.entries(form ?? {})) lines.push(`-F ${quoted(`${name}=${value instanceof File || value === null ? `@${value?.name ?? "file"}` : value}`)}`);
  if (body !== undefined) lines.push(`-d ${quoted(typeof parsed(body) === "string" ? body : JSON.stringify(parsed(body)))}`);
  return lines.join(" \\\n  ");
}

function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function javascript({ method, url, headers, body, form }) {
  const options = [];
  if (method !== "GET") options.push(`method: ${JSON.stringify(method)},`);
  if (Object.keys(headers).length) options.push(`headers: ${indented(JSON.stringify(headers, null, 2))},`);
  if (form) options.push("body: form,");
  if (body !== undefined) options.push(`body: JSON.stringify(${indented(pretty(body))}),`);
  const fields = Object.entries(form ?? {}).map(([name, value]) => `form.append(${JSON.stringify(name)}, ${isFile(value) ? "file" : JSON.stringify(value)});`);
  const before = form ? `const form = new FormData();\n${fields.join("\n")}\n` : "";
  const given = options.length ? `, {\n  ${options.join("\n  ")}\n}` : "";
  return `${before}const response = await fetch(${JSON.stringify(url)}${given});\nif (!response.ok) throw new Error((await response.json()).error.message);\nconst result = await response.json();`;
}

function python({ method, url, headers, body, form }) {
  const options = [];
  if (Object.keys(headers).length) options.push(`headers=${indented(JSON.stringify(headers, null, 2), 4)},`);
  const files = Object.entries(form ?? {}).filter(([, value]) => isFile(value));
  const texts = Object.entries(form ?? {}).filter(([, value]) => !isFile(value));
  if (files.length) options.push(`files={${files.map(([name]) => `${JSON.stringify(name)}: open("file", "rb")`).join(", ")}},`);
  if (texts.length) options.push(`data=${JSON.stringify(Object.fromEntries(texts))},`);
  if (body !== undefined) options.push(`json=${indented(pythonLiteral(parsed(body)), 4)},`);
  const given = options.map((option) => `\n    ${option}`).join("");
  return `import httpx\n\nresponse = httpx.request(\n    ${JSON.stringify(method)},\n    ${JSON.stringify(url)},${given}\n)\nresponse.raise_for_status()\nresult = response.json()`;
}

function isFile(value) {
  return value instanceof File || value === null;
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function pretty(body) {
  return JSON.stringify(parsed(body), null, 2);
}

function pythonLiteral(value, indent = "") {
  const deeper = `${indent}  `;
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) {
    return value.length ? `[\n${value.map((each) => `${deeper}${pythonLiteral(each, deeper)},\n`).join("")}${indent}]` : "[]";
  }
  if (typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, each]) => `${deeper}${JSON.stringify(name)}: ${pythonLiteral(each, deeper)},\n`);
  return entries.length ? `{\n${entries.join("")}${indent}}` : "{}";
}

function indented(text, by = 2) {
  return text.replaceAll("\n", `\n${" ".repeat(by)}`);
}
