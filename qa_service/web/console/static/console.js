/**
 * The operators' console: what is typed is answered while it is typed, Enter puts it into the call, keys do the rest. The
 * page comes with all words and keys in `#config`; without this script its form answers single questions.
 */

import * as api from "./api.js";
import { Calls, Turn } from "./call.js";
import { picksOf, shownAnswer, spoken } from "./cards.js";
import { Catalogue } from "./catalogue.js";
import { Changes } from "./changes.js";
import { W, config, fill, momentWords } from "./config.js";
import { button, byId, h, refill } from "./dom.js";
import { passagesOf, shownFacts, spokenFact } from "./facts.js";
import { applySettings, settings, showHelp } from "./help.js";
import { Keys, isLetter, isTyped, namesOf } from "./keys.js";
import { forChat, forSms, smsParts } from "./saying.js";
import { Silence } from "./silence.js";
import { listen, ofAddress } from "./telephony.js";
import { Recent, shownRecent, shownTurns } from "./turns.js";
import { askMissing, findCentres } from "./windows.js";

const DEBOUNCE_MS = 10; // whoever types waits 60 ms and more between keys; only pasting comes in bursts
const FEWEST_LETTERS = 3;
const BURST_MS = 600; // between the first two letters of a word, not between two commands
const NOTICE_MS = 4_000;
const COMPLAINTS = { bad: "other_question", outdated: "outdated", missing: "missing" };
const SENT = { good: W.sentGood, bad: W.sentBad, outdated: W.sentOutdated, missing: W.sentMissing };

const box = byId("q");
const keys = new Keys();
const catalogue = new Catalogue();
const changes = new Changes();
const recent = new Recent();
const { call: calledId, question: calledAbout } = ofAddress();
const calls = new Calls(calledId);

let draft = null; // the turn that would come of what is typed
let isWaiting = false; // a question is being put into the call
let committing = Promise.resolve(null);
let asking = new AbortController();
let typing = 0;
let shownService = null;
let isOffline = false;
let offlineServices = null;
let recalled = null; // a question of before, back in the box
let held = null; // a fact's letter that may have begun a word

const isEmpty = () => box.value.trim() === "";
const isRecalled = () => recalled !== null && box.value === recalled;
const shownTurn = () => draft ?? calls.current.shown;

// What is shown

function show() {
  showAnswer();
  refill(byId("turns"), shownTurns(calls.current, goTo), box);
  refill(byId("recent"), shownRecent(recent.all, calls.current, again, forgetRecent), box);
  refill(byId("about"), aboutChip(), box);
  showTools();
}

/** What a draft changes. */
function showAnswer() {
  const turn = shownTurn();
  byId("draft").textContent = draft ? `${W.draft} · ${W.draftHint}` : "";
  refill(byId("shown"), offlineServices ? offlineFound() : turn ? shownAnswer(turn, setting) : [start()], byId("answer"));
  byId("shown").setAttribute("aria-busy", String(isWaiting));
  showFacts();
}

const LEGEND = ["ask", "copy", "good", "bad", "outdated", "missing", "newCall", "help"];

/** Before the first question: what the hands need to know. */
function start() {
  const rows = LEGEND.map((id) => [h("dt", {}, h("kbd", {}, keys.first(id))), h("dd", {}, keys.label(id))]);
  return h(
    "div",
    { class: "start" },
    h("h3", {}, W.start),
    h("p", {}, W.startText),
    h("dl", {}, h("dt", {}, h("kbd", {}, "1"), " – ", h("kbd", {}, "9")), h("dd", {}, W.factsOrPick), rows),
  );
}

function showTools() {
  const unread = changes.unread.length;
  refill(byId("tools"), [
    button(W.newCall, keys.first("newCall"), () => setting.do.newCall(), { "data-at": "new-call" }),
    button(unread ? fill(W.changesUnread, { count: unread }) : W.changes, keys.first("changes"), () => setting.do.changes(), {
      "data-at": "changes",
      class: unread ? "unread" : null,
    }),
    button(W.centres, keys.first("centres"), () => setting.do.centres(), { "data-at": "centres" }),
    button(W.help, keys.first("help"), () => setting.do.help(), { "data-at": "help" }),
  ]);
}

