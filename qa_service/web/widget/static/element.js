/**
 * `<hsc-search api="https://api.example">`: a search box that answers, for pages of other sites.
 *
 * Attributes: `api` (where this module came from if left out), `key` (sent as X-API-Key), `lang` ("uk" or "en": of the
 * interface), `placeholder`, `events` ("off": tell nothing of what is done with answers), `dialog` (a button that opens the search in a
 * window), `theme` ("auto", "light" or "dark"), `data-service` (slug of the procedure that a talk begins
 * with). What stands inside shows until the widget is there, and instead of it in browsers that are too old.
 *
 * `ask(question)` asks from a script; `context` is what the next question will be about, as the API gave it. Each answer
 * dispatches `hsc-answer` with {answerable, certainty, confidence, reason, passage, service}, each vote that was kept
 * `hsc-feedback` with {helpful, passage}; neither says what was asked.
 */
import { adviceCard, answerCard, failureCard, loadingCard, partsCard, perhapsCard } from "./card.js";
import { Client, Failure, MAX_QUESTION_CHARS } from "./client.js";
import { Combobox } from "./combobox.js";
import { inDialog } from "./dialog.js";
import { h, said, webUrl } from "./dom.js";
import { watch } from "./events.js";
import { style } from "./style.js";
import { WORDS } from "./words.js";

const HOME = new URL("../..", import.meta.url).href;
const LOADING_AFTER_MS = 150;

export class HscSearch extends HTMLElement {
  static observedAttributes = ["api", "dialog", "key", "lang", "placeholder"];

  #root = this.attachShadow({ mode: "open" });
  #asking = new AbortController();
  #client;
  #combobox;
  #input;
  #status;
  #results;
  #subject;
  #context = null;
  #titles = new Map();
  #answerId = null;
  #dialog = null;

