/** Small pure helpers: elements without markup strings, safe links, highlights, sentences. */

/**
 * An element. Text goes in as text nodes only, so markup in it stays text. Props that are functions listen to events
 * (`onclick`), `true` sets an empty attribute; null and false are left out, among children too.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | ((event: Event) => void)>} [props]
 * @param {...(Node | string | null | false | undefined)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child));
  return element;
}

/**
 * Text of the corpus, which is Ukrainian whatever the interface speaks, kept from reordering what stands beside it.
 * @param {string} text
 */
export function said(text) {
  return h("bdi", { lang: "uk" }, text);
}

/**
 * A suggestion with what it adds to the typed words in bold.
 * @param {string} text @param {string} typed
 */
export function completed(text, typed) {
  const start = typed ? text.toLowerCase().indexOf(typed.toLowerCase()) : -1;
  if (start < 0) return said(text);
  const end = start + typed.length;
  const added = (piece) => piece && h("b", {}, piece);
  return h("bdi", { lang: "uk" }, added(text.slice(0, start)), text.slice(start, end), added(text.slice(end)));
}

/**
 * `text` with the spans marked. Offsets count code points, as the service does; spans may overlap or reach past the end.
 * @param {string} text
 * @param {[number, number][]} spans
 * @returns {(Node | string)[]}
 */
export function marked(text, spans) {
  const points = Array.from(text);
  const pieces = [];
  let done = 0;
  for (const [first, last] of [...spans].sort((a, b) => a[0] - b[0])) {
    const start = Math.max(first, done);
    if (start >= Math.min(last, points.length)) continue;
    pieces.push(points.slice(done, start).join(""), h("mark", {}, points.slice(start, last).join("")));
    done = last;
  }
  pieces.push(points.slice(done).join(""));
  return pieces;
}

/**
 * A passage's text as paragraphs and lists: of steps by number, of documents to tick off.
 * @param {{text: string, topic: string, numbered: boolean, item_spans: [number, number][]}} passage
 * @param {[number, number][]} marks
 */
export function blocks({ text, topic, numbered, item_spans: spans = [] }, marks) {
  const points = Array.from(text);
  const piece = (start, end) => marked(points.slice(start, end).join(""), marks.map(([a, b]) => [a - start, b - start]));
  const paragraph = (start, end) =>
    points.slice(start, end).join("").trim() && found.push(h("p", { class: "text", lang: "uk" }, ...piece(start, end)));
  const found = [];
  let done = 0;
  let list;
  for (const [start, end] of spans) {
    paragraph(done, start);
    list ??= h(numbered ? "ol" : "ul", { class: "text items", lang: "uk" });
    const toTick = topic === "documents" && !numbered;
    list.append(h("li", {}, ...(toTick ? [h("label", {}, h("input", { type: "checkbox" }), " ", ...piece(start, end))] : piece(start, end))));
    done = end + 1;
    if (points[end] !== ".") continue;
    found.push(list);
    list = null;
  }
  paragraph(done, points.length);
  return found;
}

/**
 * `url` where it leads to a web page, null for `javascript:`, `data:` and everything else.
 * @param {string | null} url
 * @param {string} [base] what a relative address is relative to; without it only absolute ones lead anywhere
 */
export function webUrl(url, base) {
  try {
    const { protocol, href } = new URL(url ?? "", base);
    return ["http:", "https:"].includes(protocol) ? href : null;
  } catch {
    return null;
  }
}

/**
 * `(044) 290-19-88` as `tel:+380442901988`, which dials from any country.
 * @param {string} phone
 */
export function phoneUrl(phone) {
  const digits = phone.replace(/\D/g, "");
  if (digits.startsWith("380")) return `tel:+${digits}`;
  return digits.startsWith("0") ? `tel:+38${digits}` : `tel:${digits}`;
}

const ABBREVIATIONS = new Set(["м", "с", "смт", "вул", "просп", "ім", "ст", "п", "ч"]);

/**
 * A full stop inside «грн. за» or «вул. Хрещатик» ends no sentence.
 * @param {string} text
 */
export function firstSentence(text) {
  for (const end of text.matchAll(/([\p{L}\p{N}]*)[.!?…]+[»")]*(?=\s+[«"(]?\p{Lu})/gu)) {
    if (!ABBREVIATIONS.has(end[1])) return text.slice(0, end.index + end[0].length);
  }
  return text;
}
