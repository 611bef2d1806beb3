/**
 * All the script there is. The pages work without it: it follows the links "next" and "previous" by j and k or the arrow
 * keys, where nobody is typing.
 */
export const script = `
addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, textarea, select, [contenteditable], pre, .scroll');
  if (typing || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const rel = { j: 'next', ArrowRight: 'next', k: 'prev', ArrowLeft: 'prev' }[event.key];
  const link = rel && document.querySelector('a[rel=' + rel + ']');
  if (link) link.click();
});
`;
