/**
 * Suggestions under a text field: the editable combobox with a listbox of ARIA 1.2. Focus never leaves the field.
 * It knows nothing of shadow roots, styles or the API, so that the widget and the service's own pages share it.
 */
import { completed, h } from "./dom.js";

/** @typedef {import("./client.js").Suggestion} Suggestion */

const DEBOUNCE_MS = 120;

/**
 * @typedef {object} Parts
 * @property {HTMLInputElement} input
 * @property {HTMLElement} list an empty `ul`, beside the input in the same tree, with an id
 * @property {HTMLElement} status a polite live region
 * @property {(text: string, signal: AbortSignal) => Promise<Suggestion[]>} suggest with no text: what others ask
 * @property {(suggestion: Suggestion) => void} choose
 * @property {{suggestions: string, count: (n: number) => string, kinds: Record<string, string>}} words
 */

export class Combobox {
  #parts;
  #suggestions = [];
  #options = [];
  #active = -1;
  #timer = 0;
  #asking = new AbortController();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { input, list } = parts;
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", parts.words.suggestions);
    list.hidden = true;
    input.addEventListener("input", () => this.#askSoon());
    input.addEventListener("keydown", (event) => this.#onKey(event));
    input.addEventListener("focus", () => this.#openIfEmpty());
    input.addEventListener("click", () => this.#openIfEmpty());
    input.addEventListener("blur", () => this.close());
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.#askNoMore();
    });
    list.addEventListener("click", (event) => this.#chooseAt(this.#options.indexOf(event.target.closest("[role=option]"))));
  }

  get isOpen() {
    return !this.#parts.list.hidden;
  }

  /** Hide the list and forget what was asked for; what still arrives is ignored. */
  close() {
    this.#askNoMore();
    this.#show([]);
    this.#parts.status.textContent = "";
  }

  /** Ask for suggestions to what stands in the field, and focus it. */
  open() {
    this.#parts.input.focus();
    this.#ask();
  }

  #openIfEmpty() {
    if (!this.isOpen && !this.#parts.input.value.trim()) this.#ask();
  }

  /** Drop what is asked for: a list never changes under the hand that chooses from it. */
  #askNoMore() {
    clearTimeout(this.#timer);
    this.#asking.abort();
  }

  #askSoon() {
    this.#askNoMore();
    this.#timer = setTimeout(() => this.#ask(), DEBOUNCE_MS);
  }

  async #ask() {
    this.#askNoMore();
    const { signal } = (this.#asking = new AbortController());
    const { input, status, suggest, words } = this.#parts;
    // Without suggestions the field still works, so that nobody needs to hear of their failure.
    const typed = input.value.trim();
    const found = await suggest(typed, signal).catch(() => []);
    if (signal.aborted) return;
    this.#show(found, typed);
    status.textContent = words.count(found.length);
  }

  /** @param {Suggestion[]} suggestions @param {string} [typed] what they complete */
  #show(suggestions, typed = "") {
    const { input, list, words } = this.#parts;
    this.#suggestions = suggestions;
    this.#options = suggestions.map(({ text, kind }, index) => {
      const label = words.kinds[kind] && h("small", {}, words.kinds[kind]);
      return h("li", { role: "option", id: `${list.id}-${index}` }, completed(text, typed), " ", label);
    });
    list.replaceChildren(...this.#options);
    list.hidden = !suggestions.length;
    input.setAttribute("aria-expanded", String(this.isOpen));
    this.#activate(-1);
  }

  /** @param {number} index -1 for none: the field itself */
  #activate(index) {
    this.#active = index;
    this.#options.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    const option = this.#options[index];
    if (!option) return this.#parts.input.removeAttribute("aria-activedescendant");
    this.#parts.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} index */
  #chooseAt(index) {
    const suggestion = this.#suggestions[index];
    if (!suggestion) return;
    this.#parts.input.value = suggestion.text;
    this.close();
    this.#parts.choose(suggestion);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const handled = this.isOpen ? this.#onKeyOpen(event) : this.#onKeyClosed(event);
    if (handled) event.preventDefault();
  }

  #onKeyClosed({ key }) {
    const opens = key === "ArrowDown" || key === "ArrowUp";
    if (opens) this.#ask();
    return opens;
  }

  /** Steps go round through the field itself; Home and End, as all editing, belong to the field. */
  #onKeyOpen({ key, altKey }) {
    const places = this.#options.length + 1;
    const step = (by) => {
      this.#askNoMore();
      this.#activate(((this.#active + 1 + by + places) % places) - 1);
    };
    switch (key) {
      case "ArrowDown":
        step(1);
        return true;
      case "ArrowUp":
        if (altKey) this.close();
        else step(-1);
        return true;
      case "Home":
      case "End":
      case "ArrowLeft":
      case "ArrowRight":
        this.#activate(-1);
        return false;
      case "Escape":
        this.close();
        return true;
      case "Enter":
        if (this.#active < 0) return false;
        this.#chooseAt(this.#active);
        return true;
    }
    return false;
  }
}
