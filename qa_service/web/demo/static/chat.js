/** The conversation: what is typed or pressed is sent, one after the other, and the replies are shown. */

import { Failure, send } from "./api.js";
import { mine, notSent, theirs } from "./bubbles.js";
import { config, fill, h } from "./dom.js";
import { fresh, keep, kept } from "./kept.js";

const W = config.words;
/** Replies are mostly there sooner; showing that the bot is at it would only flicker. */
const WAITING_MS = 200;
const GAP_PX = 12;

const byId = (id) => document.getElementById(id);
const [log, box, composer, trouble] = ["log", "message", "composer", "trouble"].map(byId);
const typing = h("div", { class: "turn typing", "aria-hidden": "true" }, h("span"), h("span"), h("span"));

let chat = kept();
let line = Promise.resolve(); // what is sent waits for the reply before
let unanswered = 0;

const acts = {
  press: ({ label, payload }) => say({ kind: "button", text: payload }, label),
  command: (command) => say({ kind: "text", text: command }, command),
};

/** A person does something. @param {object} message @param {string} label what is seen of it */
function say(message, label) {
  const turn = { mine: label, message, isSent: false };
  chat.turns.push(turn);
  const shown = mine(label);
  add(shown);
  focusBox();
  deliver(turn, shown);
}

/** @param {object} turn @param {HTMLElement} shown */
function deliver(turn, shown) {
  keep(chat);
  const { id } = chat;
  exchange(turn.message, shown, () => (turn.isSent = true)).catch((failure) => {
    if (id !== chat.id) return;
    const words = fill(W[failure.kind], { seconds: failure.seconds ?? 1, phone: config.phone });
    shown.append(notSent(words, () => again(turn, shown)));
    scroll();
  });
}

/** What was not sent is said as if it were said now. */
function again(turn, shown) {
  shown.querySelector(".not-sent").remove();
  chat.turns = [...chat.turns.filter((one) => one !== turn), turn];
  log.append(shown);
  focusBox();
  deliver(turn, shown);
}

/**
 * @param {object} message @param {HTMLElement} [asked] what the reply is to @param {() => void} [sent]
 * @returns {Promise<void>} rejects with Failure
 */
function exchange(message, asked, sent = () => {}) {
  const { id } = chat;
  unanswered += 1;
  const shows = setTimeout(() => id === chat.id && wait(), WAITING_MS);
  const done = line.then(async () => {
    try {
      const reply = await send({ chat: id, language: config.language, ...message });
      if (id !== chat.id) return;
      if (!reply.blocks.length) throw new Failure("silent");
      sent();
      hear(reply, asked);
    } finally {
      clearTimeout(shows);
      unanswered -= 1;
      if (!unanswered) typing.remove();
    }
  });
  line = done.catch(() => {});
  return done;
}

function wait() {
  log.append(typing);
  scroll();
}

/** @param {object} reply @param {HTMLElement} [asked] */
function hear(reply, asked) {
  if (reply.forgotten) {
    chat = fresh();
    log.replaceChildren();
  }
  chat.turns.push({ reply });
  const shown = theirs(reply, acts);
  add(shown);
  scroll((asked?.isConnected ? asked : shown).offsetTop - GAP_PX); // a long reply is read from its beginning
  keep(chat);
}

/** Buttons stand below the last of all only. @param {HTMLElement} turn */
function add(turn) {
  log.querySelectorAll(".replies").forEach((buttons) => buttons.remove());
  log.append(turn);
  if (typing.isConnected) log.append(typing);
  scroll();
}

/** To the end, or no further than to `most`. @param {number} [most] */
function scroll(most = Infinity) {
  log.scrollTop = Math.min(log.scrollHeight - log.clientHeight, most);
}

/** Where a finger is used, the keyboard stays as it is; focus must not get lost with the button that was pressed. */
function focusBox() {
  const isByFinger = matchMedia("(pointer: coarse)").matches;
  if (document.activeElement !== box) (isByFinger ? log : box).focus({ preventScroll: true });
}

// The box

function grow() {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 4;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
  if (isAtEnd) scroll();
}

function submit() {
  const text = box.value.trim();
  const isLong = text.length > config.mostChars;
  trouble.textContent = isLong ? fill(W.tooLong, { most: config.mostChars }) : "";
  if (isLong || !text) return;
  box.value = "";
  grow();
  say({ kind: "text", text }, text);
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
composer.querySelector(".send").addEventListener("mousedown", (event) => event.preventDefault()); // focus stays
box.addEventListener("input", grow);
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
box.addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  say({ kind: "other" }, W.file); // the file itself stays here
});
byId("tries").addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = event.submitter;
  say({ kind: "text", text: value }, value);
});

// The beginning

function start() {
  exchange({ kind: "start" }).catch(({ kind, seconds }) => {
    const words = fill(W[kind], { seconds: seconds ?? 1, phone: config.phone });
    const told = h("div", { class: "turn theirs" }, notSent(words, () => (told.remove(), start())));
    add(told);
  });
}

byId("restart").addEventListener("click", () => {
  const left = chat.id;
  chat = fresh();
  keep(chat);
  line = send({ chat: left, kind: "delete" }).catch(() => {}); // it is forgotten by itself in half an hour
  log.replaceChildren();
  start();
  focusBox();
});

/** What was said before this page was loaded, without being read out again. */
function restore() {
  log.setAttribute("aria-live", "off");
  for (const turn of chat.turns) {
    const shown = turn.reply ? theirs(turn.reply, acts) : mine(turn.mine);
    add(shown);
    if (turn.mine && !turn.isSent) shown.append(notSent(fill(W.offline, {}), () => again(turn, shown)));
  }
  setTimeout(() => log.removeAttribute("aria-live"));
  if (chat.language === config.language) return;
  chat.language = config.language;
  exchange({ kind: "language", text: config.language }).catch(() => {});
}

if (chat.turns.length) restore();
else start();
if (!matchMedia("(pointer: coarse)").matches) box.focus({ preventScroll: true });
document.documentElement.classList.add("live");
