/**
 * Suggestions for the search forms of the service's own pages, and the talk that they go on; all work without this script.
 *
 * Expects in the page
 *   <script type="module" src="/static/page.js" data-widget="/widget/<version>"></script>
 *   <form class="ask"><div class="ask-row"><input name="q">…</div></form>
 * and the styles of suggestions.css. Everything else it makes itself, after `.ask-row`. Choosing a suggestion submits the
 * form; that of a service adds the field `service`.
 */
const folder = document.querySelector("script[data-widget]").dataset.widget;
const [{ Client }, { Combobox }, { h }, { watch }, { WORDS }] = await Promise.all(
  ["client", "combobox", "dom", "events", "words"].map((name) => import(`${folder}/${name}.js`)),
);

const client = new Client(location.origin);
const isEnglish = document.documentElement.lang === "en";
const words = WORDS[isEnglish ? "en" : "uk"];
const OWN = isEnglish
  ? {
      change: "Change",
      copy: "Copy the answer",
      copyText: "Copy",
      copied: "Copied.",
      notCopied: "Could not copy: please select the text yourself.",
      share: "Share",
      print: "Print",
      asOf: "As of",
      source: "Source:",
      recent: "You asked recently",
      forget: "Forget them",
    }
  : {
      change: "Змінити",
      copy: "Скопіювати відповідь",
      copyText: "Скопіювати",
      copied: "Скопійовано.",
      notCopied: "Не вдалося скопіювати: виділіть текст самі.",
      share: "Поділитися",
      print: "Надрукувати",
      asOf: "Станом на",
      source: "Джерело:",
      recent: "Нещодавно ви питали",
      forget: "Очистити",
    };

const answerId = document.querySelector("[data-answer]")?.dataset.answer;

/** Counted at the service, without a word of who it was. @param {string} event */
function used(event) {
  if (answerId) client.tell({ answer_id: answerId, event });
}

/** @param {HTMLFormElement} form @param {number} number tells the forms of one page apart */
function suggestIn(form, number) {
  const input = form.elements.namedItem("q");
  const list = h("ul", { class: "suggestions", id: `suggestions-${number}` });
  const status = h("p", { class: "suggestions-status", role: "status" });
  form.querySelector(".ask-row").after(list, status);
  new Combobox({
    input,
    list,
    status,
    words,
    suggest: (text, signal) => client.suggest(text, signal),
    choose: ({ kind, service }) => {
      form.querySelector("[name=service]")?.remove();
      if (kind === "service") form.append(h("input", { type: "hidden", name: "service", value: service }));
      form.requestSubmit();
    },
  });
}

/** Dropping the subject of a talk stays on the page. @param {HTMLAnchorElement} link */
function dropInPlace(link) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const form = link.closest("form");
    form.querySelectorAll("[name=about], [name=before]").forEach((field) => field.remove());
    link.closest(".subject").remove();
    form.querySelector("label").textContent = words.label;
    form.elements.namedItem("q").placeholder = "";
    form.elements.namedItem("q").focus();
  });
}

/** Puts what was asked back into the box. @param {Element} asked */
function askAgain(asked) {
  const input = document.querySelector("form.ask [name=q]");
  const button = h("button", { class: "again", type: "button" }, OWN.change);
  button.addEventListener("click", () => {
    input.value = asked.dataset.asked;
    input.focus();
  });
  asked.append(button);
}

/** A vote is thanked where it was given; where it is not kept, the form goes its own way and loses nothing. @param {HTMLFormElement} form */
function voteInPlace(form) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.failed) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    const { submitter } = event;
    const fields = new FormData(form);
    fields.append(submitter.name, submitter.value);
    const reply = await fetch(form.action, { method: "POST", body: new URLSearchParams(fields) }).catch(() => null);
    if (reply?.ok) {
      const thanks = h("p", { role: "status", tabindex: "-1" }, words.feedback.thanks);
      form.replaceChildren(thanks);
      form.removeAttribute("aria-labelledby");
      thanks.focus();
    } else {
      form.dataset.failed = "yes";
      form.requestSubmit(submitter);
    }
  });
}

/** What a person passes on: the answer with its date, its source and its address. @param {HTMLElement} answer */
function quoted(answer) {
  const all = (selector) => [...answer.querySelectorAll(`:scope > ${selector}`)];
  const numbered = (item) => (item.matches("ol > li") ? `${[...item.parentElement.children].indexOf(item) + 1}. ` : "");
  const said = all(".answer-title, .figure, .text, .items li").map((found) => numbered(found) + found.innerText.trim());
  const [date] = all(".meta time");
  const source = answer.querySelector(".sources li");
  const link = answer.querySelector(".onward a") ?? answer.querySelector(".eyebrow a") ?? location;
  return [
    ...said,
    date && `${OWN.asOf} ${date.innerText}`,
    source && `${OWN.source} ${source.firstChild.textContent.trim()}`,
    link.href,
  ].filter(Boolean).join("\n");
}

