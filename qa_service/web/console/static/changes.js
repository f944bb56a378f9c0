/** What changed in the texts since this operator last looked, and marks on the passages that did. */

import * as api from "./api.js";
import { W, agoWords, fill, forGood, forShift, momentWords } from "./config.js";
import { h } from "./dom.js";
import { opened } from "./windows.js";

const BADGE_DAYS = 14;
const KINDS = { added: W.added, removed: W.removed, changed: W.changed };

export class Changes {
  #seen = forGood("changes-seen");
  #shift = forShift("began");
  #all = [];
  #isComplete = true;

  constructor() {
    if (!this.#shift.read("")) this.#shift.write(new Date().toISOString());
    this.onchange = () => {};
  }

  /** When the list was last read, else the beginning of the day of this shift. */
  get since() {
    const began = new Date(this.#shift.read("") || Date.now());
    const seen = new Date(this.#seen.read(""));
    return Number.isNaN(seen.getTime()) ? new Date(began.setHours(0, 0, 0, 0)) : seen;
  }

  get unread() {
    const since = this.since;
    return this.#all.filter(({ at }) => new Date(at) > since);
  }

  /** Asks again: at the start, and when an answer is of another version. */
  async refresh() {
    const back = new Date(Math.min(this.since.getTime(), Date.now() - BADGE_DAYS * 86_400_000));
    try {
      const { changes, complete } = await api.changes(back.toISOString());
      this.#all = [...changes].reverse();
      this.#isComplete = complete;
      this.onchange();
    } catch {
      // the list stays as it was; the next version asks again
    }
  }

  /** A mark on a passage that changed lately: when, and from what to what. @param {string} id */
  badge(id) {
    const found = this.#all.find((change) => change.passage_id === id && change.kind !== "removed");
    if (!found) return null;
    const told = found.before && found.after ? difference(found.before, found.after) : null;
    const what = told && told.removed.length + told.added.length < 60 ? `: ${told.removed || "…"} → ${told.added || "…"}` : "";
    return h("span", { class: "badge" }, `${agoWords(found.at)}${what}`);
  }

  /** The window with the list. @param {() => void} [onclosed] */
  show() {
    const unread = new Set(this.unread);
    const when = momentWords(this.since);
    const intro = fill(unread.size ? W.changesSince : W.changesNone, { when });
    const read = h("button", { type: "button", class: "main", "data-close": true }, W.changesRead);
    read.addEventListener("click", () => {
      this.#seen.write(new Date().toISOString());
      this.onchange();
    });
    opened(W.changesTitle, [
      h("p", {}, intro),
      !this.#isComplete && h("p", { class: "quiet" }, W.changesIncomplete),
      h("ul", { class: "changes" }, this.#all.map((change) => row(change, unread.has(change)))),
      read,
    ]);
  }
}

function row({ kind, title, before, after, at }, isNew) {
  const told = before && after ? difference(before, after) : null;
  const line = (name, tag, text) => text && h("p", { class: "change" }, h("span", { class: "label" }, name), h(tag, {}, text));
  return h(
    "li",
    { class: isNew ? "new" : "" },
    h("p", {}, h("b", {}, title), " ", h("span", { class: "badge" }, [KINDS[kind] ?? kind, momentWords(at), isNew && W.new].filter(Boolean).join(" · "))),
    told ? [marked(W.changeBefore, told, "del"), marked(W.changeAfter, told, "ins")] : [line(W.changeBefore, "del", before), line(W.changeAfter, "ins", after)],
  );
}

function marked(name, { start, removed, added, end }, tag) {
  return h("p", { class: "change" }, h("span", { class: "label" }, name), start, h(tag, {}, tag === "del" ? removed : added), end);
}

/** What two texts have in common at their ends, and what differs between, by words. @param {string} before @param {string} after */
export function difference(before, after) {
  const [was, is] = [before.split(/(?<=\s)/), after.split(/(?<=\s)/)];
  const least = Math.min(was.length, is.length);
  let first = 0;
  while (first < least && was[first] === is[first]) first++;
  let last = 0;
  while (last < least - first && was.at(-1 - last) === is.at(-1 - last)) last++;
  const middle = (words) => words.slice(first, words.length - last).join("").trim();
  const near = (words) => (words.length > 14 ? ["… ", ...words.slice(-14)] : words).join("");
  const after14 = (words) => (words.length > 14 ? [...words.slice(0, 14), "…"] : words).join("");
  return { start: near(is.slice(0, first)), removed: middle(was), added: middle(is), end: ` ${after14(is.slice(is.length - last))}` };
}
