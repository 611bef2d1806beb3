/** What only the pages of on-call have: read at night, on a phone, by somebody in a hurry. */
export const onCallStyle = `
/* Mails do not go out. */
.alarm { border: 2px solid var(--bad); background: var(--bad-tint); gap: .5rem; }
.alarm h2 { color: var(--bad); }
.alarm .raw code { background: var(--paper); }
/* The first number. */
.oldest { border-inline-start: 6px solid var(--bad); gap: .25rem; }
.oldest.calm { border-color: var(--good); }
.oldest.quiet { border-color: var(--edge); }
.oldest.quiet .figure { color: inherit; }
.oldest h2 { font-size: 1rem; font-weight: 600; }
.figure { font-size: clamp(2rem, 9vw, 3rem); line-height: 1.15; font-weight: 700; letter-spacing: -.02em; color: var(--bad); font-variant-numeric: tabular-nums; }

@media (max-width: 40rem) { .top nav { gap: 0; } .top nav a, .more > summary { padding-inline: .5rem; } .panel { padding: 1rem; } }

/* Groups and items. */
.needs, .items, .plain-list { margin: 0; padding: 0; list-style: none; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
.needs > li { display: grid; gap: .25rem; justify-items: start; }
.needs > li + li, .items > li + li { border-block-start: 1px solid var(--line); padding-block-start: 1rem; }
.needs.many { grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem 2.5rem; }
.needs.many > li { align-content: start; border-block-start: 1px solid var(--line); padding-block-start: 1rem; }
.needs .badge { white-space: normal; }
a.badge { text-decoration: underline; text-underline-offset: .2em; font-size: .9375rem; padding-block: .25rem; }
.items > li { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .75rem; }
.items > li > div { display: grid; gap: .25rem; }
.items input, fieldset input, label input[type=checkbox] { inline-size: 1.375rem; block-size: 1.375rem; margin: 0 .25rem 0 0; flex: none; vertical-align: -.25rem; accent-color: var(--accent); }
.plain-list { gap: .375rem; }
.todo { padding-inline-start: .75rem; border-inline-start: 3px solid var(--accent); }
.raw { overflow-wrap: anywhere; }
.raw code { background: var(--ground); padding: .0625rem .3125rem; border-radius: 4px; }
.bar { position: sticky; inset-block-start: 0; background: var(--paper); padding-block: .5rem; border-block-end: 1px solid var(--line); z-index: 1; }
.mails { gap: 1rem; }

/* Filters: as many beside each other as there is room for. */
.filter { display: grid; gap: .75rem 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 11.5rem), 1fr)); align-items: end; }
.filter .field { display: grid; gap: .25rem; }
.filter .field > * { min-inline-size: 0; inline-size: 100%; }
.filter .field.end { display: flex; }
.filter .field.end > * { inline-size: auto; }
fieldset { border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; display: grid; gap: .5rem; margin: 0; min-inline-size: 0; }
fieldset legend { font-size: .875rem; font-weight: 600; padding-inline: .375rem; }
fieldset label, .needs label { font-weight: 400; font-size: 1rem; }

/* Counts over time. */
.plot { margin: 0; gap: .75rem; }
.plot figcaption { display: grid; gap: .25rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; font-variant-numeric: tabular-nums; }
.legend svg { inline-size: .75rem; block-size: .75rem; margin-inline-end: .25rem; }
.bars { inline-size: 100%; block-size: 7.5rem; border-block-end: 1px solid var(--edge); background: linear-gradient(var(--line), var(--line)) 0 0 / 100% 1px no-repeat; }
.plot .failure { fill: var(--plot-failure); } .plot .in-process { fill: var(--plot-open); } .plot .success { fill: var(--plot-success); }
.drawn { position: relative; display: grid; }
.stops { position: absolute; inset: 0; display: flex; margin: 0; padding: 0; list-style: none; }
.stops li { flex: 1 1 0; min-inline-size: 0; display: grid; }
.stops a:hover, .stops a:focus-visible { background: color-mix(in srgb, var(--accent) 22%, transparent); }
.stops a span { position: absolute; clip-path: inset(50%); inline-size: 1px; block-size: 1px; overflow: hidden; }
.stops a:hover span, .stops a:focus-visible span { clip-path: none; inset-inline: 0; inset-block-start: calc(100% + .25rem); inline-size: auto; block-size: auto; z-index: 1; padding: .25rem .5rem; background: var(--ink); color: var(--paper); border-radius: 6px; font-size: .8125rem; line-height: 1.35; pointer-events: none; }
.ends { display: flex; justify-content: space-between; gap: .5rem; max-width: none; }
:root { --plot-failure: #c2372f; --plot-open: #d99a1c; --plot-success: #6fa98a; }
@media (prefers-color-scheme: dark) { :root { --plot-failure: #ff7d72; --plot-open: #e5b04b; --plot-success: #4b8466; } }

/* How soon mails go out. */
.level .figure { background: none; border: 0; padding: 0; border-radius: 0; }
.level .figure.good { color: var(--good); }
.level .figure.plain { color: inherit; }
.day th, .day td { white-space: nowrap; }
.day td, .day thead th + th { text-align: end; font-variant-numeric: tabular-nums; }

/* A batch. */
details.panel:not([open]) { gap: 0; }
.live { display: grid; gap: 1.5rem; grid-template-columns: minmax(0, 1fr); }
.busy { color: var(--accent); background: var(--tint); }
progress { inline-size: 100%; block-size: .875rem; accent-color: var(--accent); }
.how-far { font-variant-numeric: tabular-nums; max-width: none; }
.tally { display: grid; gap: .75rem 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 12rem), 1fr)); margin: 0; padding: 0; list-style: none; font-variant-numeric: tabular-nums; }
.tally strong { display: block; font-size: 1.375rem; line-height: 1.2; }
.number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
.report .number { inline-size: 1%; }
.report th[scope=row] { font-weight: 400; min-inline-size: 11rem; overflow-wrap: anywhere; }
.share { inline-size: 30%; min-inline-size: 7rem; white-space: nowrap; }
.share svg { inline-size: 100%; block-size: .625rem; background: var(--ground); border-radius: 3px; display: block; margin-block: .4375rem .125rem; }
.share .run { fill: var(--accent); } .share .left { fill: var(--plot-open); } .share .later { fill: var(--edge); }
@media (max-width: 40rem) { .report th, .report td { padding: .5rem; } .report th[scope=row] { min-inline-size: 6rem; } .report code { font-size: .75rem; } .share { inline-size: 22%; min-inline-size: 3.5rem; } }
.samples { margin: 0; padding: 0; list-style: none; display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
.samples li { display: grid; gap: .375rem; grid-template-columns: minmax(0, 1fr); align-content: start; overflow-wrap: anywhere; }
.samples .scroll { block-size: 26rem; min-block-size: 0; }
.wide-say { display: grid; gap: .375rem; overflow-wrap: anywhere; }
.asks { align-items: start; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); }
.filter .field > .small { inline-size: auto; line-height: 1.35; }

/* A story: what happened, in order. */
.summary { font-size: 1.125rem; max-width: none; }
.why { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); align-items: start; }
.rules { margin: 0; padding-inline-start: 1.25rem; display: grid; gap: .375rem; overflow-wrap: anywhere; }
.timeline { margin: 0; padding: 0 0 0 1rem; list-style: none; border-inline-start: 2px solid var(--line); display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
.timeline > li { position: relative; overflow-wrap: anywhere; }
.timeline > li::before { content: ''; position: absolute; inset-inline-start: -1.375rem; inset-block-start: .375rem; inline-size: .625rem; block-size: .625rem; border-radius: 50%; background: var(--edge); }
.timeline > li.person::before { background: var(--accent); }
@media (forced-colors: active) { .plot rect { forced-color-adjust: none; } }
`;
