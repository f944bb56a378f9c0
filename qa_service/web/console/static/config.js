/** What the page tells its scripts, and words with numbers and dates in them. */

export const config = JSON.parse(document.getElementById("config").textContent);

export const W = config.words;

/** @param {string} template with `{name}`s @param {Record<string, string | number>} values */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

const MONTH = new Intl.DateTimeFormat("uk", { month: "long", year: "numeric" });
const DAY = new Intl.DateTimeFormat("uk", { day: "numeric", month: "long", year: "numeric" });
const MOMENT = new Intl.DateTimeFormat("uk", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });

/** `2025-11` -> листопад 2025; other text stays. @param {string} asOf */
export function dateWords(asOf) {
  const [year, month, day] = asOf.split("-").map(Number);
  if (!month) return asOf;
  return (day ? DAY : MONTH).format(new Date(year, month - 1, day || 1)).replace(/\s*р\.$/, "");
}

/** @param {string | number} time */
export function momentWords(time) {
  return MOMENT.format(new Date(time));
}

/** How long ago, in days as people count them. @param {string} time */
export function agoWords(time) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(Date.now()) - midnight(time)) / 86_400_000);
  if (days < 1) return W.changedToday;
  return days === 1 ? W.changedYesterday : fill(W.changedAgo, { count: days });
}

/** What a browser keeps for a page; nothing where storage is switched off or holds something else's. */
export class Kept {
  /** @param {() => Storage} storage @param {string} name */
  constructor(storage, name) {
    this.storage = storage;
    this.name = `qa-console-${name}`;
  }

  /** @template T @param {T} otherwise @returns {T} of the same kind as `otherwise` */
  read(otherwise) {
    try {
      const found = JSON.parse(this.storage().getItem(this.name));
      const kind = (value) => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);
      return kind(found) === kind(otherwise) ? found : otherwise;
    } catch {
      return otherwise;
    }
  }

  /** @param {unknown} value */
  write(value) {
    try {
      this.storage().setItem(this.name, JSON.stringify(value));
    } catch {
      // storage is switched off or full: nothing is kept
    }
  }

  remove() {
    try {
      this.storage().removeItem(this.name);
    } catch {
      // nothing is kept
    }
  }
}

export const forGood = (name) => new Kept(() => localStorage, name);
export const forShift = (name) => new Kept(() => sessionStorage, name);
