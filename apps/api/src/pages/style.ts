import { onCallStyle } from './on-call.style.js';

/** The look of every page for people: one column or the whole width, light and dark, from a phone upwards. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ground: #f4f6f8; --ink: #17202c; --soft: #52606f; --line: #d8dee6; --edge: #8291a1;
  --accent: #1a4f9c; --on-accent: #ffffff; --tint: #e6eefa;
  --good: #17653a; --good-tint: #e0f3e7; --warn: #7a4b00; --warn-tint: #fdf0d3; --bad: #a3201d; --bad-tint: #fde6e4;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, monospace;
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #1b222c; --ground: #11161d; --ink: #e8edf3; --soft: #a5b2c0; --line: #323d4a; --edge: #73849a;
    --accent: #8fbaf7; --on-accent: #0d1726; --tint: #23344d;
    --good: #86dba6; --good-tint: #17382a; --warn: #f3c66b; --warn-tint: #3d2f10; --bad: #ffa8a0; --bad-tint: #48201f;
  }
}
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; margin: 0; }
h1 { font-size: 1.625rem; letter-spacing: -.01em; }
h2 { font-size: 1.125rem; }
h3 { font-size: 1rem; }
p { margin: 0; max-width: 70ch; }
code, pre, textarea { font-family: var(--mono); font-size: .875rem; }
code { overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
.head > .row { display: flex; }
.skip { position: absolute; inset-block-start: -4rem; inset-inline-start: 1rem; padding: .5rem 1rem; background: var(--paper); z-index: 1; }
.skip:focus { inset-block-start: .5rem; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.75rem; padding: .625rem 1.5rem; background: var(--paper); border-block-end: 1px solid var(--line); }
.brand { font-weight: 650; color: inherit; text-decoration: none; }
.top nav { display: flex; flex-wrap: wrap; gap: .25rem; }
.top .who { margin-inline-start: auto; }
.who button, button.small { font-size: .8125rem; padding: .1875rem .625rem; }
.sign-in { inline-size: min(100%, 30rem); margin-inline: auto; }
.top nav a, .more > summary { padding: .375rem .75rem; border-radius: 999px; text-decoration: none; color: var(--soft); }
.top nav a:hover, .more > summary:hover { color: var(--ink); background: var(--ground); }
.top nav a[aria-current], .more > .here { color: var(--accent); background: var(--tint); font-weight: 600; }
.more { position: relative; }
.more > summary { font-weight: 400; list-style: none; white-space: nowrap; }
.more > summary::-webkit-details-marker { display: none; }
.more > summary::after { content: ' ▾' / ''; }
.more[open] > summary { margin: 0; }
.more > div { position: absolute; z-index: 2; inset-block-start: calc(100% + .375rem); inset-inline-start: 0; display: grid; min-inline-size: 11rem; padding: .375rem; background: var(--paper); border: 1px solid var(--edge); border-radius: 10px; box-shadow: 0 6px 24px rgb(0 0 0 / .18); }
@media (max-width: 40rem) { .top { position: relative; } .more { position: static; } .more > div { inset-inline: 1rem; inset-block-start: calc(100% - .5rem); grid-template-columns: 1fr 1fr; } .more > div a { padding-block: .625rem; } }
main { max-width: 76rem; margin-inline: auto; padding: 1.75rem 1.5rem 5rem; display: grid; gap: 1.5rem; grid-template-columns: minmax(0, 1fr); }
main.wide { max-width: 112rem; }
@media (max-width: 40rem) { .top, main { padding-inline: 1rem; } main { padding-block-start: 1.25rem; } }
.head { display: flex; flex-wrap: wrap; align-items: end; justify-content: space-between; gap: .75rem 2rem; }
.head > div { display: grid; gap: .25rem; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; }
.panel { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); align-content: start; }

/* Choices among views: links that look like one switch. */
.choices { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; }
.choice { display: flex; flex-wrap: wrap; align-items: center; gap: .375rem .625rem; }
.choice > .name { font-size: .8125rem; color: var(--soft); }
.switch { display: flex; flex-wrap: wrap; gap: 2px; padding: 3px; margin: 0; list-style: none; border-radius: 9px; background: var(--ground); border: 1px solid var(--line); }
.switch a { display: block; padding: .25rem .6875rem; border-radius: 6px; color: var(--ink); text-decoration: none; font-size: .875rem; }
.switch a:hover { background: var(--tint); }
.switch a[aria-current] { background: var(--accent); color: var(--on-accent); font-weight: 600; }