function aboutChip() {
  const { context } = calls.current;
  if (!context) return [];
  const title = titleOf(context.service);
  const label = context.service ? title && `${W.about} ${title}` : W.aboutChoice;
  const drop = () => setting.do.dropContext();
  const said = { title: W.dropContext, "aria-label": `${label}. ${W.dropContext}` };
  const chip = () =>
    h("button", { type: "button", class: "chip drop", "data-at": "about", ...said, onclick: drop }, h("span", {}, label), h("span", { "aria-hidden": "true" }, "✕"));
  return label ? [chip()] : [];
}

/** @param {string | null} slug */
function titleOf(slug) {
  const named = calls.current.turns.flatMap(({ answer }) => answer.passages).find(({ service }) => service === slug);
  return named?.service_title ?? catalogue.services.get(slug)?.title ?? slug;
}

async function showFacts() {
  const turn = shownTurn();
  const slug = turn?.service ?? null;
  if (!slug) {
    shownService = null;
    return refill(byId("facts"), [h("p", { class: "quiet" }, W.noFacts)], box);
  }
  if (shownService?.slug !== slug) {
    try {
      const found = await catalogue.service(slug, turn.answer.index_version);
      if (shownTurn()?.service !== slug) return undefined; // another is shown meanwhile
      shownService = found;
    } catch {
      return undefined;
    }
  }
  const hasKeys = picksOf(shownTurn(), setting).length === 0;
  return refill(byId("facts"), shownFacts(shownService, shownTurn().fact, setting, hasKeys), box);
}

function say(text) {
  byId("said").textContent = "";
  requestAnimationFrame(() => (byId("said").textContent = text)); // the same words again are read again
}

/** A line above the columns. @param {string} id one of a kind at a time @param {string | null} text @param {Node[]} [more] */
function notice(id, text, more = [], isBrief = false) {
  const place = byId(["offline", "failure"].includes(id) ? "notices" : "toasts"); // what passes moves no text
  const old = place.querySelector(`[data-notice=${id}]`);
  if (!text) return old?.remove();
  if (old?.dataset.text === text) return undefined;
  const shown = h("div", { class: `notice ${id}`, "data-notice": id, "data-text": text, role: id === "failure" ? "alert" : null }, h("span", {}, text), more);
  if (old) old.replaceWith(shown);
  else place.append(shown);
  if (isBrief) setTimeout(() => shown.remove(), NOTICE_MS);
  return undefined;
}

// Asking

/** What is asked so far, from three letters on; the latest wins. */
function typed() {
  clearTimeout(typing);
  asking.abort();
  const question = box.value.trim();
  offlineServices = null;
  if (question.length < FEWEST_LETTERS) {
    if (draft) {
      draft = null;
      showAnswer();
    }
    return;
  }
  typing = setTimeout(() => preview(question), DEBOUNCE_MS);
}

async function preview(question) {
  asking = new AbortController();
  const answer = await answered({ question, draft: true }, asking.signal);
  if (!answer || box.value.trim() !== question) return;
  draft = new Turn(answer, true);
  showAnswer();
}

/** The answer; null where there is none or it was called off. @param {object} asked @param {AbortSignal} [signal] */
async function answered(asked, signal) {
  const { id, context } = calls.current;
  try {
    const answer = await api.ask({ context, conversation: id, ...asked }, signal);
    online(answer.index_version);
    return signal?.aborted ? null : answer;
  } catch (failure) {
    if (!signal?.aborted) failed(failure, asked);
    return null;
  }
}

/**
 * Puts a question into the call: what is typed, else what is given. The box is free at once; questions are answered in turn.
 * @param {object} [asked] question, and how it is asked @param {string} [label] the words of the caller, where those are others
 * @returns {Promise<Turn | null>}
 */
function commit(asked, label) {
  clearTimeout(typing);
  asking.abort();
  const question = asked?.question ?? box.value.trim();
  if (!question) return Promise.resolve(null);
  if (!asked) box.value = "";
  const before = committing;
  const call = calls.current;
  committing = (async () => {
    await before;
    return call === calls.current ? put({ question, draft: false, ...asked }, label ?? question) : null;
  })();
  return committing;
}

async function put(asked, label) {
  const { question } = asked;
  const call = calls.current;
  isWaiting = true;
  byId("shown").setAttribute("aria-busy", "true");
  if (!shownTurn()) refill(byId("shown"), [h("p", { class: "quiet" }, W.waiting)]);
  const answer = await answered(asked);
  isWaiting = false;
  if (!answer) {
    if (isEmpty() && label === question) box.value = question;
    if (!shownTurn() && !offlineServices) show();
  }
  if (!answer || call !== calls.current) return null;
  calls.settle();
  const turn = new Turn(answer, false);
  turn.label = label;
  if (draft?.answer.question === question) Object.assign(turn, { card: draft.card, fact: draft.fact });
  call.add(turn);
  draft = null;
  offlineServices = null;
  show();
  if (!isEmpty()) typed(); // they typed on, now in the context of this
  byId("answer").scrollTo(0, 0);
  say(spoken(turn));
  remember(turn, question);
  return turn;
}

