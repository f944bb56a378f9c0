/** The middle column: what can be said, and what to do where nothing can. */

import { W, config, dateWords, fill } from "./config.js";
import { blocks, button, h, link } from "./dom.js";
import { keySentence, lead, restOf, script } from "./saying.js";

const UNRELATED = new Set(["off_topic", "small_talk", "empty", "too_long", "personal_data_only"]);
const FOR_CITIZENS = new Set(["live_data", "small_talk"]); // their replies speak to a reader, not to whoever calls

/** @typedef {{keys: import("./keys.js").Keys, changes: import("./changes.js").Changes, do: Record<string, Function>}} Setting */

/** @param {import("./call.js").Turn} turn @param {Setting} setting */
export function shownAnswer(turn, setting) {
  const { answer } = turn;
  const head = [
    answer.degraded.length > 0 && h("p", { class: "caution" }, W.degraded),
    ...corrections(answer, setting),
  ];
  if (turn.cards.length) return [...head, ...sure(turn, setting)];
  if (answer.certainty === "unsure") return [...head, perhaps(turn, setting)];
  return [...head, advice(turn, setting)];
}

function corrections({ question, understood }, setting) {
  const reading = understood.corrections.findLast(({ kind }) => kind !== "synonym")?.to; // terms that are added go without saying
  if (!reading || reading === question) return [];
  const exactly = h("button", { type: "button", class: "link", "data-at": "as-typed", onclick: () => setting.do.askAsTyped(question) }, W.asTyped);
  return [h("p", { class: "quiet understood" }, fill(W.understood, { to: `«${reading}»` }), " ", exactly)];
}

function sure(turn, setting) {
  const { answer, cards } = turn;
  const { parts } = answer;
  if (parts.length < 2) return [...cards.map((passage, at) => card(turn, passage, at, setting)), ...rest(turn, setting)];
  const of = { count: parts.length };
  const shown = parts.map((part, number) => {
    const at = cards.findIndex(({ id }) => id === part.passage_id);
    const title = `${fill(W.part, { ...of, number: number + 1 })}: «${part.asked}»`;
    if (at >= 0) return card(turn, cards[at], at, setting, title);
    const said = config.reasons[part.reason];
    return h("article", { class: "card advice" }, h("p", { class: "part" }, title), h("h3", {}, W.partMissing), said && h("p", {}, said.text));
  });
  return [...shown, ...rest(turn, setting)];
}

/** What a passage says, aloud first. */
function card(turn, passage, at, setting, part) {
  const isActed = turn.cards.length > 1 && at === turn.card && !turn.fact;
  const { figure } = passage;
  const isList = lead(passage) !== null;
  return h(
    "article",
    { class: `card${isActed ? " acted" : ""}`, "aria-label": passage.title, onclick: () => setting.do.act(at) },
    part && h("p", { class: "part" }, part),
    h(
      "p",
      { class: "kicker" },
      turn.cards[at - 1]?.service !== passage.service && h("span", { class: "chip" }, passage.service_title),
      h("span", {}, config.topics[passage.topic] ?? ""),
      setting.changes.badge(passage.id),
    ),
    h(
      "div",
      { class: "say" },
      figure && h("p", { class: "figure" }, figure.text, dated(figure.as_of ?? passage.as_of, passage.stale)),
      isList ? aloud(lead(passage)) : aloud(`«${script(passage)}»`),
    ),
    isList && h("div", { class: "text said-list" }, blocks(passage, passage.highlights).slice(1)),
    cautions(passage),
    !isList && wholeText(passage),
    from(passage),
    tools(turn, at, setting),
  );
}

/** Under its title; without the sentence that is read out already. */
function wholeText(passage) {
  const left = passage.figure ? passage : restOf(passage);
  return [h("h3", {}, passage.title), left && h("div", { class: "text" }, blocks(left, left.highlights))];
}

