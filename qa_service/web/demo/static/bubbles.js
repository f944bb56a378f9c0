/** What was said, as elements: blocks of a reply in bubbles, its buttons below. */

import { config, h, link } from "./dom.js";
import { inline, spoken } from "./text.js";

const W = config.words;

/**
 * @param {string} text as typed, or the label of the button that was pressed
 * @returns {HTMLElement}
 */
export function mine(text) {
  const bubble = h("div", { class: "bubble" }, h("span", { class: "unseen" }, `${W.me}: `), h("bdi", {}, text));
  return h("div", { class: "turn mine" }, bubble);
}

/** @param {string} why in words @param {() => void} again */
export function notSent(why, again) {
  return h("p", { class: "not-sent" }, why, " ", h("button", { type: "button", onclick: again }, W.again));
}

/**
 * @param {{language: string, blocks: object[], buttons: object[]}} reply
 * @param {{press: (button: object) => void, command: (command: string) => void}} acts
 * @returns {HTMLElement}
 */
export function theirs(reply, acts) {
  const lang = reply.language !== config.language && reply.language;
  const bubbles = answers(reply.blocks).map((blocks) => {
    return h("div", { class: "bubble", lang }, ...blocks.map((block) => shown(block, reply.language, acts)));
  });
  const rows = alike(reply.buttons).map((row) => h("ul", {}, ...row.map((one) => choice(one, reply.language, acts))));
  const buttons = rows.length > 0 && h("div", { class: "replies", lang }, ...rows);
  return h("div", { class: "turn theirs" }, h("span", { class: "unseen" }, `${W.bot}: `), ...bubbles, buttons);
}

/** Blocks by answer: each begins with its title and ends with its source. @param {object[]} blocks @returns {object[][]} */
function answers(blocks) {
  const found = [];
  for (const block of blocks) {
    const isNext = block.kind === "title" || found.at(-1)?.at(-1).kind === "sources";
    if (isNext || !found.length) found.push([]);
    found.at(-1).push(block);
  }
  return found;
}

/** Buttons in rows of those that answer and those that lead to another site. @param {object[]} buttons @returns {object[][]} */
function alike(buttons) {
  const rows = [];
  for (const button of buttons) {
    if (!rows.length || !rows.at(-1)[0].url !== !button.url) rows.push([]);
    rows.at(-1).push(button);
  }
  return rows;
}

/** @returns {HTMLElement} */
function shown(block, language, acts) {
  const words = (text) => inline(text, language, acts.command);
  switch (block.kind) {
    case "title":
      return h("h3", {}, words(block.text));
    case "figure":
      return h("p", { class: "figure" }, words(block.text));
    case "items":
      return h(block.numbered ? "ol" : "ul", { class: "points" }, ...block.items.map((item) => h("li", {}, words(item))));
    case "choices":
      return h("ul", { class: "points offered" }, ...block.titles.map((title) => h("li", {}, words(title))));
    case "caveat":
      return h("p", { class: "caveat" }, h("span", {}, words(block.text)));
    case "sources":
      return source(block, language);
    default:
      return h("p", {}, words(block.text));
  }
}

/** @returns {HTMLElement} */
function source({ title, url, as_of: asOf, page }, language) {
  const name = title && link(url, {}, ...spoken(title, language));
  const details = page && link(page, { lang: config.language }, W.details);
  return h("p", { class: "source" }, name, " ", asOf && h("span", {}, ...spoken(asOf, language)), " ", details);
}

/** @returns {HTMLElement} */
function choice(button, language, acts) {
  const label = spoken(button.label, language);
  if (button.url) return h("li", {}, link(button.url, { class: "out" }, ...label));
  return h("li", { class: button.choice && "choice" }, h("button", { type: "button", onclick: () => acts.press(button) }, ...label));
}
