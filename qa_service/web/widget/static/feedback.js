/**
 * «Чи це допомогло?»: either answer is sent at once, and after "no" a comment may follow as feedback of its own.
 * A failure keeps the text and can be repeated.
 */
import { Failure } from "./client.js";
import { h } from "./dom.js";

const MAX_COMMENT_CHARS = 1000;

/**
 * @param {import("./words.js").Words["feedback"]} words
 * @param {(helpful: boolean, comment?: string, complaint?: string) => Promise<void>} send
 */
export function feedbackForm(words, send) {
  let isSending = false;
  let saidNo = null;
  const status = h("p", { role: "status", tabindex: "-1" });
  const comment = h("textarea", { id: "comment", rows: 3, maxlength: MAX_COMMENT_CHARS, "aria-describedby": "privacy" });
  const no = h("button", { type: "button", "aria-expanded": "false", onclick: askWhy }, words.no);
  const complaints = Object.entries(words.complaints).map(([value, text]) =>
    h("label", {}, h("input", { type: "radio", name: "complaint", value }), " ", text),
  );
  const why = h(
    "form",
    { class: "why", hidden: true, onsubmit: (event) => (event.preventDefault(), submit(false)) },
    h("fieldset", {}, h("legend", {}, words.wrong), ...complaints),
    h("label", { for: "comment" }, words.comment),
    comment,
    h("p", { class: "quiet", id: "privacy" }, words.privacy),
    h("button", { class: "primary" }, words.send),
  );
  const questions = h(
    "div",
    {},
    h(
      "div",
      { class: "verdict", role: "group", "aria-labelledby": "helped" },
      h("span", { id: "helped" }, words.question),
      h("div", {}, h("button", { type: "button", onclick: () => submit(true) }, words.yes), no),
    ),
    why,
  );

  function askWhy() {
    saidNo ??= send(false).then(() => true, () => false); // most people leave it at that; a comment says it again
    no.setAttribute("aria-expanded", "true");
    why.hidden = false;
    why.querySelector("input").focus();
  }

  /** @param {boolean} helpful */
  async function submit(helpful) {
    if (isSending) return;
    isSending = true;
    const text = comment.value.trim();
    const complaint = why.querySelector("input:checked")?.value ?? "";
    try {
      const isKept = await saidNo; // else it might come after what follows, and replace it
      if (helpful) await send(true);
      else if (text || complaint || !isKept) await send(false, text, complaint);
      questions.remove();
      status.textContent = words.thanks;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      status.textContent = words.failed;
    } finally {
      isSending = false;
    }
    status.focus();
  }

  return h("div", { class: "feedback" }, questions, status);
}
