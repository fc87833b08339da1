// Calls to the API. The tokens are in cookies that scripts can't read; the header marks calls by the shop's pages.

const RENEWED = "shop.renewed";
const PAGE = { "X-Shop-Page": "1" };

/** An error of the API, with its stable `code`, or "OFFLINE" when the shop is unreachable. */
export class ApiError extends Error {
  constructor(status, { code, message, details = {} }) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export const get = (path, query) => call("GET", withQuery(path, query));
export const post = (path, body, headers) => call("POST", path, body, headers);
export const put = (path, body, headers) => call("PUT", path, body, headers);
export const patch = (path, body, headers) => call("PATCH", path, body, headers);
export const remove = (path, headers) => call("DELETE", path, undefined, headers);

/** The header by which the API refuses to change any other version. */
export const ifMatch = (version) => ({ "If-Match": `"${version}"` });

/** The file at a path of the API, as a Blob. */
export async function getFile(path, query) {
  const response = await answered("GET", withQuery(path, query));
  return response.ok ? response.blob() : read(response);
}

/** Send an API request; `body` is sent as JSON, a FormData as a form. If the access token has expired, refresh it and retry. */
export async function call(method, path, body, headers) {
  return read(await answered(method, path, body, headers));
}

async function answered(method, path, body, headers = {}) {
  const response = await send(method, path, body, headers);
  if (response.status !== 401 || path.startsWith("/session") || !(await renew())) return response;
  await response.body?.cancel(); // an answer that is never read keeps its connection busy
  return send(method, path, body, headers);
}

/** A new `Idempotency-Key`; random even when the page was loaded over plain http. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The path with a query; a list of values repeats its name. */
function withQuery(path, query = {}) {
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
  const chosen = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return chosen.length ? `${path}?${new URLSearchParams(chosen)}` : path;
}

async function send(method, path, body, headers) {
  const form = body instanceof FormData; // the browser writes its content type, with the boundary
  const content = body === undefined || form ? {} : { "Content-Type": "application/json" };
  try {
    return await fetch(path, {
      method,
      headers: { ...PAGE, ...content, ...headers },
      body: body === undefined || form ? body : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new ApiError(0, { code: "OFFLINE", message: "The shop can't be reached. Are you online?" });
  }
}

async function read(response) {
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  const fallback = { code: "UNREADABLE", message: `The shop answered with an error (${response.status}).` };
  throw new ApiError(response.status, answer?.error ?? fallback);
}

// A refresh token works once: the tabs of one browser must not use it concurrently.
async function renew() {
  const asked = performance.timeOrigin + performance.now();
  const once = async () => {
    if (Number(localStorage.getItem(RENEWED)) > asked) return true; // another tab, or call, was first
    const { user } = await read(await send("PUT", "/session", undefined, {}));
    if (user !== null) localStorage.setItem(RENEWED, String(performance.timeOrigin + performance.now()));
    window.dispatchEvent(new CustomEvent("session-renewed", { detail: user }));
    return user !== null;
  };
  return navigator.locks ? navigator.locks.request("shop-session", once) : once();
}
