/** What stands under the box: an answer, advice where there is none, a failure. Each is one article with a heading to focus. */
import { blocks, firstSentence, h, phoneUrl, said, webUrl } from "./dom.js";
import { feedbackForm } from "./feedback.js";
import { confidenceWords, CONTACT, dateWords } from "./words.js";

/**
 * @typedef {object} Setting
 * @property {import("./words.js").Words} words
 * @property {"uk" | "en"} language
 * @property {string} api what the service's own paths stand under
 * @property {(question: string, how?: {service?: string}) => void} ask
 * @property {(question: string) => void} askExactly
 * @property {(helpful: boolean, comment?: string, complaint?: string) => Promise<void>} [sendFeedback]
 */

const GLANCE = ["fee", "term", "documents"];

/** @param {object} answer of /v1/ask, sure @param {Setting} setting */
export function answerCard(answer, setting) {
  const { words } = setting;
  const [passage] = answer.passages;
  const service = serviceUrl(passage, setting);
  const whole = pageUrl(passage.url, setting);
  return article(
    "answer",
    eyebrow(passage, setting),
    heading(said(passage.title)),
    ...notes(answer, setting),
    ...body(passage, setting, passage.highlights),
    meta(passage, setting, confidenceWords(passage.confidence, words)),
    asksBack(answer, setting),
    actions(answer.actions, words),
    sources(passage.sources, words),
    glance(answer, service, words),
    whole && h("p", {}, h("a", { class: "primary", href: whole }, isCentre(passage) ? words.centres : words.whole)),
    setting.sendFeedback && feedbackForm(words.feedback, setting.sendFeedback),
    related(answer.related, setting),
  );
}

/** Titles to open where nothing is sure. @param {object} answer of /v1/ask, unsure @param {Setting} setting */
export function perhapsCard(answer, setting) {
  const { words } = setting;
  const [title, text] = words.perhaps;
  return article(
    "perhaps",
    heading(title),
    ...notes(answer, setting),
    h("p", { class: "text" }, text),
    asksBack(answer, setting),
    ...answer.passages.map((passage) => guess(passage, setting)),
    contact(answer.handoff ?? CONTACT, words),
    feedbackForm(words.feedback, setting.sendFeedback),
  );
}

/** An answer for each thing that was asked, in order. @param {object} answer of /v1/ask @param {Setting} setting */
export function partsCard(answer, setting) {
  const { words } = setting;
  const together = new Map(); // by passage, or one without an answer
  for (const part of answer.parts) {
    const passage = answer.passages.find(({ id }) => id === part.passage_id);
    const key = passage?.id ?? part;
    together.set(key, { passage, parts: [...(together.get(key)?.parts ?? []), part] });
  }
  const parts = [...together.values()].flatMap(({ passage, parts }) => {
    const quoted = parts.flatMap((part, number) => [number ? ", «" : "«", said(part.asked), "»"]);
    const asked = h("p", { class: "quiet" }, ...quoted);
    if (!passage) return [asked, h("p", {}, (words.reasons[parts[0].reason] ?? words.reasons.low_confidence)[0])];
    const isSure = parts.some(({ certainty }) => certainty === "sure");
    const title = h("h3", {}, !isSure && `${words.perhaps[0]}: `, said(passage.title));
    const marks = isSure ? passage.highlights : [];
    return [h("section", {}, asked, eyebrow(passage, setting), title, ...body(passage, setting, marks), meta(passage, setting), sources(passage.sources, words))];
  });
  return article(
    "parts",
    heading(words.parts),
    ...notes(answer, setting),
    ...parts,
    asksBack(answer, setting),
    actions(answer.actions, words),
    feedbackForm(words.feedback, setting.sendFeedback),
  );
}

function eyebrow(passage, setting) {
  const { words } = setting;
  const service = serviceUrl(passage, setting);
  const title = said(passage.service_title);
  const topic = h("span", { class: "topic" }, words.topics[passage.topic]);
  return h("p", { class: "eyebrow" }, topic, service ? h("a", { href: service }, title) : title);
}

function guess(passage, setting) {
  const { words } = setting;
  const whole = pageUrl(passage.url, setting);
  return h(
    "details",
    { class: "guess" },
    h("summary", {}, said(passage.title), h("small", {}, said(passage.service_title))),
    ...body(passage, setting),
    meta(passage, setting),
    sources(passage.sources, words),
    whole && h("p", {}, h("a", { href: whole }, words.whole)),
  );
}

