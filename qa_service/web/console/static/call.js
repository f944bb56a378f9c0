/** A call: its turns, what the next question is about, what a telephone system hears at its end. */

import { wrapUp } from "./api.js";
import { config } from "./config.js";

const UNDO_MS = 20_000;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** @param {unknown} id */
export const isCallId = (id) => typeof id === "string" && ID.test(id);

const newId = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * One question with its answer. `card`: which passage is acted on; `fact`: which is open beside it; `chosen`: the suggestion
 * that was picked; `vote`: what was told of it.
 */
export class Turn {
  /** @param {object} answer of /v1/ask @param {boolean} isDraft @param {string} [failure] */
  constructor(answer, isDraft) {
    this.answer = answer;
    this.isDraft = isDraft;
    this.card = 0;
    this.fact = null;
    this.chosen = null;
    this.vote = null;
    this.isOpened = false;
    this.label = answer.question;
  }

  /** The passages that answer, in the order of the parts; those picked among suggestions. */
  get cards() {
    const { passages, parts, certainty } = this.answer;
    if (this.chosen) return [this.chosen];
    if (certainty !== "sure") return [];
    const asked = parts.map((part) => passages.find(({ id }) => id === part.passage_id)).filter(Boolean);
    return asked.length > 1 ? [...new Set(asked)] : passages.slice(0, 1);
  }

  /** The others that were found. */
  get others() {
    return this.answer.passages.filter((passage) => !this.cards.includes(passage));
  }

  get passage() {
    return this.cards[this.card] ?? this.cards[0] ?? null;
  }

  /** Slug of the procedure that its facts are shown of. */
  get service() {
    const { certainty, choices, context } = this.answer;
    return this.passage?.service ?? (certainty === "none" && !choices.length ? context.service : null);
  }
}

export class Call {
  /** @param {string} [id] of the telephone system */
  constructor(id) {
    this.id = isCallId(id) ? id : newId();
    this.turns = [];
    this.context = null;
    this.shown = null;
  }

  /** @param {Turn} turn */
  add(turn) {
    this.turns.push(turn);
    this.goTo(turn);
  }

  /** The next question goes on from this turn. @param {Turn} turn */
  goTo(turn) {
    const { context } = turn.answer;
    this.shown = turn;
    this.context = context.service || context.choices.length ? context : null;
  }

  /** What was told of it without a word that was said. */
  get told() {
    const services = this.turns.map((turn) => turn.passage && turn.service).filter(Boolean);
    return {
      call: this.id,
      services: [...new Set(services)].slice(0, 50),
      questions: Math.min(this.turns.length, 1_000),
      answered: Math.min(this.turns.filter((turn) => turn.passage).length, 1_000),
    };
  }
}

/** The call that goes on, and the one before it as long as that can be had back. */
export class Calls {
  #timer = 0;
  #ended = null;

  /** @param {string} [id] */
  constructor(id) {
    this.current = new Call(id);
    this.onsettled = () => {};
    addEventListener("pagehide", () => {
      this.settle();
      this.#tell(this.current);
    });
  }

  get canUndo() {
    return this.#ended !== null;
  }

  /** @param {string} [id] of the next call */
  begin(id) {
    const ended = this.current;
    this.current = new Call(id);
    if (!ended.turns.length) return; // nothing ends twice: the call before may still be had back
    this.settle();
    this.#ended = ended;
    this.#timer = setTimeout(() => this.settle(), UNDO_MS);
  }

  undo() {
    clearTimeout(this.#timer);
    this.current = this.#ended ?? this.current;
    this.#ended = null;
  }

  /** The call before is over for good: once the next has a question, or after a while. */
  settle() {
    clearTimeout(this.#timer);
    if (this.#ended) this.#tell(this.#ended);
    this.#ended = null;
    this.onsettled();
  }

  /** @param {Call} call */
  #tell(call) {
    if (config.tellsCalls && call.turns.length) wrapUp(call.told).catch(() => {});
  }
}