/** Among the questions of the shift, and without personal data on the screen: others may see this desk. */
async function remember(turn, question) {
  const masked = await recent.add(question);
  if (masked !== question) turn.label = masked;
  refill(byId("turns"), shownTurns(calls.current, goTo), box);
  refill(byId("recent"), shownRecent(recent.all, calls.current, again, forgetRecent), box);
}

/** The turn that is acted on: a draft becomes a turn of the call first. */
async function acted() {
  if (draft && !isEmpty()) return commit();
  await committing;
  if (!calls.current.shown) notice("done", W.noAnswerYet, [], true);
  return calls.current.shown;
}

function online(version) {
  offlineServices = null;
  notice("failure", null);
  if (isOffline) notice("done", W.backOnline, [], true);
  notice("offline", null);
  isOffline = false;
  keepTexts(version);
}

let known = config.indexVersion;

/** The texts of the version that answers, and what it changed. @param {string} version */
function keepTexts(version) {
  if (version !== known) {
    known = version;
    shownService = null;
    changes.refresh();
  }
  catalogue.refresh(version).catch(() => {});
}

function failed(failure, { question, draft: isDraft }) {
  isWaiting = false;
  byId("shown").setAttribute("aria-busy", "false");
  if (failure.kind === "offline") return offline(question);
  if (isDraft && failure.kind === "failed") return undefined; // the next letter asks again
  const said = { limited: fill(W.limited, { count: failure.seconds ?? 60 }), signedOut: W.signedOut };
  return notice("failure", said[failure.kind] ?? W.failed);
}

/** Without a network: procedures by their names, from what is kept. @param {string} question */
function offline(question) {
  isOffline = true;
  const when = catalogue.savedAt && momentWords(catalogue.savedAt);
  notice("offline", when ? fill(W.offline, { when }) : W.offlineEmpty);
  offlineServices = catalogue.search(question);
  draft = null;
  show();
}

function offlineFound() {
  if (!offlineServices.length) return [h("p", { class: "card" }, W.offlineNothing)];
  const rows = offlineServices.map((service, at) =>
    h("li", {}, h("button", { type: "button", class: "pick", "data-at": `pick-${at + 1}`, onclick: () => openKept(service) }, h("kbd", {}, at + 1), h("span", { class: "pick-text" }, h("b", {}, service.title)))),
  );
  return [h("article", { class: "card unsure" }, h("h3", {}, W.offlineFound), h("ol", { class: "picks" }, rows))];
}

/** A procedure without having asked: its first fact as the answer, the others beside it. @param {object} service */
function openKept(service) {
  offlineServices = null;
  box.value = "";
  box.focus();
  calls.current.shown = new Turn(catalogue.answer(service), false);
  show();
  say(spoken(calls.current.shown));
}

// Doing

/** @param {Turn} turn */
function goTo(turn) {
  calls.current.goTo(turn);
  draft = null;
  show();
}

/** @param {string} question */
function again(question) {
  box.value = question;
  box.focus();
  typed();
}

function forgetRecent() {
  recent.forget();
  show();
}

/** What is looked at: the fact that was opened last, else every card. @param {Turn} turn */
function lookedAt(turn) {
  const fact = turn.service === shownService?.slug && config.facts.find(({ id }) => id === turn.fact);
  const opened = fact ? passagesOf(shownService, fact).slice(0, 1) : [];
  return opened.length ? opened : turn.cards;
}

async function copy(make, tellOf) {
  const turn = await acted();
  if (!turn) return;
  const passages = lookedAt(turn);
  if (!passages.length) return void notice("done", W.nothingToCopy, [], true);
  const service = await catalogue.service(turn.service, turn.answer.index_version).catch(() => undefined);
  const text = make(passages, service);
  if (await copyText(text, tellOf(text, passages))) tell(turn, "copied");
}

async function copyText(text, said) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    notice("done", W.notCopied, [], true);
    return false;
  }
  notice("done", said ?? fill(W.copiedCentre, { title: text }), [], true);
  return true;
}

