/**
 * The widget's looks, in one constructed stylesheet: no inline style, so that any Content-Security-Policy of the host holds.
 *
 * A host may set, on `hsc-search` or above it:
 *   --hsc-accent      links, the button, the focus ring          --hsc-on-accent  text on the accent
 *   --hsc-ground      quiet surfaces: the chosen suggestion      --hsc-paper      box, list and card
 *   --hsc-ink         text                                       --hsc-quiet      lesser text
 *   --hsc-line        borders                                    --hsc-mark       behind the sentence that answers
 *   --hsc-radius      roundness of box and card, 14px            --hsc-font       font family; `inherit` takes the page's
 * and style `::part(box)`, `::part(input)`, `::part(button)`, `::part(list)` and `::part(card)`.
 *
 * With theme="auto" the widget is dark where the page declares `color-scheme: dark` (or `light dark`, and the reader
 * prefers dark): text outside the card stands on the page's own background, so the page decides.
 */

/** Name: light, dark. Every pair of text and surface has a contrast of at least 4.5. */
const COLOURS = {
  accent: ["#0b4199", "#9cc0ff"],
  "on-accent": ["#fff", "#0b1a36"],
  ground: ["#eef2fa", "#1d2b47"],
  paper: ["#fff", "#151e30"],
  ink: ["#14203a", "#e9eef7"],
  quiet: ["#4c5a75", "#aab6cc"],
  line: ["#d8dfeb", "#33415d"],
  edge: ["#76839c", "#7f8ca6"],
  mark: ["#fff0b0", "#55450d"],
  review: ["#fff8e3", "#2a2410"],
};

const declare = (value) => Object.entries(COLOURS).map(([name, pair]) => `--${name}: var(--hsc-${name}, ${value(...pair)});`).join(" ");

