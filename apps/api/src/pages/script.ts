/**
 * All the script there is. The pages work without it: it follows the links "next" and "previous" by j and k or the arrow
 * keys, where nobody is typing, and a link "Look again" after a while, where nobody has begun to do anything else: typed, opened something.
 */
export const script = `
addEventListener('keydown', (event) => {
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
if (again) setInterval(() => idle() && location.reload(), 3000);
`;
