/** The bot, as the page asks it. */

const PATIENCE_MS = 20_000;
const MOST_WAIT_S = 3;
const OVERLOADED = 503;
const KINDS = { 429: "limited", [OVERLOADED]: "busy" };

export class Failure extends Error {
  /** @param {"offline" | "busy" | "limited" | "failed" | "silent"} kind @param {number} [seconds] until it may be tried again */
  constructor(kind, seconds) {
    super(kind);
    this.kind = kind;
    this.seconds = seconds;
  }
}

/**
 * Where there is no room it is tried once more.
 * @param {object} message @returns {Promise<object>} the reply; rejects with Failure
 */
export async function send(message) {
  try {
    return await sendOnce(message);
  } catch (failure) {
    if (failure.kind !== "busy") throw failure;
    const seconds = Math.min(failure.seconds ?? 1, MOST_WAIT_S);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    return sendOnce(message);
  }
}

async function sendOnce(message) {
  const calledOff = new AbortController();
  const patience = setTimeout(() => calledOff.abort(), PATIENCE_MS);
  let response;
  try {
    response = await fetch("/chat/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(message),
      signal: calledOff.signal,
    });
    if (response.ok) return await response.json();
  } catch {
    throw new Failure("offline");
  } finally {
    clearTimeout(patience);
  }
  throw new Failure(KINDS[response.status] ?? "failed", Number(response.headers.get("Retry-After")) || undefined);
}
