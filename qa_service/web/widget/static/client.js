/** The service's API over HTTP: suggestions, answers, feedback. Whatever goes wrong is a Failure of one of six kinds. */

/** Longer questions are not sent: the service answers none of them, and addresses have a limit. */
export const MAX_QUESTION_CHARS = 1000;

const MAX_SUGGEST_CHARS = 100;

/** On a telephone no more fit beside the keyboard. */
const mostSuggestions = () => (matchMedia("(max-width: 40em)").matches ? 6 : 8);
const TIMEOUT_MS = 8000;

/** @typedef {"offline" | "timeout" | "limited" | "refused" | "server" | "misplaced"} Kind */

/** @typedef {{text: string, kind: "service" | "question" | "term", service: string | null}} Suggestion */

/**
 * `misplaced`: what answers at the address is not this service. `seconds`: after how long a limited client may ask again.
 */
export class Failure extends Error {
  /** @param {Kind} kind @param {number | null} [seconds] */
  constructor(kind, seconds = null) {
    super(kind);
    this.kind = kind;
    this.seconds = seconds;
  }
}

/** Every method throws a Failure, or an AbortError once its signal is aborted. */
export class Client {
  /** @param {string | null} api address of the service, a path prefix included; null for none @param {string | null} [key] */
  constructor(api, key = null) {
    this.api = api?.replace(/\/+$/, "");
    this.headers = key ? { "X-API-Key": key } : {};
  }

  /** @param {string} text @param {AbortSignal} signal @returns {Promise<Suggestion[]>} */
  async suggest(text, signal) {
    if (text.length > MAX_SUGGEST_CHARS) return [];
    const { suggestions } = await this.#json(`/v1/suggest?${new URLSearchParams({ q: text, limit: String(mostSuggestions()) })}`, { signal });
    if (!Array.isArray(suggestions)) throw new Failure("misplaced");
    return suggestions;
  }

  /**
   * A question alone has an address, whose answer a browser may keep; one in a talk is sent with its context.
   * @param {string} question @param {{service?: string, context?: object | null, exactly?: boolean, lang?: string | false}} how service: slug to
   * search in; context: of the last answer; exactly: correct nothing; lang: of the reply @param {AbortSignal} signal
   */
  async ask(question, { service, context, exactly, lang }, signal) {
    const asTyped = { ...(exactly && { as_typed: true }), ...(lang && { lang }) };
    const query = { q: question, top_k: "3", channel: "site", ...(service && { service }), ...asTyped };
    const body = { question, context, ...(service && { filters: { service: [service] } }), ...asTyped };
    const answer = await (context
      ? this.#post("/v1/ask", body, signal)
      : this.#json(`/v1/ask?${new URLSearchParams(query)}`, { signal }));
    if (!Array.isArray(answer.passages)) throw new Failure("misplaced");
    return answer;
  }

  async #post(path, body, signal) {
    const headers = { "Content-Type": "application/json" };
    return this.#json(path, { signal, method: "POST", headers, body: JSON.stringify(body) });
  }

  /** @param {{answer_id: string, passage_id: string, helpful: boolean, comment?: string, complaint?: string}} feedback */
  async feedback(feedback) {
    const headers = { "Content-Type": "application/json" };
    await this.#send("/v1/feedback", { method: "POST", headers, body: JSON.stringify(feedback) }, async () => {});
  }

  /** What was done with an answer. Nothing hangs on it. @param {{answer_id: string, event: string}} event */
  tell(event) {
    if (this.isDeaf || this.api === undefined) return;
    const headers = { ...this.headers, "Content-Type": "application/json" };
    const request = { method: "POST", headers, body: JSON.stringify(event), credentials: "omit", keepalive: true };
    fetch(`${this.api}/v1/events`, request).then(
      ({ status }) => (this.isDeaf = status === 410), // it takes no events
      () => {},
    );
  }

  async #json(path, request) {
    return this.#send(path, request, async (response) => {
      const isJson = response.headers.get("Content-Type")?.includes("json");
      return (isJson && (await response.json())) || Promise.reject(new Failure("misplaced"));
    });
  }

  /** The time limit covers the body too, which is why `read` runs inside. */
  async #send(path, { signal, headers, ...request }, read) {
    if (this.api === undefined) throw new Failure("misplaced");
    const abort = new AbortController();
    const stop = () => abort.abort();
    const timer = setTimeout(stop, TIMEOUT_MS);
    signal?.addEventListener("abort", stop);
    try {
      const response = await fetch(this.api + path, {
        ...request,
        headers: { Accept: "application/json", ...this.headers, ...headers },
        credentials: "omit",
        signal: abort.signal,
      });
      if (response.status === 401 && this.headers["X-API-Key"]) {
        warn("the key is not valid: ask the service's administrator for another, or leave `key` out. Asking without it.");
        this.headers = {};
        return await this.#send(path, { signal, headers, ...request }, read);
      }
      if (response.status === 403) warn(`this site may not ask: add ${location.origin} to QA_CORS_ORIGINS at the service.`);
      if (!response.ok) throw failureOf(response);
      return await read(response);
    } catch (error) {
      if (signal?.aborted || error instanceof Failure) throw error;
      if (abort.signal.aborted) throw new Failure("timeout");
      if (navigator.onLine) warn(`${this.api} does not answer, or ${location.origin} is not in its QA_CORS_ORIGINS.`);
      throw new Failure(navigator.onLine ? "server" : "offline");
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }
}

const warned = new Set();

/** Once a page, for the site's developer. @param {string} text */
function warn(text) {
  if (!warned.has(text)) console.warn(`hsc-search: ${text}`);
  warned.add(text);
}

/** @param {Response} response */
function failureOf(response) {
  if (response.status === 429) return new Failure("limited", secondsUntil(response.headers.get("Retry-After")));
  if (response.status >= 500) return new Failure("server");
  return new Failure([404, 405, 410].includes(response.status) ? "misplaced" : "refused");
}

/** Retry-After is a number of seconds or a date; a browser shows it across origins only where the service exposes it. */
function secondsUntil(retryAfter) {
  if (!retryAfter) return null;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : Math.ceil((Date.parse(retryAfter) - Date.now()) / 1000);
  return seconds > 0 ? seconds : null;
}