@media (max-width: 40rem) { .choices { gap: .625rem 1.25rem; } .switch { flex-wrap: nowrap; overflow-x: auto; } .switch a { white-space: nowrap; } .choice { max-inline-size: 100%; } }

/* Controls. */
label { font-size: .875rem; font-weight: 600; }
input, textarea, select { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--edge); border-radius: 7px; padding: .4375rem .625rem; max-width: 100%; }
textarea { font: .875rem/1.55 var(--mono); inline-size: 100%; resize: vertical; }
button, .button { font: 600 .9375rem/1.4 inherit; font-family: inherit; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: 7px; padding: .4375rem .9375rem; cursor: pointer; text-decoration: none; display: inline-block; }
button:disabled { opacity: .5; cursor: not-allowed; }
button:hover, .button:hover { filter: brightness(1.1); }
.quiet { background: transparent; color: var(--accent); border-color: var(--edge); }
.narrow { inline-size: 5.5rem; }
form { display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); margin: 0; }
form.row { display: flex; gap: .5rem; }

/* What was found, in one word. */
.badge { display: inline-flex; align-items: center; gap: .375rem; padding: .125rem .5625rem; border-radius: 999px; font-size: .8125rem; font-weight: 600; white-space: nowrap; text-decoration: none; }
.good { color: var(--good); background: var(--good-tint); }
.warn { color: var(--warn); background: var(--warn-tint); }
.bad { color: var(--bad); background: var(--bad-tint); }
.plain { color: var(--soft); background: var(--ground); border: 1px solid var(--line); }
.say { border-radius: 8px; padding: .625rem .875rem; font-size: .9375rem; }
.findings { margin: 0; padding: 0; list-style: none; display: grid; gap: .625rem; }
.findings li { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .125rem .75rem; align-items: baseline; }
.findings .where { grid-column: 2; }

/* The head of a mail, as an inbox shows it. */
.mail-head { margin: 0; display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1.25rem; }
.mail-head dt { color: var(--soft); font-size: .875rem; line-height: 1.5rem; }
.mail-head dd { margin: 0; overflow-wrap: anywhere; }
.mail-head .subject { font-weight: 650; }

/* The mail itself. The frame's own scheme is that of the mail, or the browser would paint a ground behind it. */
.stage { display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: stretch; }
.stage > * { flex: 1 1 22rem; min-inline-size: 0; }
.stage > .html { flex: 2 1 40rem; }
.part { display: grid; gap: .5rem; grid-template-rows: auto minmax(0, 1fr); }
.part > h2 { font-size: .8125rem; font-weight: 600; color: var(--soft); }
.scroll { overflow: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--paper); block-size: min(52rem, 85vh); min-block-size: 24rem; }
pre.scroll { padding: 1.25rem; }
.device { display: flex; overflow-y: hidden; justify-content: safe center; background: var(--ground); }
.device iframe { flex: none; border: 0; block-size: 100%; }
.device iframe.fit { inline-size: 100%; }
iframe.light, iframe.inverted { color-scheme: light; background: #fff; }
iframe.dark { color-scheme: dark; background: #111; }
iframe.inverted { filter: invert(1) hue-rotate(180deg); }
.spread { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); align-items: start; }
.halves { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); align-items: start; }

