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
const [{ Client }, { Combobox }, { h }, { WORDS }] = await Promise.all(
  ["client", "combobox", "dom", "words"].map((name) => import(`${folder}/${name}.js`)),
);

const client = new Client(location.origin);

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
    words: WORDS.uk,
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
    form.querySelector("label").textContent = WORDS.uk.label;
    form.elements.namedItem("q").placeholder = "";
    form.elements.namedItem("q").focus();
  });
}

/** Puts what was asked back into the box. @param {Element} asked */
function askAgain(asked) {
  const input = document.querySelector("form.ask [name=q]");
  const button = h("button", { class: "again", type: "button" }, "Змінити");
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
      const thanks = h("p", { role: "status", tabindex: "-1" }, WORDS.uk.feedback.thanks);
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
  const said = all(".answer-title, .figure, .text, .items li").map((found) => found.innerText.trim());
  const [date] = all(".meta time");
  const source = answer.querySelector(".sources li");
  const link = answer.querySelector(".onward a") ?? answer.querySelector(".eyebrow a") ?? location;
  return [
    ...said,
    date && `Станом на ${date.innerText}`,
    source && `Джерело: ${source.firstChild.textContent.trim()}`,
    link.href,
  ].filter(Boolean).join("\n");
}

/** @param {HTMLElement} answer */
function passOn(answer) {
  const status = h("span", { role: "status" });
  const copy = h("button", { class: "again", type: "button" }, "Скопіювати відповідь");
  copy.addEventListener("click", async () => {
    const isCopied = await navigator.clipboard.writeText(quoted(answer)).then(() => true, () => false);
    status.textContent = isCopied ? "Скопійовано." : "Не вдалося скопіювати: виділіть текст самі.";
  });
  const share = navigator.share && h("button", { class: "again", type: "button" }, "Поділитися");
  share?.addEventListener("click", () => navigator.share({ title: document.title, text: quoted(answer) }).catch(() => {}));
  answer.querySelector(".meta")?.after(h("p", { class: "pass-on" }, copy, share, status));
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
document.querySelectorAll("form.feedback").forEach(voteInPlace);
if (navigator.clipboard) document.querySelectorAll("article.answer").forEach(passOn);
document.querySelectorAll("form.ask .drop").forEach(dropInPlace);
document.querySelectorAll("[data-asked]").forEach(askAgain);