function body(passage, setting, marks = []) {
  return [
    passage.figure && h("p", { class: "figure" }, said(passage.figure.text)),
    ...blocks(passage, marks),
    caveat(passage, setting),
  ].filter(Boolean);
}

/** What to bear in mind, in a line; the rest folded. */
function caveat({ status, topic, as_of: asOf, conflict, doubt }, { words, language }) {
  const told = [conflict, doubt].filter(Boolean);
  const disagree = status === "needs-review";
  if (!told.length && !disagree) return null;
  const line = words.caveats[disagree ? topic : "doubt"] ?? words.caveats.other;
  const date = disagree && asOf && ` (${dateWords(asOf, language, words)})`;
  const note = [line, date, disagree && "."];
  const more = told.length ? h("details", {}, h("summary", {}, ...note), ...told.map((text) => h("p", {}, said(text)))) : note;
  return h("div", { class: "review", role: "note" }, ...[more].flat());
}

/** @param {object} answer of /v1/ask, not answerable @param {Setting} setting */
export function adviceCard(answer, setting) {
  const { words, ask } = setting;
  const [title, advice] = words.reasons[answer.reason] ?? words.reasons.low_confidence;
  const isReplied = REPLIED.has(answer.reason) && answer.reply;
  const choices = answer.choices.map((choice) =>
    h("li", {}, h("button", { type: "button", onclick: () => ask(answer.question, { service: choice.service }) }, said(choice.title))),
  );
  const nearest = UNRELATED.has(answer.reason) ? [] : answer.passages;
  const guesses = nearest.map((passage) => {
    const url = pageUrl(passage.url, setting);
    return h("li", {}, url ? h("a", { href: url }, said(passage.title)) : said(passage.title));
  });
  return article(
    "advice",
    heading(title),
    ...notes(answer, setting),
    h("p", { class: "text" }, isReplied ? replied(answer.reply) : advice),
    !isReplied && asksBack(answer, setting),
    actions(answer.actions ?? [], words),
    choices.length > 0 && h("ul", { class: "choices" }, ...choices),
    contact(answer.handoff ?? CONTACT, words),
    guesses.length > 0 && h("details", {}, h("summary", {}, words.guesses), h("ul", { class: "links" }, ...guesses)),
  );
}

/** @param {import("./client.js").Failure} failure @param {() => void} retry @param {Setting} setting */
export function failureCard(failure, retry, { words }) {
  const [title, text] = words.failures[failure.kind];
  return article(
    "failure",
    heading(title),
    h("p", { class: "text" }, failure.seconds ? words.wait(failure.seconds) : text),
    h("p", {}, h("button", { class: "primary", type: "button", onclick: retry }, words.retry)),
    contact(CONTACT, words),
  );
}

/** @param {import("./words.js").Words} words */
export function loadingCard(words) {
  return h("div", { class: "card loading", part: "card" }, h("p", { class: "quiet" }, words.loading), h("i"), h("i"), h("i"));
}

function article(kind, ...children) {
  return h("article", { class: `card ${kind}`, part: "card", "aria-labelledby": "title" }, ...children);
}

function heading(title) {
  return h("h2", { id: "title", tabindex: "-1" }, title);
}

/** The last reading, as far as it was corrected, then the terms added to it; both can be undone. */
function notes({ question, understood, degraded }, { words, askExactly }) {
  const read = understood.corrections.filter(({ kind }) => kind !== "synonym").slice(-1);
  const added = understood.corrections.filter(({ kind }) => kind === "synonym");
  const undo = h("button", { type: "button", class: "plain", onclick: () => askExactly(question) }, words.exactly);
  return [
    ...[...read, ...added].map(({ kind, to }) =>
      h("p", { class: "quiet" }, `${kind === "synonym" ? words.added : words.understood} `, h("strong", {}, "«", said(to), "»")),
    ),
    understood.corrections.length > 0 && h("p", { class: "quiet" }, undo),
    degraded.length > 0 && h("p", { class: "quiet" }, words.degraded),
  ];
}