/* Where the start page leads: each panel is a link as a whole. */
.ways { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); margin: 0; padding: 0; list-style: none; }
.way { position: relative; gap: .25rem; }
.way:hover { border-color: var(--edge); }
.way a { text-decoration: none; }
.way a::after { content: ''; position: absolute; inset: 0; }
.way a:focus-visible { outline: none; }
.way a:focus-visible::after { outline: 3px solid var(--accent); outline-offset: -3px; border-radius: 10px; }
@media (max-width: 40rem) { .ways + .panel .mail-head { grid-template-columns: minmax(0, 1fr); } .ways + .panel dd { margin-block-end: .75rem; } }

/* Gallery. */
.gallery { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 33rem), 1fr)); }
.group { display: grid; gap: 1.25rem; align-content: start; grid-template-columns: minmax(0, 1fr); }
.words > p { margin-block-start: .125rem; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); margin: 0; padding: 0; list-style: none; }
.card { position: relative; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; display: grid; grid-template-rows: auto 1fr; }
.card:hover { border-color: var(--edge); }
.thumb { block-size: 13rem; overflow: hidden; border-block-end: 1px solid var(--line); background: #eef1f5; }
.thumb iframe { border: 0; inline-size: 250%; block-size: 250%; transform: scale(.4); transform-origin: 0 0; pointer-events: none; }
[dir=rtl] .thumb iframe { transform-origin: 100% 0; }
.card .foot { padding: .625rem .875rem; display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; justify-content: space-between; }
.card .whole { font-weight: 600; text-decoration: none; }
.card .whole::after { content: ''; position: absolute; inset: 0; }
.card .whole:focus-visible { outline: none; }
.card .whole:focus-visible::after { outline: 3px solid var(--accent); outline-offset: -3px; border-radius: 10px; }
.card details { position: relative; flex-basis: 100%; font-size: .875rem; }
.card summary { font-weight: 400; color: var(--soft); inline-size: max-content; }
.card details[open] > summary { margin-block-end: .375rem; }
.links { display: flex; flex-wrap: wrap; gap: .25rem .875rem; margin: 0; padding: 0; list-style: none; font-size: .875rem; }

/* Tables. */
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--paper); }
table { border-collapse: collapse; inline-size: 100%; font-size: .9375rem; }
th, td { text-align: start; vertical-align: top; padding: .625rem .875rem; border-block-end: 1px solid var(--line); }
tr:last-child > * { border-block-end: 0; }
thead th { font-size: .8125rem; color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
.matrix th:not(:first-child), .matrix td { text-align: center; padding-inline: .25rem; }
.matrix thead th { vertical-align: bottom; }
.matrix thead th > span { writing-mode: vertical-rl; transform: rotate(180deg); display: inline-block; text-align: start; }
.matrix th:first-child { position: sticky; inset-inline-start: 0; background: var(--paper); white-space: nowrap; }
.matrix tbody th span { font-weight: 400; display: block; }
@media (max-width: 40rem) { .matrix th:first-child { white-space: normal; min-inline-size: 7.5rem; padding-inline: .625rem; overflow-wrap: break-word; } }
.matrix tbody tr:hover > * { background: var(--ground); }
.sign { display: inline-grid; place-items: center; inline-size: 1.5rem; block-size: 1.5rem; border-radius: 50%; font-size: .8125rem; font-weight: 700; text-decoration: none; }
details > summary { cursor: pointer; font-weight: 600; }
details[open] > summary { margin-block-end: .75rem; }

/* Differences of two texts. */
pre.diff { padding: .75rem 0; block-size: auto; min-block-size: 0; max-block-size: min(52rem, 85vh); }
.diff > * { display: block; padding: .0625rem 1.25rem .0625rem 2.5rem; text-indent: -1.25rem; min-block-size: 1.55em; text-decoration: none; }
.diff ins { background: var(--good-tint); color: var(--good); }
.diff del { background: var(--bad-tint); color: var(--bad); }
.diff ins::before { content: '+ '; } .diff del::before { content: '− '; } .diff span::before { content: '  '; }
@media (prefers-reduced-motion: no-preference) { .card { transition: border-color .15s; } }
@media (forced-colors: active) { .more > .here, .switch a[aria-current] { outline: 2px solid; } .badge { border: 1px solid; } }
${onCallStyle}`;