  connectedCallback() {
    this.#root.adoptedStyleSheets = [style];
    if (!this.#input && this.dataset.service) this.#context = { service: this.dataset.service };
    this.#build();
  }

  disconnectedCallback() {
    this.#asking.abort();
    this.#combobox.close();
  }

  attributeChangedCallback() {
    if (this.isConnected && this.#input) this.#build();
  }

  /** @param {FocusOptions} [options] */
  focus(options) {
    const isHidden = this.#dialog && !this.#dialog.open;
    (isHidden ? this.#dialog.previousElementSibling : this.#input)?.focus(options);
  }

  /** Ask as if it had been typed. @param {string} question @returns {Promise<void>} */
  async ask(question) {
    if (!this.#input) throw new Error("hsc-search stands in no document yet");
    await this.#ask(String(question));
  }

  /** What the next question is about: of the last answer, or null. */
  get context() {
    return this.#context;
  }

  get #language() {
    return this.getAttribute("lang")?.startsWith("en") ? "en" : "uk";
  }

  get #words() {
    return WORDS[this.#language];
  }

  #build() {
    const words = this.#words;
    this.#asking.abort();
    this.#combobox?.close();
    this.#client = new Client(apiUrl(this.getAttribute("api")), this.getAttribute("key"));
    const typed = this.#input?.value ?? "";
    this.#input = h("input", {
      id: "question",
      part: "input",
      type: "search",
      autocomplete: "off",
      enterkeyhint: "search",
      placeholder: this.getAttribute("placeholder") ?? words.placeholder,
    });
    this.#input.value = typed;
    const list = h("ul", { id: "suggestions", part: "list" });
    const counts = h("p", { class: "unseen", role: "status" });
    this.#status = h("p", { class: "unseen", role: "status" });
    this.#results = h("div", { class: "results" });
    watch(this.#results, (event) => this.#used(event));
    this.#subject = h("p", { class: "subject" });
    const button = h("button", { class: "primary", part: "button" }, words.search);
    const form = h(
      "form",
      { role: "search", onsubmit: (event) => (event.preventDefault(), this.#submit()) },
      h("label", { for: "question" }, words.label),
      h("div", { class: "field" }, h("div", { class: "box", part: "box" }, this.#input, button), list),
      this.#subject,
    );
    this.#root.replaceChildren(h("div", { class: "root", lang: this.#language }, ...this.#placed([form, counts, this.#status, this.#results])));
    this.#goOn(this.#context);
    this.#combobox = new Combobox({
      input: this.#input,
      list,
      status: counts,
      words,
      suggest: (text, signal) => this.#client.suggest(text, signal),
      choose: ({ text, kind, service }) => this.#ask(text, kind === "service" ? { service } : {}),
    });
  }

  /** On the page, or in a window behind a button. */
  #placed(content) {
    this.#dialog = null;
    if (!this.hasAttribute("dialog")) return content;
    const { button, dialog } = inDialog(content, this.#words);
    this.#dialog = dialog;
    return [button, dialog];
  }

  #submit() {
    const question = this.#input.value.trim();
    if (question) this.#ask(question);
    else this.#combobox.open();
  }

  /** The newest question wins: an answer to an earlier one is never shown. */
  async #ask(question, how = {}) {
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    const lang = this.#language === "en" && "en"; // else the question's
    const asked = { context: this.#context, lang, ...how };
    this.#combobox.close();
    this.#input.value = question;
    this.#used("asked_again");
    if (this.#dialog && !this.#dialog.open) this.#dialog.showModal();
    const loading = setTimeout(() => this.#showLoading(), LOADING_AFTER_MS);
    signal.addEventListener("abort", () => clearTimeout(loading));
    try {
      const answer = await this.#answer(question, asked, signal);
      if (signal.aborted) return;
      for (const passage of answer.passages) this.#titles.set(passage.service, passage.service_title);
      if (answer.context) this.#goOn(answer.context);
      this.#present(question, this.#cardOf(answer, asked));
      this.#answerId = answer.answer_id ?? null;
      this.#tell(answer);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      this.#present(question, failureCard(error, () => this.#ask(question, asked), this.#setting(asked)));
    } finally {
      clearTimeout(loading);
    }
  }

  /** Counted in code points, as the service counts. */
  async #answer(question, asked, signal) {
    if ([...question].length > MAX_QUESTION_CHARS) return TOO_LONG;
    return this.#client.ask(question, asked, signal);
  }

  /** The next question is asked in this context; a chip says so, and drops it. */
  #goOn(context) {
    this.#context = context?.service || context?.choices?.length ? context : null;
    if (!this.#context) return this.#subject.replaceChildren();
    const words = this.#words;
    const title = this.#titles.get(context.service);
    const named = title ? said(title) : words.thisService;
    const drop = h("button", { type: "button", onclick: () => this.#drop() }, words.otherSubject);
    this.#subject.replaceChildren(...(context.service ? [`${words.subject} `, h("strong", {}, named)] : [words.whichOne]), " ", drop);
  }

  #drop() {
    this.#asking.abort();
    this.#goOn(null);
    this.#input.focus();
    this.#input.select();
  }

  #cardOf(answer, asked) {
    if (!answer.answerable) return adviceCard(answer, this.#setting(asked));
    const { answer_id, passages } = answer;
    let isTold = false;
    const sendFeedback = async (helpful, comment, complaint) => {
      const more = { ...(comment && { comment }), ...(complaint && { complaint }) };
      await this.#client.feedback({ answer_id, passage_id: passages[0].id, helpful, ...more });
      if (!isTold) this.#dispatch("hsc-feedback", { helpful, passage: passages[0].id });
      isTold = true;
    };
    const setting = { ...this.#setting(asked), sendFeedback };
    if ((answer.parts ?? []).length > 1) return partsCard(answer, setting);
    return answer.certainty === "unsure" ? perhapsCard(answer, setting) : answerCard(answer, setting);
  }

  /** `askExactly` asks the same again, as it was asked. */
  #setting(asked) {
    const ask = (question, how) => this.#ask(question, how);
    const askExactly = (question) => this.#ask(question, { ...asked, exactly: true });
    return { words: this.#words, language: this.#language, api: this.#client.api, ask, askExactly };
  }

  #showLoading() {
    this.#results.setAttribute("aria-busy", "true");
    this.#results.replaceChildren(loadingCard(this.#words));
    this.#status.textContent = this.#words.loading;
  }

  /** Focus goes to the heading, which is then read out, unless the person is typing on: then it is said aside. */
  #present(question, card) {
    const typesOn = this.#input.matches(":focus") && this.#input.value !== question;
    this.#results.removeAttribute("aria-busy");
    this.#results.replaceChildren(card);
    const title = card.querySelector("h2");
    this.#status.textContent = typesOn ? `${this.#words.answered} ${title.textContent}` : "";
    if (!typesOn) title.focus();
  }

  #tell({ answerable, certainty, confidence, reason, passages }) {
    const [best] = answerable ? passages : [];
    const detail = { answerable, certainty, confidence, reason, passage: best?.id ?? null, service: best?.service ?? null };
    this.#dispatch("hsc-answer", detail);
  }

  /** Counted at the service, without a word of who it was. */
  #used(event) {
    if (!this.#answerId || this.getAttribute("events") === "off") return;
    this.#client.tell({ answer_id: this.#answerId, event });
  }

  #dispatch(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** What the service says of such a question. */
const TOO_LONG = {
  answerable: false,
  certainty: "none",
  confidence: 0,
  reason: "too_long",
  understood: { corrections: [] },
  degraded: [],
  choices: [],
  passages: [],
};

/** Absolute, or null where it is no address of a web page. */
function apiUrl(api) {
  return api === null ? HOME : webUrl(api, document.baseURI);
}

if (!customElements.get("hsc-search")) customElements.define("hsc-search", HscSearch);
