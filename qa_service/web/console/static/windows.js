/** Windows over the page: the browser keeps the focus in them and gives it back. */

import * as api from "./api.js";
import { W, config, fill } from "./config.js";
import { button, h } from "./dom.js";
import { centreText, places } from "./cards.js";

let number = 0;

/** @param {string} title @param {(Node | string | false | null)[]} children @param {() => void} [onclose] */
export function opened(title, children, onclose) {
  const id = `window-${++number}`;
  const close = () => dialog.close();
  const dialog = h(
    "dialog",
    { "aria-labelledby": id },
    h("div", { class: "window-head" }, h("h2", { id }, title), button(W.close, "Esc", close, { class: "quiet-button" })),
    children,
  );
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks for one line. @param {(comment: string) => void} send */
export function askMissing(question, send) {
  const input = h("input", { id: "missing-comment", maxlength: config.mostCommentChars, autocomplete: "off", autofocus: true });
  const form = h(
    "form",
    { class: "one-line", method: "dialog" },
    h("p", { class: "quiet" }, `«${question}»`),
    h("label", { for: "missing-comment" }, W.missingText),
    input,
    h("p", {}, h("button", { class: "main" }, W.send), " ", h("button", { type: "button", "data-close": true }, W.cancel)),
  );
  form.addEventListener("submit", () => send(input.value.trim()));
  opened(W.missingTitle, [form]);
}

/** Centres of a town, while it is typed; Enter copies the first. @param {(text: string) => void} copy */
export function findCentres(copy) {
  const input = h("input", { id: "centre-place", placeholder: W.centresHint, "aria-label": W.centresHint, autocomplete: "off", autofocus: true });
  const found = h("div", { class: "centres-found", "aria-live": "polite" });
  let asking = new AbortController();
  let first = null;
  const search = async () => {
    asking.abort();
    asking = new AbortController();
    const place = input.value.trim();
    if (place.length < 2) return found.replaceChildren();
    try {
      const answer = await api.centres(place, asking.signal);
      first = answer.centres[0] && centreText(answer.centres[0], answer.network_hours);
      found.replaceChildren(...listed(answer, copy));
    } catch (failure) {
      if (failure.name !== "AbortError") found.replaceChildren(h("p", {}, W.failed));
    }
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", ({ key }) => {
    if (key !== "Enter" || !first) return;
    copy(first);
    input.closest("dialog").close();
  });
  opened(W.centresTitle, [input, found]);
}

function listed({ centres, place, is_there: isThere, total, network_hours: hours }, copy) {
  if (!centres.length) return [h("p", {}, W.centresNone)];
  const title = isThere ? fill(W.centresOf, { place: place ?? "", count: total }) : fill(W.centresNotThere, { place: place ?? "" });
  return [h("p", {}, h("b", {}, title)), places(centres, copy, "", hours)].filter(Boolean);
}