/** The first sentence of the facts that most people need next: of the same procedure, found by the question or not. */
function glance({ passages: [best, ...others], siblings }, service, words) {
  const known = [...others.filter((passage) => passage.service === best.service), ...siblings];
  const facts = GLANCE.filter((wanted) => wanted !== best.topic).flatMap((wanted) => {
    const sibling = known.find((candidate) => candidate.topic === wanted && candidate.text);
    if (!sibling) return [];
    const label = words.topics[wanted];
    const url = service && `${service}#${sibling.id.slice(sibling.id.indexOf(".") + 1)}`;
    const more = url && h("a", { href: url, "aria-label": `${words.more}: ${label}` }, words.more);
    return [h("div", {}, h("dt", {}, label), h("dd", {}, said(firstSentence(sibling.text)), " ", more))];
  });
  return facts.length > 0 && h("dl", { class: "glance", "aria-label": words.glance }, ...facts);
}

function meta({ as_of: asOf, evidence, stale }, { words, language }, match = "") {
  const date = asOf && h("span", {}, `${words.asOf} `, h("time", { datetime: asOf }, dateWords(asOf, language, words)));
  const parts = [date, stale && words.stale, match, words.evidence[evidence]].filter(Boolean);
  return h("p", { class: "meta" }, ...parts.flatMap((part, number) => (number ? [" · ", part] : [part])));
}

function outerLink({ title, url }) {
  const href = webUrl(url);
  return href ? h("a", { href, rel: "noopener external" }, said(title)) : said(title);
}

/** Reasons with a reply of their own; and those whose nearest passages have nothing to do with the question. */
const REPLIED = new Set(["small_talk", "live_data"]);
const UNRELATED = new Set(["off_topic", ...REPLIED]);

/** A question for a town, with the whole directory. */
function asksBack({ reply }, setting) {
  const centres = h("a", { href: ownUrl("/centres", setting) }, setting.words.centres);
  return reply && h("p", { class: "review", role: "note" }, replied(reply), " ", centres);
}

/** The service's own words, in whichever language it replied. */
function replied(reply) {
  return /[а-яіїєґ]/i.test(reply) ? said(reply) : h("bdi", { lang: "en" }, reply);
}

/** What a person can do next. */
function actions(links, words) {
  return (
    links.length > 0 &&
    h("ul", { class: "actions", "aria-label": words.actions }, ...links.map((link) => h("li", {}, outerLink(link))))
  );
}

function sources(found, words) {
  const items = found.map((source) => {
    const kind = h("span", { class: "kind" }, words.sourceKinds[source.kind]);
    return h("li", {}, outerLink(source), ...(source.place ? [", ", said(source.place)] : []), " ", kind);
  });
  return (
    items.length > 0 &&
    h("details", {}, h("summary", {}, `${words.sources}: ${items.length}`), h("ul", { class: "links sources" }, ...items))
  );
}

function related(questions, { words, ask }) {
  const items = questions.map((question) =>
    h("li", {}, h("button", { type: "button", onclick: () => ask(question) }, said(question))),
  );
  return (
    items.length > 0 &&
    h("section", { "aria-labelledby": "related" }, h("h3", { id: "related" }, words.related), h("ul", { class: "chips" }, ...items))
  );
}

function contact({ phone, site }, words) {
  const url = webUrl(site.includes("://") ? site : `https://${site}`);
  const name = site.replace(/^https?:\/\//, "");
  return h(
    "div",
    { class: "contact" },
    h("p", {}, words.specialist),
    h("p", { class: "phone" }, h("a", { href: phoneUrl(phone) }, phone)),
    h("p", {}, `${words.orSite} `, url ? h("a", { href: url, rel: "external" }, name) : name),
  );
}

/** The address of a passage: a page of the service, whose path the API gives, or a page elsewhere. */
function pageUrl(url, setting) {
  return webUrl(/^\/(services\/|centres#)/.test(url ?? "") ? ownUrl(url, setting) : url);
}

/** A page of the service in the language of the box. */
function ownUrl(path, { api, language }) {
  return `${api}${language === "en" ? "/en" : ""}${path}`;
}

function isCentre({ url }) {
  return url?.startsWith("/centres#");
}

function serviceUrl({ url }, setting) {
  return url?.startsWith("/services/") ? webUrl(ownUrl(url.split("#")[0], setting)) : null;
}
