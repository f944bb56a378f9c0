/** The service, as the console asks it. */

export class Failure extends Error {
  /** @param {"offline" | "limited" | "signedOut" | "missing" | "failed"} kind @param {number} [seconds] until it may be tried again */
  constructor(kind, seconds) {
    super(kind);
    this.kind = kind;
    this.seconds = seconds;
  }
}

const KINDS = { 401: "signedOut", 403: "signedOut", 404: "missing", 429: "limited" };

/**
 * @param {string} path @param {RequestInit} [how]
 * @returns {Promise<any>} the JSON of a reply; rejects with Failure, or with AbortError where it was called off
 */
async function request(path, how = {}) {
  let reply;
  try {
    reply = await fetch(path, { headers: { Accept: "application/json", ...how.headers }, ...how });
    if (reply.ok) return reply.status === 202 || reply.status === 204 ? null : await reply.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(reply?.ok ? "failed" : "offline");
  }
  throw new Failure(KINDS[reply.status] ?? "failed", Number(reply.headers.get("Retry-After")) || undefined);
}

const post = (path, body, how = {}) =>
  request(path, { method: "POST", body: JSON.stringify(body), ...how, headers: { "Content-Type": "application/json", Accept: "application/json" } });

/** @param {object} asked question, draft, context, conversation @param {AbortSignal} [signal] */
export const ask = (asked, signal) => post("/v1/ask", { channel: "operator", lang: "uk", ...asked }, { signal });

export const feedback = (told) => post("/v1/feedback", told);
export const tell = (answerId, event) => post("/v1/events", { answer_id: answerId, event }, { keepalive: true });
export const services = () => request("/v1/services?limit=100");
export const nextServices = (offset) => request(`/v1/services?limit=100&offset=${offset}`);
export const service = (slug) => request(`/v1/services/${encodeURIComponent(slug)}`);
export const changes = (since) => request(`/v1/changes?since=${encodeURIComponent(since)}`);
export const centres = (q, signal) => request(`/v1/centres?limit=12&q=${encodeURIComponent(q)}`, { signal });
export const masked = (question) => post("/operator/mask", { question });
export const wrapUp = (told) => post("/operator/wrap-up", told, { keepalive: true });
