/** The left column: the turns of this call, and the questions of this shift. */

import * as api from "./api.js";
import { W, config, forShift } from "./config.js";
import { h } from "./dom.js";

const MOST_RECENT = 12;

/** @param {import("./call.js").Call} call @param {(turn: object) => void} goTo */
export function shownTurns(call, goTo) {
  if (!call.turns.length) return [h("p", { class: "quiet" }, W.noTurns)];
  const rows = call.turns.map((turn, at) => {
    const { answer } = turn;
    const title = turn.passage?.service_title ?? config.reasons[answer.reason]?.title ?? W.perhaps;
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "turn", "data-at": `turn-${at}`, "aria-current": turn === call.shown ? "true" : null, onclick: () => goTo(turn) },
        h("span", { class: "turn-question" }, turn.label),
        h("span", { class: `chip${turn.passage ? "" : " none"}`, title }, title),
        turn.vote && h("span", { class: "quiet" }, W[turn.vote]),
      ),
    );
  });
  return [h("ol", { class: "turn-list" }, rows.reverse())];
}

/** The last questions, in this tab only; none that holds personal data. */
export class Recent {
  #kept = forShift("recent");

  get all() {
    return this.#kept.read([]).filter((one) => typeof one === "string").slice(0, MOST_RECENT);
  }

  /** Kept where the service finds nothing to mask. @param {string} question @returns {Promise<string>} it, masked */
  async add(question) {
    const found = await api.masked(question).catch(() => null);
    if (found?.masked === question) this.#kept.write([question, ...this.all.filter((one) => one !== question)].slice(0, MOST_RECENT));
    return found?.masked ?? question;
  }

  forget() {
    this.#kept.remove();
  }
}

/** Those of calls before. @param {string[]} all @param {import("./call.js").Call} call @param {(question: string) => void} again @param {() => void} forget */
export function shownRecent(all, call, again, forget) {
  const here = new Set(call.turns.map(({ answer }) => answer.question));
  const questions = all.filter((question) => !here.has(question));
  if (!questions.length) return [];
  const rows = questions.map((question, at) => h("li", {}, h("button", { type: "button", class: "row", "data-at": `recent-${at}`, onclick: () => again(question) }, question)));
  return [
    h("div", { class: "recent-head" }, h("h3", {}, W.recent), h("button", { type: "button", class: "link", "data-at": "forget", onclick: forget }, W.forgetRecent)),
    h("ul", { class: "recent-list" }, rows),
  ];
}
