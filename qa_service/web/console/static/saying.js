/** An answer as it is said aloud, and as it goes into a chat or an SMS. Pure: texts of passages, cut but never made up. */

import { W, config, dateWords, fill } from "./config.js";

const MOST_LINK_CHARS = 70; // an SMS in Cyrillic has 70 characters a part
const ABBREVIATIONS = new Set(["м", "с", "смт", "вул", "просп", "ім", "ст", "п", "ч"]);
const CONDITION = /^\s*(?:якщо|при|коли|у разі|в разі|але|проте|однак|крім|виняток)(?!\p{L})/iu;
const MOST_SAID = 320;
const TAILS = { fee: W.exactFee, term: W.exactTerm };

/** [start, end) of sentences: a full stop inside «грн. за» or «вул. Хрещатик» ends none. @param {string} text */
function sentences(text) {
  const spans = [];
  let start = 0;
  for (const found of text.matchAll(/([\p{L}\p{N}]*)[.!?…]+[»")]*(?=\s+[«"(]?\p{Lu})/gu)) {
    if (ABBREVIATIONS.has(found[1])) continue;
    const end = found.index + found[0].length;
    spans.push([start, end]);
    start = end;
  }
  spans.push([start, text.length]);
  return spans;
}

/**
 * Where what is said ends: after the first sentence, which its writer made to stand alone, or after a condition that
 * stands later: without «Якщо вкрали, …» it would be wrong for whoever was robbed. A list is read by itself.
 * @param {object} passage
 */
function saidUntil({ text, item_spans: spans = [] }) {
  const [[, first], ...others] = sentences(text);
  const list = spans.length ? Array.from(text).slice(0, spans[0][0]).join("").length : text.length;
  let end = first;
  for (const [from, to] of others) {
    const until = Math.min(to, list);
    if (from < list && until <= MOST_SAID && CONDITION.test(text.slice(from, to))) end = until;
  }
  return end;
}

/** What stands for a passage where it is said. @param {object} passage */
export function keySentence(passage) {
  return passage.text.slice(0, saidUntil(passage)).trim();
}

/** A passage without what is said of it, offsets and all; null where that is all of it. @param {object} passage */
export function restOf(passage) {
  const { text, highlights = [], item_spans: spans = [] } = passage;
  const end = saidUntil(passage);
  const rest = text.slice(end);
  if (!rest.trim()) return null;
  const start = Array.from(text.slice(0, end)).length + Array.from(rest).length - Array.from(rest.trimStart()).length;
  const moved = (all) => all.map(([from, to]) => [from - start, to - start]).filter(([, to]) => to > 0);
  if (spans.some(([from]) => from < start)) return passage; // a list reaches out of the first sentence
  return { ...passage, text: rest.trimStart(), highlights: moved(highlights), item_spans: moved(spans) };
}

/** Whether an operator must not promise what a passage says. @param {object} passage */
export function isOpen({ conflict, doubt, stale, status, figure, topic }) {
  return Boolean(conflict || stale || status === "needs-review" || figure?.about || (doubt && (figure || TAILS[topic])));
}

/** `≈ 572 грн` -> близько 572 грн. @param {{text: string}} figure */
export function spokenFigure({ text }) {
  return text.replace(/^[≈~]\s*/, `${W.approximately} `);
}

/** What comes before a list that begins a passage: the list itself is read out item by item. @param {object} passage */
export function lead({ text, item_spans: spans = [], figure }) {
  if (!spans.length || figure) return null;
  const before = Array.from(text).slice(0, spans[0][0]).join("").trim();
  return before && sentences(before).length === 1 ? before : null;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const monthOf = ({ as_of: asOf, figure }) => figure?.as_of ?? asOf;

/** What an operator says: figure, month, what stays open. @param {object} passage */
export function script(passage) {
  const { figure, topic } = passage;
  const month = monthOf(passage);
  const tail = isOpen(passage) ? `; ${TAILS[topic] ?? W.exact}` : "";
  if (figure) {
    const said = fill(month ? W.sayFigure : W.sayFigureOnly, { figure: spokenFigure(figure), month: month && dateWords(month) });
    return `${capital(said)}${tail}.`;
  }
  const sentence = keySentence(passage);
  if (!tail) return sentence;
  const open = sentence.replace(/[.…]+$/, "") + tail + ".";
  return month ? fill(W.sayMonth, { month: dateWords(month), sentence: open.charAt(0).toLowerCase() === open.charAt(0) ? open : lowered(open) }) : open;
}

/** The first letter small, but in abbreviations such as МВС. @param {string} text */
function lowered(text) {
  return /^\p{Lu}(?=\p{Ll}|\s)/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Pages of the ministry and of Дія before copies of theirs elsewhere. @param {{url: string}} source */
const distance = ({ url }) => (/^https:\/\/([\w-]+\.)*(hsc|mvs|diia)\.gov\.ua(\/|$)/.test(url) ? 0 : 1);

/** The best official address: of the fact or its service, else our own page. @param {object} passage @param {object} [service] */
export function officialLink(passage, service) {
  const official = passage.sources.filter(({ kind, url }) => kind === "official" && url);
  const [best] = [...official, ...(service?.page?.url ? [service.page] : [])].sort((a, b) => distance(a) - distance(b));
  if (best) return { title: best.title, url: best.url };
  return passage.url ? { title: passage.service_title, url: new URL(passage.url, location.origin).href } : { title: "", url: config.contact.site };
}

/** For a chat: the whole text with month and link. @param {object[]} passages @param {object} [service] */
export function forChat(passages, service) {
  return passages
    .map((passage) => {
      const month = monthOf(passage);
      const open = isOpen(passage) && `${capital(TAILS[passage.topic] ?? W.exact)}.`;
      const source = fill(W.copySource, officialLink(passage, service));
      return [passage.title, passage.text, [month && fill(W.copyAsOf, { month: dateWords(month) }), open].filter(Boolean).join(" "), source]
        .filter(Boolean)
        .join("\n");
    })
    .join("\n\n");
}

/** How many messages a text in Cyrillic makes: of 70 characters, of 67 where there are several. @param {string} text */
export function smsParts(text) {
  return text.length <= 70 ? 1 : Math.ceil(text.length / 67);
}

/** For an SMS: what is said, and one link that is short. @param {object[]} passages @param {object} [service] */
export function forSms(passages, service) {
  const [first] = passages;
  const official = officialLink(first, service).url;
  const own = first.url && new URL(first.url, location.origin).href;
  return `${passages.map(brief).join(" ")} ${own && official.length > MOST_LINK_CHARS ? own : official}`;
}

/** @param {object} passage */
function brief(passage) {
  const month = monthOf(passage);
  const said = script(passage);
  const named = passage.figure ? `${passage.title}: ${lowered(said)}` : said;
  const isDated = !month || said.includes(dateWords(month));
  return [named, !isDated && fill(W.copyAsOf, { month: dateWords(month) })].filter(Boolean).join(" ");
}