/* `all: initial` keeps the page's inherited styles out; lengths are in em from the reader's own font size. */
const CSS = `
:host { display: block; }
:host([hidden]) { display: none; }
.root { ${declare((light) => light)} }
@supports (color: light-dark(#000, #fff)) { .root { ${declare((light, dark) => `light-dark(${light}, ${dark})`)} } }

.root {
  all: initial;
  display: block;
  direction: ltr;
  color-scheme: inherit;
  font: medium/1.5 var(--hsc-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif);
  color: var(--ink);
  overflow-wrap: anywhere;
  --radius: var(--hsc-radius, 14px);
}
:host([theme="light"]) .root { color-scheme: light; }
:host([theme="dark"]) .root { color-scheme: dark; }

*, *::before, *::after { box-sizing: border-box; }
h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
[hidden] { display: none !important; }
a { color: var(--accent); text-decoration-thickness: 0.06em; text-underline-offset: 0.2em; }
a:hover { text-decoration-thickness: 0.12em; }
button, input, textarea { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
[tabindex="-1"]:focus { outline: none; }
.quiet, .meta { color: var(--quiet); font-size: 0.9375em; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

label { display: block; margin-bottom: 0.4em; font-weight: 600; }
.field { position: relative; }
.box { display: flex; flex-wrap: wrap; gap: 0.375em; padding: 0.375em; border: 1px solid var(--edge); border-radius: var(--radius); background: var(--paper); }
.box:focus-within { outline: 3px solid var(--accent); outline-offset: 1px; }
.box input { flex: 999 1 12em; min-width: 0; height: 2.75em; margin: 0; padding: 0 0.75em; border: 0; outline: none; background: none; font-size: 1.0625em; appearance: none; }
input::placeholder { color: var(--quiet); opacity: 1; }
.primary { display: inline-block; padding: 0.625em 1.375em; border: 1px solid transparent; border-radius: calc(var(--radius) * 0.7); background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; }
.primary:hover { text-decoration: underline; }
.box .primary { flex: 1 0 auto; min-height: 2.75em; }
.box .primary:focus-visible { outline-color: var(--on-accent); outline-offset: -6px; }

[role="listbox"] { position: absolute; z-index: 1000; top: calc(100% + 0.375em); left: 0; right: 0; max-height: min(26em, 60vh); overflow-y: auto; padding: 0.375em; border: 1px solid var(--line); border-radius: var(--radius); background: var(--paper); box-shadow: 0 12px 32px rgb(10 25 60 / 18%); }
[role="option"] { display: flex; align-items: baseline; justify-content: space-between; gap: 1em; min-height: 2.75em; padding: 0.6em 0.75em; border-radius: calc(var(--radius) * 0.6); line-height: 1.4; cursor: pointer; }
[role="option"]:hover, [role="option"][aria-selected="true"] { background: var(--ground); }
[role="option"][aria-selected="true"] { outline: 2px solid var(--accent); outline-offset: -2px; }
[role="option"] small { flex: none; color: var(--quiet); font-size: 0.8125em; }

.subject { margin-top: 0.5em; color: var(--quiet); font-size: 0.9375em; }
.subject:empty { display: none; }
.subject strong { color: var(--ink); }
.subject button { padding: 0.1em 0.75em; border: 1px solid var(--edge); border-radius: 1.375em; background: none; color: var(--accent); }
.subject button::after { content: " ×" / ""; }

.plain { padding: 0; border: 0; background: none; color: var(--accent); text-decoration: underline; }

.card { display: grid; gap: 1em; margin-top: 1.25em; padding: clamp(1.125em, 4%, 2em); border: 1px solid var(--line); border-radius: var(--radius); background: var(--paper); }
.card > * { min-width: 0; }
.eyebrow { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25em 0.75em; font-size: 0.9375em; line-height: 1.4; }
.topic { padding: 0.1em 0.75em; border-radius: 1em; background: var(--ground); color: var(--accent); font-size: 0.9375em; font-weight: 600; }
h2 { font-size: 1.4375em; font-weight: 650; line-height: 1.25; letter-spacing: -0.01em; scroll-margin-top: 1em; }
h3 { font-size: 1.0625em; font-weight: 650; }
.text { max-width: 40em; font-size: 1.125em; line-height: 1.6; white-space: pre-line; }
.items { display: grid; gap: 0.4em; padding-left: 1.4em; list-style: disc; }
ol.items { list-style: decimal; }
ul.items:has(label) { padding-left: 0; list-style: none; }
.items label { margin: 0; font-weight: 400; cursor: pointer; }
.items input { width: 1.1em; height: 1.1em; vertical-align: -0.15em; accent-color: var(--accent); }
mark { padding: 0.05em 0.15em; border-radius: 0.2em; background: var(--mark); color: inherit; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
.review { padding: 0.75em 1em; border-left: 4px solid #d9a400; border-radius: 0 0.5em 0.5em 0; background: var(--review); font-size: 0.9375em; }
.review summary { padding: 0; color: inherit; }
.review p { margin-top: 0.5em; }
.figure { font-size: 1.75em; font-weight: 700; line-height: 1.2; }
.kind { color: var(--quiet); font-size: 0.875em; }
.actions { display: flex; flex-wrap: wrap; gap: 0.625em; }
.actions a { display: inline-block; padding: 0.4em 1em; border: 1px solid var(--edge); border-radius: 1.375em; text-decoration: none; }
.glance { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14em), 1fr)); gap: 1em 2em; padding-top: 1em; border-top: 1px solid var(--line); font-size: 0.9375em; }
dt { margin-bottom: 0.15em; font-weight: 600; }
.meta::first-letter { text-transform: uppercase; }
summary { padding: 0.35em 0; color: var(--accent); cursor: pointer; }
.guess { padding: 0.35em 1em; border: 1px solid var(--line); border-radius: calc(var(--radius) * 0.7); }
.guess > * + * { margin-top: 0.75em; }
.guess summary { font-weight: 600; }
.guess small { display: block; color: var(--quiet); font-weight: 400; }
.parts section { display: grid; gap: 0.75em; }
.links li { padding: 0.3em 0 0.3em 1.1em; font-size: 0.9375em; }
.feedback, section { padding-top: 1em; border-top: 1px solid var(--line); }
.verdict { display: flex; flex-wrap: wrap; align-items: center; gap: 0.625em 1em; }
.verdict div { display: flex; gap: 0.625em; }
.verdict span { font-weight: 600; }
.verdict button, .chips button { min-height: 2.75em; padding: 0.4em 1.25em; border: 1px solid var(--edge); border-radius: 1.375em; background: none; color: var(--accent); text-align: start; }
.verdict button:hover, .verdict [aria-expanded="true"], .chips button:hover, .choices button:hover { background: var(--ground); border-color: var(--accent); }
.why { display: grid; justify-items: start; gap: 0.625em; max-width: 40em; margin-top: 1em; }
.why label { margin: 0; }
fieldset { margin: 0; padding: 0; border: 0; }
legend { padding: 0; font-weight: 600; }
fieldset label { padding: 0.25em 0; font-weight: 400; }
textarea { width: 100%; padding: 0.625em 0.75em; border: 1px solid var(--edge); border-radius: 0.5em; background: var(--paper); resize: vertical; }
.feedback [role="status"]:not(:empty) { font-weight: 600; }
.feedback [role="status"]:not(:empty):not(:first-child) { margin-top: 0.75em; }
.chips { display: flex; flex-wrap: wrap; gap: 0.5em; margin-top: 0.75em; }
.choices { display: grid; gap: 0.5em; }
.choices button { display: flex; justify-content: space-between; gap: 1em; width: 100%; min-height: 3em; padding: 0.7em 1.1em; border: 1px solid var(--edge); border-radius: calc(var(--radius) * 0.7); background: none; color: var(--accent); font-weight: 600; line-height: 1.35; text-align: start; }
.choices button::after { content: "→" / ""; font-weight: 400; }
.contact { padding-top: 1em; border-top: 1px solid var(--line); }
.phone { font-size: 1.5em; font-weight: 650; }
.phone a { white-space: nowrap; }

dialog { width: min(46em, 100%); max-height: 92vh; padding: 0; overflow: hidden; border: 1px solid var(--line); border-radius: var(--radius); background: var(--paper); color: var(--ink); }
dialog::backdrop { background: rgb(10 25 60 / 45%); }
dialog[open] { display: flex; }
dialog .inside { flex: 1; min-width: 0; padding: 1.25em; overflow-y: auto; }
dialog [role="listbox"] { position: static; margin-top: 0.375em; box-shadow: none; }
dialog .card { padding: 1em 0 0; border: 0; border-radius: 0; }
.close { position: absolute; top: 0.5em; right: 0.6em; width: 2em; height: 2em; border: 0; border-radius: 50%; background: none; color: var(--quiet); font-size: 1.25em; line-height: 1; }

.loading i { height: 0.875em; border-radius: 0.5em; background: var(--ground); }
.loading i:last-child { width: 60%; }
@media (prefers-reduced-motion: no-preference) {
  .loading i { animation: breathe 1.4s ease-in-out infinite alternate; }
  @keyframes breathe { to { opacity: 0.45; } }
}
@media (forced-colors: active) {
  .topic { border: 1px solid; }
  .loading i { background: GrayText; }
  [role="option"][aria-selected="true"] { outline-color: Highlight; }
}
`;

export const style = new CSSStyleSheet();
style.replaceSync(CSS);