/** What an operator reads out. @param {string} text */
const aloud = (text) => h("p", { class: "script" }, h("span", { class: "label" }, `${W.say}: `), text);

const dated = (asOf, isStale) =>
  asOf && h("small", {}, fill(W.asOf, { month: dateWords(asOf) }).toLowerCase(), isStale && " ", isStale && h("b", { class: "stale" }, W.stale));

/** Before the text: it is what keeps an operator from promising. */
export function cautions({ conflict, doubt }) {
  const notes = [conflict && [W.conflict, conflict], doubt && [W.doubt, doubt]].filter(Boolean);
  return notes.length > 0 && h("div", { class: "caution", role: "note" }, notes.map(([title, text]) => h("p", {}, h("b", {}, title), " ", text)));
}

/** When it was true and who says so. */
export function from({ as_of: asOf, stale, sources, figure }) {
  const named = (source) => [h("span", { class: `kind ${source.kind}` }, config.sourceKinds[source.kind] ?? ""), " ", link(source.url, source.title)];
  const [first, ...more] = sources;
  return h(
    "div",
    { class: "from" },
    h("p", {}, !figure && asOf && [fill(W.asOf, { month: dateWords(asOf) }), stale && [" ", h("b", { class: "stale" }, W.stale)], " · "], first ? named(first) : W.noOfficial),
    more.length > 0 &&
      h("details", {}, h("summary", {}, fill(W.moreSources, { count: more.length })), h("ul", {}, more.map((source) => h("li", {}, named(source))))),
  );
}

/** What is done with the answer that is acted on. */
function tools(turn, at, setting) {
  if (turn.cards.length > 1 && at !== turn.card) return null;
  const { keys } = setting;
  const act = (id, name = id) =>
    button(W[id], keys.first(id), () => setting.do[name](), { "data-at": id, "aria-pressed": turn.vote === id ? "true" : null });
  const votes = config.takesFeedback && ["good", "bad", "outdated", "missing"].map((id) => act(id));
  return h("div", { class: "card-tools" }, h("span", { class: "votes" }, act("copy"), act("copyShort")), votes && h("span", { class: "votes" }, votes));
}

/** Links, centres and what else was found. */
function rest(turn, setting) {
  const { answer, others } = turn;
  return [places(answer.centres, setting.do.copyText), next(answer.actions), others.length > 0 && foundElse(W.others, others, turn, setting)];
}

function next(actions) {
  return actions.length > 0 && h("p", { class: "next" }, h("b", {}, `${W.next}: `), actions.map(({ title, url }) => link(url, title)));
}

/** For a chat: number, address, hours, phone. @param {object} centre @param {string | null} networkHours */
export function centreText(centre, networkHours) {
  return [`${fill(W.centreName, centre)}, ${centre.address}`, centre.hours ?? networkHours, centre.phone].filter(Boolean).join("; ");
}

/** @param {object[]} centres @param {(text: string) => void} copy @param {string | null} networkHours where a centre has none of its own */
export function places(centres, copy, title = W.centresHere, networkHours = null) {
  if (!centres.length) return null;
  const rows = centres.map((centre) =>
    h(
      "li",
      {},
      h("p", {}, h("b", {}, fill(W.centreName, centre)), ` · ${centre.address}`, centre.distance_km > 1 && ` · ${fill(W.distance, { count: Math.round(centre.distance_km) })}`),
      h("p", { class: "quiet" }, [centre.hours ?? networkHours, centre.phone ?? W.noPhone, centre.doubt, centre.note].filter(Boolean).join(" · "), " · ", link(centre.map_url, W.map), " · ", h("button", { type: "button", class: "link", "data-close": true, onclick: () => copy(centreText(centre, networkHours)) }, W.copyCentre)),
    ),
  );
  return h("section", { class: "places" }, title && h("h3", {}, title), h("ul", {}, rows));
}