function tell({ answer, isDraft }, event) {
  if (config.takesEvents && answer.answer_id && !isDraft) api.tell(answer.answer_id, event).catch(() => {});
}

/** @param {"good" | "bad" | "outdated" | "missing"} vote @param {string} [comment] */
async function vote(name, comment) {
  if (!config.takesFeedback) return void notice("done", W.noFeedback, [], true);
  const turn = await acted();
  if (turn) await send(turn, name, comment);
}

async function send(turn, name, comment) {
  const passage = name === "missing" ? null : turn.fact ? lookedAt(turn)[0] : turn.passage;
  const told = { answer_id: turn.answer.answer_id, helpful: name === "good", passage_id: passage?.id ?? null };
  try {
    if (!turn.answer.answer_id) throw new api.Failure("offline");
    await api.feedback({ ...told, complaint: COMPLAINTS[name] ?? null, comment: comment || null });
  } catch (failure) {
    return void notice("done", fill(W.notSent, { why: failure.kind === "missing" ? W.noMatch : W.failed }), [], true);
  }
  turn.vote = name;
  show();
  notice("done", SENT[name], [], true);
}

function beginCall(text, id) {
  clearTimeout(typing);
  asking.abort();
  notice("done", null);
  byId("said").textContent = "";
  calls.begin(id);
  draft = null;
  offlineServices = null;
  box.value = "";
  box.focus();
  show();
  const undo = button(W.undo, keys.first("undo"), () => setting.do.undo());
  notice("ended", text, calls.canUndo ? [undo] : [], !calls.canUndo);
}

const setting = {
  keys,
  changes,
  do: {
    ask: () => void commit(),
    box: () => box.focus(),
    help: () => showHelp(keys, show),
    centres: () => findCentres((text) => copyText(text)),
    changes: () => changes.show(),
    newCall: () => beginCall(W.callEnded),
    undo() {
      if (!calls.canUndo) return;
      calls.undo();
      draft = null;
      notice("ended", null);
      notice("done", W.undone, [], true);
      show();
      box.focus();
    },
    clear() {
      if (isEmpty()) return byId("answer").focus();
      box.value = "";
      return typed();
    },
    last() {
      const here = calls.current.turns.map(({ answer }) => answer.question).reverse();
      const all = [...new Set([...here, ...recent.all])];
      const question = all[all.indexOf(recalled) + 1];
      if (!question) return;
      again(question);
      recalled = question;
    },
    earlier: () => step(-1),
    later: () => step(1),
    nextCard() {
      const turn = shownTurn();
      if (turn?.cards.length > 1) setting.do.act((turn.card + 1) % turn.cards.length);
    },
    act(at) {
      const turn = shownTurn();
      if (!turn || turn.card === at || at >= turn.cards.length) return;
      turn.card = at;
      show();
      document.querySelector(".card.acted")?.scrollIntoView({ block: "nearest" });
    },
    dropContext() {
      if (!calls.current.context) return;
      calls.current.context = null;
      notice("done", W.contextDropped, [], true);
      show();
      if (!isEmpty()) typed();
    },
    copy: () => void copy(forChat, (_, passages) => fill(W.copied, { title: passages.map(({ title }) => title).join("; ") })),
    copyShort: () => void copy(forSms, (text) => fill(W.copiedShort, { count: text.length, parts: smsParts(text) })),
    copyText: (text) => void copyText(text),
    good: () => void vote("good"),
    bad: () => void vote("bad"),
    outdated: () => void vote("outdated"),
    async missing() {
      if (!config.takesFeedback) return void notice("done", W.noFeedback, [], true);
      const turn = await acted();
      if (turn) askMissing(turn.answer.question, (comment) => send(turn, "missing", comment));
    },
    askAsTyped: (question) => void commit({ question, as_typed: true }),
    /** One of the procedures that an answer offered: of a draft, which becomes a turn first. */
    async pickChoice(at) {
      const turn = await acted();
      const choice = turn?.answer.choices[at];
      if (choice) await commit({ question: choice.title, context: turn.answer.context }, turn.label);
    },
    /** A suggestion is the answer after all. */
    async choose(of, passage) {
      const turn = of.isDraft ? await acted() : of;
      if (!turn) return;
      turn.chosen = turn.answer.passages.find(({ id }) => id === passage.id) ?? null;
      turn.card = 0;
      turn.fact = null;
      calls.current.context = { service: passage.service, topic: passage.topic, recent: [], choices: [], v: 1 };
      tell(turn, "opened");
      show();
      say(spoken(turn));
    },
    /** Also before the texts are there: they show as soon as they are. */
    async fact(id) {
      const turn = shownTurn();
      if (!turn?.service) return;
      turn.fact = turn.fact === id ? null : id;
      if (turn.fact && !turn.isOpened) {
        turn.isOpened = true;
        tell(turn, "opened");
      }
      await showFacts();
      if (turn.fact === id && shownService?.slug === turn.service) say(spokenFact(shownService, id));
    },
  },
};

