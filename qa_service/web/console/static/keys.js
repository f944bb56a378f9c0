/**
 * Which command a key gives, whatever the layout. A letter is the Ukrainian one that it types, else the one at its place on
 * the keyboard; marks go by what they type or by their place. Changed keys are kept in this browser.
 */

import { config, forGood } from "./config.js";

const PLACES = {
  KeyQ: "й", KeyW: "ц", KeyE: "у", KeyR: "к", KeyT: "е", KeyY: "н", KeyU: "г", KeyI: "ш", KeyO: "щ", KeyP: "з",
  BracketLeft: "х", BracketRight: "ї", KeyA: "ф", KeyS: "і", KeyD: "в", KeyF: "а", KeyG: "п", KeyH: "р", KeyJ: "о",
  KeyK: "л", KeyL: "д", Semicolon: "ж", Quote: "є", KeyZ: "я", KeyX: "ч", KeyC: "с", KeyV: "м", KeyB: "и", KeyN: "т",
  KeyM: "ь", Comma: "б", Period: "ю",
};
const LETTERS = new Set(Object.values(PLACES));
const MARKS = { Equal: "+", NumpadAdd: "+", Minus: "-", NumpadSubtract: "-", NumpadDivide: "/", Slash: "/" };
const NAMES = { Enter: "⏎", Shift: "⇧", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", "-": "−", Backspace: "⌫" };
const NAMED = /^(Enter|Escape|Arrow(Up|Down|Left|Right)|Home|End|Backspace|Delete|F\d+)$/;
const RESERVED = /^(Enter|Escape|Shift\+.*|F(1|3|4|5|6|7|10|11|12)|Ctrl\+(?!(Shift\+)?(Enter|Backspace|ArrowUp|ArrowDown)$).*)$/;

/** The names of a key, the likeliest first; none where Alt or the system's key is held. @param {KeyboardEvent} event */
export function namesOf(event) {
  const { key, code } = event;
  if (event.altKey || event.metaKey || event.isComposing) return [];
  const held = `${event.ctrlKey ? "Ctrl+" : ""}${event.shiftKey && NAMED.test(key) ? "Shift+" : ""}`;
  if (NAMED.test(key)) return [held + key];
  if (event.ctrlKey) return key.length === 1 ? [`Ctrl+${PLACES[code] ?? key}`] : [];
  if (key === "?" || (code === "Slash" && event.shiftKey)) return ["?"];
  if (["+", "/"].includes(key)) return [key];
  if (["-", "−"].includes(key)) return ["-"];
  const digit = !event.shiftKey && /^(?:Digit|Numpad)(\d)$/.exec(code);
  if (digit) return [digit[1]];
  const letter = key.toLowerCase();
  if (LETTERS.has(letter)) return [...new Set([letter, PLACES[code] ?? letter])];
  if (PLACES[code]) return [PLACES[code]];
  return MARKS[code] && !event.shiftKey ? [MARKS[code]] : [];
}

export const isLetter = (name) => LETTERS.has(name);

/** Whether a key types something. @param {KeyboardEvent} event */
export function isTyped(event) {
  return Array.from(event.key).length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing;
}

/** As it is shown: the letters of both layouts. @param {string} name */
export function shown(name) {
  const place = Object.keys(PLACES).find((code) => PLACES[code] === name);
  const latin = place?.startsWith("Key") ? place.slice(3) : "";
  if (isLetter(name)) return latin ? `${name.toUpperCase()} (${latin})` : name.toUpperCase();
  return name.split("+").filter(Boolean).map((part) => NAMES[part] ?? part).join("+") || "+";
}

export class Keys {
  #kept = forGood("keys");

  constructor() {
    const facts = config.facts.map((fact) => ({ id: `fact:${fact.id}`, label: fact.label, keys: fact.keys }));
    this.commands = [...config.commands, ...facts];
    this.#read();
  }

  #read() {
    const changed = this.#kept.read({});
    const isName = (key) => typeof key === "string" && key && !RESERVED.test(key);
    this.of = new Map(
      this.commands.map(({ id, keys, fixed }) => {
        const own = !fixed && Array.isArray(changed[id]) ? changed[id].filter(isName) : [];
        return [id, own.length ? own : keys];
      }),
    );
  }

  /** The command that a key gives. @param {string[]} names @param {{inBox: boolean, isEmpty: boolean}} where the key was pressed */
  find(names, { inBox, isEmpty }) {
    for (const name of names) {
      const command = this.commands.find(({ id }) => this.of.get(id).includes(name));
      if (!command) continue;
      const isFree = isLetter(name) ? !inBox : isEmpty || !inBox || command.always;
      if (isFree) return command.id;
    }
    return null;
  }

  /** Of a command, to show beside its button. @param {string} id */
  first(id) {
    return shown(this.of.get(id)[0]);
  }

  /** What a command does. @param {string} id */
  label(id) {
    return this.commands.find((command) => command.id === id).label;
  }

  /** Gives a command one key instead of those it has; says why not. @param {string} id @param {string} name */
  change(id, name) {
    if (RESERVED.test(name)) return { reserved: true };
    const taken = this.commands.find((command) => command.id !== id && this.of.get(command.id).includes(name));
    if (taken) return { taken };
    this.#kept.write({ ...this.#kept.read({}), [id]: [name] });
    this.#read();
    return {};
  }

  reset() {
    this.#kept.remove();
    this.#read();
  }
}
