/** Elements without markup strings, and what the page tells its scripts. */

/** language of the page, words, phone, phoneUrl, mostChars */
export const config = JSON.parse(document.getElementById("config").textContent);

/**
 * An element. Text goes in as text nodes only, so markup in it stays text. Props that are functions listen to events
 * (`onclick`); null, false and empty ones are left out, among children too.
 * @param {string} tag @param {Record<string, unknown>} [props] @param {...(Node | string | null | false | undefined)} children
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter(Boolean));
  return element;
}

/** @param {string} template with `{name}`s @param {Record<string, string | number>} values */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** A web page in another tab, so that the chat stays; mere words for any other address. @param {string} url */
export function link(url, props, ...children) {
  if (!/^https?:\/\//.test(url)) return h("span", props, ...children);
  const spoken = h("span", { class: "unseen", lang: config.language }, ` (${config.words.newTab})`);
  return h("a", { href: url, target: "_blank", rel: "noreferrer", ...props }, ...children, spoken);
}
