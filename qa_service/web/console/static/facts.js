/** The right column: all facts of the procedure, one under each key. */

import { W, config } from "./config.js";
import { cautions, from } from "./cards.js";
import { blocks, h, link } from "./dom.js";
import { keySentence, lead, script } from "./saying.js";

/** The passages of one place of the strip. @param {object} service @param {{topics: string[]}} fact */
export const passagesOf = (service, { topics }) => topics.flatMap((topic) => service.passages.filter((passage) => passage.topic === topic));

/**
 * @param {object} service of /v1/services/{slug} @param {string | null} open id of the fact that is read
 * @param {import("./cards.js").Setting} setting @param {boolean} hasKeys else digits pick something else now
 */
export function shownFacts(service, open, setting, hasKeys) {
  const rows = config.facts.map((fact) => row(fact, passagesOf(service, fact), fact.id === open, setting, hasKeys));
  return [
    h("p", { class: "facts-of" }, service.title),
    h("ul", { class: "strip" }, rows),
    h("p", { class: "quiet facts-foot" }, service.page && link(service.page.url, W.officialPage), h("a", { href: service.url, target: "_blank" }, W.fullText)),
  ];
}

function row(fact, passages, isOpen, setting, hasKeys) {
  const [first] = passages;
  const summary = first ? (first.figure?.text ?? keySentence(first)) : "—";
  const toggle = h(
    "button",
    {
      type: "button",
      class: "tab",
      "data-at": `fact-${fact.id}`,
      "aria-expanded": String(isOpen),
      disabled: !first,
      onclick: () => setting.do.fact(fact.id),
    },
    h("kbd", { "aria-hidden": "true", class: hasKeys ? "" : "idle" }, setting.keys.first(`fact:${fact.id}`)),
    h("span", { class: "tab-name" }, fact.label, passages.length > 1 && h("small", {}, `(${passages.length})`)),
    !isOpen && h("span", { class: first?.figure ? "tab-figure" : "tab-text" }, summary),
  );
  return h("li", { class: isOpen ? "open" : "" }, toggle, isOpen && h("div", { class: "fact-body" }, passages.map((passage, at) => one(passage, at, setting))));
}

/** The first of a fact's passages at once, the others by their titles. */
function one(passage, at, setting) {
  const title = [passage.title, " ", setting.changes.badge(passage.id)];
  if (at > 0) return h("details", { class: "fact more-fact" }, h("summary", {}, title), body(passage));
  return h("article", { class: "fact", "aria-label": passage.title }, h("h3", {}, title), body(passage));
}

function body(passage) {
  const { figure, text } = passage;
  const list = lead(passage);
  const said = list ?? script(passage);
  const whole = h("div", { class: "text" }, blocks(passage).slice(list ? 1 : 0));
  const isAll = said === text.trim();
  return [
    figure && h("p", { class: "figure" }, figure.text),
    h("p", { class: "script" }, said),
    cautions(passage),
    list ? whole : !isAll && h("details", {}, h("summary", {}, W.wholeText), whole),
    from(passage),
  ];
}

/** What the live region says of a fact. @param {object} service @param {string} id */
export function spokenFact(service, id) {
  const fact = config.facts.find((one) => one.id === id);
  const [first] = passagesOf(service, fact);
  return first ? `${fact.label}: ${script(first)}` : `${fact.label}: ${W.noFact}`;
}
