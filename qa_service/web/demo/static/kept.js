/** The conversation of this tab, so that it outlives a reload; nothing where storage is switched off. */

import { config } from "./dom.js";

const NAME = "chat-1";
const MOST_TURNS = 100;
const ID_BYTES = 16;

/** @typedef {{mine: string, message: object, isSent: boolean} | {reply: object}} Turn */

/** @returns {{id: string, language: string, turns: Turn[]}} nothing said yet */
export function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { id, language: config.language, turns: [] };
}

/** @returns {{id: string, language: string, turns: Turn[]}} what was kept, else a fresh one */
export function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(NAME));
    return Array.isArray(found?.turns) && found.turns.length ? found : fresh();
  } catch {
    return fresh();
  }
}

/** @param {{id: string, language: string, turns: Turn[]}} chat */
export function keep(chat) {
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ ...chat, turns: chat.turns.slice(-MOST_TURNS) }));
  } catch {
    // storage is switched off or full: a reload begins anew
  }
}