/** Others, folded: a line each. */
function foundElse(title, passages, turn, setting) {
  const rows = passages.map((passage) =>
    h(
      "li",
      {},
      h("button", { type: "button", class: "row", "data-at": passage.id, onclick: () => setting.do.choose(turn, passage) }, h("b", {}, passage.title), h("span", {}, passage.service_title)),
    ),
  );
  return h("details", { class: "others" }, h("summary", {}, `${title}: ${passages.length}`), h("ul", {}, rows));
}

/** What can be picked by its number. @param {string} title @param {string} hint @param {() => void} pick */
function pickable(number, title, hint, text, pick, isDraft) {
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "pick", "data-at": `pick-${number}`, onclick: pick },
      h("kbd", { class: isDraft ? "idle" : "" }, number),
      h("span", { class: "pick-text" }, h("b", {}, title), hint && h("span", { class: "chip" }, hint), text && h("span", { class: "quiet" }, text)),
    ),
  );
}

function perhaps(turn, setting) {
  const rows = turn.answer.passages.map((passage, at) =>
    pickable(at + 1, passage.title, passage.service_title, keySentence(passage), () => setting.do.choose(turn, passage), turn.isDraft),
  );
  return h("article", { class: "card unsure" }, h("h3", {}, W.perhaps), !turn.isDraft && h("p", {}, W.perhapsText), h("ol", { class: "picks" }, rows), next(turn.answer.actions), failedTools(turn, setting));
}

/** Why there is no answer, and what to do. */
function advice(turn, setting) {
  const { answer } = turn;
  const said = config.reasons[answer.reason] ?? config.reasons.low_confidence;
  const nearest = UNRELATED.has(answer.reason) || answer.choices.length ? [] : answer.passages;
  const choices = answer.choices.map(({ title }, at) => pickable(at + 1, title, "", "", () => setting.do.pickChoice(at), turn.isDraft));
  const picks = nearest.map((passage, at) => pickable(at + 1, passage.title, passage.service_title, "", () => setting.do.choose(turn, passage), turn.isDraft));
  return h(
    "article",
    { class: `card ${answer.choices.length ? "unsure" : "advice"}` },
    h("h3", {}, said.title),
    !FOR_CITIZENS.has(answer.reason) && answer.reply && aloud(`«${answer.reply}»`),
    !(turn.isDraft && choices.length) && h("p", {}, said.text),
    choices.length > 0 && h("ol", { class: "picks", "aria-label": W.choices }, choices),
    next(answer.actions),
    picks.length > 0 && [h("h4", {}, W.nearest), h("ol", { class: "picks" }, picks)],
    failedTools(turn, setting),
  );
}

function failedTools(turn, setting) {
  if (!config.takesFeedback) return null;
  const act = button(W.missing, setting.keys.first("missing"), () => setting.do.missing(), {
    "data-at": "missing",
    "aria-pressed": turn.vote === "missing" ? "true" : null,
  });
  return h("div", { class: "card-tools" }, act);
}

/** What the digits pick, where they do not show facts. @param {import("./call.js").Turn | null} turn @param {Setting} setting */
export function picksOf(turn, setting) {
  if (!turn || turn.cards.length) return [];
  const { choices, passages, certainty, reason } = turn.answer;
  if (certainty === "none" && choices.length) return choices.map((_, at) => () => setting.do.pickChoice(at));
  return UNRELATED.has(reason) ? [] : passages.map((passage) => () => setting.do.choose(turn, passage));
}

/** What the live region says of a turn, once. @param {import("./call.js").Turn} turn */
export function spoken(turn) {
  if (turn.cards.length) return turn.cards.map(script).join(" ");
  const { answer } = turn;
  if (answer.certainty === "unsure") return `${W.perhaps}: ${answer.passages.map(({ title }) => title).join("; ")}`;
  const said = config.reasons[answer.reason] ?? config.reasons.low_confidence;
  return [said.title, said.text].join(". ");
}
