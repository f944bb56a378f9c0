/** Elements without markup strings, safe links, marked text. */

/**
 * An element. Text goes in as text nodes only, so markup in it stays text. Props that are functions listen to events
 * (`onclick`), `true` sets an empty attribute; null and false are left out, among children too.
 * @param {string} tag @param {Record<string, unknown>} [props] @param {...(Node | string | null | false | undefined)} children
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

export const byId = (id) => document.getElementById(id);

/**
 * Puts children into a place. Focus that was on one of the old goes to the new one of the same `data-at`, else to `fallback`.
 * @param {HTMLElement} place @param {(Node | string | false | null)[]} children @param {HTMLElement} [fallback]
 */
export function refill(place, children, fallback) {
  const focused = place.contains(document.activeElement) && document.activeElement;
  const at = focused && focused.dataset.at;
  place.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (!focused) return;
  const again = at && [...place.querySelectorAll("[data-at]")].find((one) => one.dataset.at === at);
  (again || fallback)?.focus();
}

/**
 * `text` with the spans marked. Offsets count code points, as the service does; spans may overlap or reach past the end.
 * @param {string} text @param {[number, number][]} spans @returns {(Node | string)[]}
 */
export function marked(text, spans = []) {
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

/** A passage's text as paragraphs and lists. @param {object} passage @param {[number, number][]} marks */
export function blocks({ text, numbered, item_spans: spans = [] }, marks = []) {
  const points = Array.from(text);
  const piece = (start, end) => marked(points.slice(start, end).join(""), marks.map(([a, b]) => [a - start, b - start]));
  const found = [];
  const paragraph = (start, end) => points.slice(start, end).join("").trim() && found.push(h("p", {}, piece(start, end)));
  let done = 0;
  let list = null;
  for (const [start, end] of spans) {
    paragraph(done, start);
    list ??= h(numbered ? "ol" : "ul", { class: "items" });
    list.append(h("li", {}, piece(start, end)));
    done = end + 1;
    if (points[end] !== ".") continue;
    found.push(list);
    list = null;
  }
  if (list) found.push(list);
  paragraph(done, points.length);
  return found;
}

/** `url` where it leads to a web page, null for `javascript:`, `data:` and everything else. @param {string | null} url */
export function webUrl(url) {
  try {
    const { protocol, href } = new URL(url ?? "");
    return ["http:", "https:"].includes(protocol) ? href : null;
  } catch {
    return null;
  }
}

/** A link into another tab: a call goes on in this one. @param {string | null} url @param {string} title */
export function link(url, title, props = {}) {
  const href = webUrl(url);
  return href ? h("a", { href, target: "_blank", rel: "noreferrer", ...props }, title) : h("span", {}, title);
}

/** A button with the key that does the same. @param {string} label @param {string | undefined} key @param {() => void} act */
export function button(label, key, act, props = {}) {
  return h("button", { type: "button", onclick: act, ...props }, h("span", {}, label), key && h("kbd", { "aria-hidden": "true" }, key));
}
