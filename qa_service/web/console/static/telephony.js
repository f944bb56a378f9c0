/** A telephone system opens calls: by the page's address, or by a message from a window of an allowed origin. */

import { isCallId } from "./call.js";
import { config } from "./config.js";

const CALL = "qa-console:call";
const READY = "qa-console:ready";
const MOST_CHARS = 1_000;

/** @param {(id: string, question: string) => void} begin */
export function listen(begin) {
  addEventListener("message", ({ origin, data, source }) => {
    const isTheirs = config.telephony.includes(origin) && source && (source === parent || source === opener);
    if (!isTheirs || typeof data !== "object" || data?.type !== CALL || !isCallId(data.call)) return;
    begin(data.call, typeof data.question === "string" ? data.question.slice(0, MOST_CHARS) : "");
  });
  const theirs = opener ?? (parent === window ? null : parent);
  for (const origin of config.telephony) theirs?.postMessage({ type: READY }, origin);
}

/** What the address said is taken once: neither a reload nor the history keeps a caller's words. */
export function ofAddress() {
  if (location.search) history.replaceState(null, "", location.pathname);
  return { call: config.call, question: (config.question ?? "").slice(0, MOST_CHARS) };
}