/** A button that copies, and the words that say whether it did.
 * @param {string} label @param {() => string} text @param {() => void} [copied]
 */
function copyButton(label, text, copied = () => {}) {
  const status = h("span", { role: "status" });
  const copy = h("button", { class: "again", type: "button" }, label);
  copy.addEventListener("click", async () => {
    const isCopied = await navigator.clipboard.writeText(text()).then(() => true, () => false);
    status.textContent = isCopied ? OWN.copied : OWN.notCopied;
    if (isCopied) copied();
  });
  return { copy, status };
}

/** A button under a text that copies it as it stands. @param {HTMLElement} text */
function copyText(text) {
  const { copy, status } = copyButton(OWN.copyText, () => text.textContent);
  text.closest("pre").after(h("p", { class: "pass-on" }, copy, status));
}

/** @param {HTMLElement} answer */
function passOn(answer) {
  const { copy, status } = copyButton(OWN.copy, () => quoted(answer), () => used("copied"));
  const share = navigator.share && h("button", { class: "again", type: "button" }, OWN.share);
  share?.addEventListener("click", () => {
    const isShared = () => used("shared");
    navigator.share({ title: document.title, text: quoted(answer) }).then(isShared, () => {});
  });
  const print = h("button", { class: "again", type: "button" }, OWN.print);
  print.addEventListener("click", () => {
    used("printed");
    window.print();
  });
  answer.querySelector(".meta")?.after(h("p", { class: "pass-on" }, copy, share, print, status));
}

const RECENT = "recent-questions";
const MOST_RECENT = 5;

/** The last questions of this device that had an answer; none where storage is switched off. @returns {string[]} */
function recentQuestions() {
  try {
    const kept = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(kept) ? kept.filter((question) => typeof question === "string").slice(0, MOST_RECENT) : [];
  } catch {
    return [];
  }
}

/** @param {string} question without personal data, which the service tells */
function keepRecent(question) {
  try {
    const kept = [question, ...recentQuestions().filter((one) => one !== question)].slice(0, MOST_RECENT);
    localStorage.setItem(RECENT, JSON.stringify(kept));
  } catch {
    // storage is switched off or full: nothing is kept
  }
}

/** Under the search box of the start page. @param {HTMLElement} place */
function showRecent(place) {
  const kept = recentQuestions();
  if (!kept.length) return;
  const link = (question) => h("li", {}, h("a", { href: `?${new URLSearchParams({ q: question })}` }, h("bdi", {}, question)));
  const forget = h("button", { class: "again", type: "button" }, OWN.forget);
  const title = h("h2", { class: "hero-note", id: "recent" }, OWN.recent);
  const recent = h("div", {}, title, h("ul", { class: "examples", "aria-labelledby": "recent" }, ...kept.map(link)), forget);
  forget.addEventListener("click", () => {
    localStorage.removeItem(RECENT);
    recent.remove();
    document.querySelector("form.ask [name=q]").focus();
  });
  place.append(recent);
}

/** The key `/`, whatever the layout, goes to the box, unless something is being typed. @param {KeyboardEvent} event */
function focusBox(event) {
  const isTyping = event.target.matches("input, textarea, select, [contenteditable]");
  const isSlash = event.key === "/" || event.code === "Slash";
  if (!isSlash || isTyping || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.querySelector("form.ask [name=q]")?.focus();
}

document.addEventListener("keydown", focusBox);
document.querySelectorAll("form.ask").forEach(suggestIn);
document.querySelectorAll("form.ask").forEach((form) => form.addEventListener("submit", () => used("asked_again")));
watch(document.querySelector("main"), used);
document.querySelectorAll("form.feedback").forEach(voteInPlace);
if (navigator.clipboard) {
  document.querySelectorAll("article.answer").forEach(passOn);
  document.querySelectorAll("[data-copy]").forEach(copyText);
}
document.querySelectorAll("form.ask .drop").forEach(dropInPlace);
document.querySelectorAll("[data-asked]").forEach(askAgain);
const asked = document.querySelector("[data-keep]");
if (asked) keepRecent(asked.dataset.asked);
document.querySelectorAll("[data-recent]").forEach(showRecent);
