/** The bot's text as people read it: addresses, the phone and commands can be pressed, Ukrainian says that it is. */

import { config, h, link } from "./dom.js";

const COMMANDS = ["/start", "/stop", "/delete", "/lang"];
const UKRAINIAN = /(\p{Script=Cyrillic}(?:[^\p{Script=Latin}]*\p{Script=Cyrillic})?)/u;
const AFTER_WORD = /[.,;:!?)»”]*$/;

/**
 * @param {string} text @param {string} language of the reply @param {(command: string) => void} command
 * @returns {(Node | string)[]}
 */
export function inline(text, language, command) {
  const phone = () => h("a", { href: config.phoneUrl }, config.phone);
  return text.split(config.phone).flatMap((piece, number) => [number && phone(), ...words(piece, language, command)]);
}

/** @returns {(Node | string)[]} */
function words(text, language, command) {
  const pieces = [];
  let plain = "";
  for (const token of text.split(/(\s+)/)) {
    const [after] = token.match(AFTER_WORD);
    const word = token.slice(0, token.length - after.length);
    const pressed = pressable(word, command);
    if (pressed) {
      pieces.push(...spoken(plain, language), pressed);
      plain = after;
    } else {
      plain += token;
    }
  }
  return [...pieces, ...spoken(plain, language)];
}

/** @returns {HTMLElement | null} null for a word like any other */
function pressable(word, command) {
  if (/^https?:\/\/\S+\.\S+$/.test(word)) return link(word, {}, word.replace(/^https?:\/\//, ""));
  if (COMMANDS.includes(word)) return h("button", { type: "button", class: "command", onclick: () => command(word) }, word);
  return null;
}

/** Words in Cyrillic letters among others. @param {string} text @param {string} language @returns {(Node | string)[]} */
export function spoken(text, language) {
  if (language === "uk") return [text];
  return text.split(UKRAINIAN).map((piece, number) => (number % 2 ? h("span", { lang: "uk" }, piece) : piece));
}