function step(by) {
  const { turns, shown } = calls.current;
  const at = turns.indexOf(shown) + by;
  if (turns[at]) goTo(turns[at]);
}

// Keys

/** @param {string} id of a command @param {string} [letter] that gave it */
function run(id, letter) {
  if (!id.startsWith("fact:")) return setting.do[id]();
  const fact = id.slice(5);
  if (letter) held = { letter, at: performance.now() };
  return setting.do.fact(fact);
}

function pressed(event) {
  const { target } = event;
  if (target.closest("dialog") || document.querySelector("dialog[open]")) return;
  const inBox = target === box;
  const inField = !inBox && target.matches("input, textarea, select");
  if (inField) return;
  const names = namesOf(event);
  const onControl = target.closest("button, a, summary") && ["Enter", " "].includes(event.key);
  if (!names.length || onControl || wordBegun(event, inBox)) return;
  if (picked(names[0], inBox)) return event.preventDefault();
  if (!isRecalled()) recalled = null;
  const found = keys.find(names, { inBox, isEmpty: isEmpty() || isRecalled() });
  const id = isRecalled() && inBox && found !== "last" ? keys.find(names, { inBox, isEmpty: false }) : found;
  if (id && !(event.repeat && ["dropContext", "newCall", "undo"].includes(id))) {
    event.preventDefault();
    return run(id, isLetter(names[0]) && isTyped(event) ? event.key : undefined);
  }
  if (!id && !inBox && isTyped(event) && event.key !== " ") box.focus(); // the letter goes into the box
  return undefined;
}

/** A letter soon after one that was a fact's: both began a word. */
function wordBegun(event, inBox) {
  const before = held;
  held = null;
  if (!before || inBox || performance.now() - before.at > BURST_MS || !isTyped(event) || !/\p{L}/u.test(event.key)) return false;
  box.focus();
  box.value += before.letter; // this one follows by itself
  return true;
}

/** @param {string} digit */
function picked(digit, inBox) {
  if (!/^[1-9]$/.test(digit)) return false;
  if (offlineServices) return pick(offlineServices.map((one) => () => openKept(one)), digit); // a name is typed, no number
  if (inBox && !isEmpty()) return false;
  return pick(picksOf(shownTurn(), setting), digit);
}

function pick(all, digit) {
  const one = all[digit - 1];
  one?.();
  return Boolean(one);
}

// The page

function begin() {
  applySettings();
  byId("q").form.addEventListener("submit", (event) => {
    event.preventDefault();
    commit();
  });
  box.addEventListener("input", typed);
  const hint = () => (box.placeholder = document.activeElement === box ? W.questionHint : W.outsideHint);
  box.addEventListener("focus", hint);
  box.addEventListener("blur", hint);
  addEventListener("keydown", pressed);
  addEventListener("offline", () => notice("offline", catalogue.savedAt ? fill(W.offline, { when: momentWords(catalogue.savedAt) }) : W.offlineEmpty));
  addEventListener("online", () => {
    online(known);
    typed();
  });
  document.querySelector("form[action='/sign-out']")?.addEventListener("submit", () => recent.forget());
  changes.onchange = show;
  calls.onsettled = () => notice("ended", null);
  listen((id, question) => {
    beginCall(W.called, id);
    if (question) again(question);
  });
  new Silence({
    seconds: () => settings.silence,
    isCall: () => calls.current.turns.length > 0 || !isEmpty(),
    warn: (left) => notice("silence", left && fill(W.silence, { count: left }), [button(W.keepCall, undefined, () => box.focus())]),
    end: () => beginCall(W.callEndedSilence),
  });
  if (!document.querySelector("#shown .card")) show();
  else showTools();
  catalogue.load().then(() => keepTexts(known));
  changes.refresh();
  box.focus();
  if (calledAbout) again(calledAbout);
}

begin();
