/**
 * All the script there is. The pages work without it: it follows the links "next" and "previous" by j and k or the arrow
 * keys, where nobody is typing, and a link "Look again" after a while, where nobody has begun to do anything else: typed, opened something.
 * What goes on while it is looked at (`data-live`) is asked for every two seconds, more seldom where the answer takes long, and not
 * where nobody looks or the keyboard is in it; when it comes to stand elsewhere, the whole page is looked at again. The menu closes when
 * somebody goes elsewhere or presses Escape, and the arrow keys walk along a plot.
 */
export const script = `
const more = document.querySelector('.more');
const close = (event) => more && !more.contains(event.target) && (more.open = false);
addEventListener('click', close);
addEventListener('focusin', close);
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && more && more.open) {
    more.open = false;
    more.firstElementChild.focus();
  }
  const stop = event.target.closest('.stops a');
  const step = stop && { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) {
    const stops = [...stop.closest('.stops').querySelectorAll('a')];
    const next = stops[stops.indexOf(stop) + step];
    event.preventDefault();
    if (!next) return;
    stop.tabIndex = -1;
    next.tabIndex = 0;
    return next.focus();
  }
  const typing = event.target.closest('input, textarea, select, [contenteditable], pre, .scroll');
  if (typing || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const rel = { j: 'next', ArrowRight: 'next', k: 'prev', ArrowLeft: 'prev' }[event.key];
  const link = rel && document.querySelector('a[rel=' + rel + ']');
  if (link) link.click();
});
const again = document.querySelector('a[data-again]');
let typed = false;
addEventListener('input', () => (typed = true));
const idle = () =>
  !typed && document.activeElement === document.body && !document.querySelector('main details[open]');
const live = document.querySelector('[data-live]');
const now = () => live.firstElementChild.dataset;
const kind = live && now().kind;
const move = async () => {
  const began = performance.now();
  if (!document.hidden && !live.contains(document.activeElement)) {
    const answer = await fetch(now().next).catch(() => undefined);
    if (answer && answer.ok) live.innerHTML = await answer.text();
    if (now().kind !== kind && idle()) return location.reload();
  }
  if (now().next) setTimeout(move, Math.max(2000, 10 * (performance.now() - began)));
};
if (live && now().next) setTimeout(move, 2000);
if (again) setInterval(() => idle() && location.reload(), 3000);
`;
