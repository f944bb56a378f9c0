/** The search in a window of its own, behind a button. */
import { h } from "./dom.js";

/**
 * @param {HTMLElement[]} content the search box comes first, which opening focuses
 * @param {import("./words.js").Words} words
 * @returns {{button: HTMLButtonElement, dialog: HTMLDialogElement}}
 */
export function inDialog(content, words) {
  const close = h("button", { type: "button", class: "close", "aria-label": words.close, onclick: () => dialog.close() }, "×");
  const dialog = h("dialog", { "aria-label": words.open }, h("div", { class: "inside" }, ...content), close);
  let pressed = null; // a list that closes under the pointer moves what the click ends on
  dialog.addEventListener("pointerdown", ({ target }) => (pressed = target));
  dialog.addEventListener("click", ({ target }) => target === dialog && pressed === dialog && dialog.close());
  const button = h("button", { type: "button", class: "primary", part: "button", "aria-haspopup": "dialog" }, words.open);
  button.addEventListener("click", () => dialog.showModal());
  return { button, dialog };
}
