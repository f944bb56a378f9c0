/** The window of keys and settings. */

import { W, config, fill, forGood } from "./config.js";
import { h } from "./dom.js";
import { namesOf, shown } from "./keys.js";
import { opened } from "./windows.js";

const SILENCES = [0, 60, 90, 180, 300];
const SIZES = [["normal", W.sizeNormal], ["large", W.sizeLarge], ["largest", W.sizeLargest]];

export const settings = {
  kept: forGood("settings"),
  get silence() {
    const found = this.kept.read({}).silence;
    return SILENCES.includes(found) ? found : 90;
  },
  get size() {
    const found = this.kept.read({}).size;
    return SIZES.some(([name]) => name === found) ? found : "normal";
  },
  change(name, value) {
    this.kept.write({ ...this.kept.read({}), [name]: value });
    this.apply();
  },
  apply() {
    document.documentElement.dataset.size = this.size;
  },
};

/** @param {import("./keys.js").Keys} keys @param {() => void} onchange */
export function showHelp(keys, onchange) {
  const status = h("p", { role: "status", class: "key-status" });
  const [commands, facts] = [h("tbody"), h("tbody")];
  const isFact = ({ id }) => id.startsWith("fact:");
  const rows = (all) => all.map((command) => row(command, keys, status, refresh));
  const fillBody = () => {
    commands.replaceChildren(...rows(keys.commands.filter((command) => !isFact(command))));
    facts.replaceChildren(...rows(keys.commands.filter(isFact)));
  };
  const refresh = () => {
    fillBody();
    onchange();
  };
  fillBody();
  const reset = h("button", { type: "button" }, W.resetKeys);
  reset.addEventListener("click", () => {
    keys.reset();
    refresh();
  });
  opened(W.helpTitle, [
    h("p", {}, W.helpText),
    h("div", { class: "settings", role: "group", "aria-label": W.settings }, silenceField(), sizeField()),
    h("div", { class: "keys-tables" }, table(commands), table(facts)),
    status,
    reset,
  ]);
}

const table = (body) =>
  h("table", { class: "keys" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, W.command), h("th", { scope: "col" }, W.keys), h("td"))), body);

function silenceField() {
  const options = SILENCES.map((count) =>
    h("option", { value: count, selected: count === settings.silence }, count ? fill(W.silenceSeconds, { count }) : W.silenceNever),
  );
  return field(W.silenceSetting, options, (value) => settings.change("silence", Number(value)));
}

function sizeField() {
  const options = SIZES.map(([name, label]) => h("option", { value: name, selected: name === settings.size }, label));
  return field(W.sizeSetting, options, (value) => settings.change("size", value));
}

function field(label, options, change) {
  return h("label", {}, label, " ", h("select", { onchange: (event) => change(event.target.value) }, options));
}

function labelOf({ id, label }) {
  return id.startsWith("fact:") ? fill(W.factCommand, { label }) : label;
}

function row(command, keys, status, refresh) {
  const label = labelOf(command);
  const names = keys.of.get(command.id).flatMap((name, at) => [at ? " " : "", h("kbd", {}, shown(name))]);
  const change = !command.fixed && h("button", { type: "button", class: "link", "aria-label": fill(W.changeKey, { label }) }, W.change);
  if (change) change.addEventListener("click", () => capture(command, keys, change, status, refresh));
  return h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, names), h("td", {}, change));
}

/** The next key that is pressed becomes the command's; Escape and Tab leave it as it is. */
function capture(command, keys, change, status, refresh) {
  status.textContent = W.pressKey;
  change.textContent = W.pressKey;
  const leave = () => {
    change.removeEventListener("keydown", pressed);
    change.removeEventListener("blur", leave);
    change.textContent = W.change;
    status.textContent = "";
  };
  const pressed = (event) => {
    if (event.key === "Tab" || ["Shift", "Control"].includes(event.key)) return;
    const [name] = namesOf(event);
    const { reserved, taken } = name ? keys.change(command.id, name) : { reserved: true };
    if (!reserved || event.key === "Escape") event.preventDefault(); // a browser's own key stays the browser's
    event.stopPropagation();
    if (event.key === "Escape") return leave();
    const key = name ? shown(name) : event.key;
    if (!reserved && !taken) {
      refresh();
      status.textContent = fill(W.keyChanged, { label: labelOf(command), key });
      const again = [...document.querySelectorAll("table.keys [aria-label]")].find((one) => one.getAttribute("aria-label") === change.getAttribute("aria-label"));
      again?.focus();
      return;
    }
    leave();
    status.textContent = taken ? fill(W.keyTaken, { key, label: labelOf(taken) }) : fill(W.keyReserved, { key });
  };
  change.addEventListener("keydown", pressed);
  change.addEventListener("blur", leave);
}

export const applySettings = () => settings.apply();
