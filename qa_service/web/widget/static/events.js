/** What a person does with an answer, told without saying who. */

/**
 * @param {HTMLElement} answers what holds an answer, now or later
 * @param {(event: "opened" | "followed", passage: string | null) => void} tell
 */
export function watch(answers, tell) {
  const passageOf = (element) => element.closest("[data-passage]")?.dataset.passage ?? null;
  const opened = new WeakSet();
  answers.addEventListener(
    "toggle",
    ({ target }) => {
      if (!target.open || !target.matches("details.guess") || opened.has(target)) return;
      opened.add(target);
      tell("opened", passageOf(target));
    },
    true, // it does not bubble
  );
  answers.addEventListener("click", ({ target }) => {
    const link = target.closest(".actions a, .sources a");
    if (link) tell("followed", passageOf(link));
  });
}
