/** What a person does with an answer, told without saying who. */

/**
 * @param {HTMLElement} answers what holds an answer, now or later
 * @param {(event: "opened" | "followed") => void} tell
 */
export function watch(answers, tell) {
  const opened = new WeakSet();
  answers.addEventListener(
    "toggle",
    ({ target }) => {
      if (!target.open || !target.matches("details.guess") || opened.has(target)) return;
      opened.add(target);
      tell("opened");
    },
    true, // it does not bubble
  );
  answers.addEventListener("click", ({ target }) => target.closest(".actions a, .sources a") && tell("followed"));
}
