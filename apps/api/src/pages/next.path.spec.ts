import { expect, it } from 'vitest';
import fc from 'fast-check';
import { nextPath } from './next.path.js';

it('leads on to the page that was asked for, with its filters', () => {
  expect(nextPath('/ops?template=accepted')).toBe('/ops?template=accepted');
  expect(nextPath('/preview')).toBe('/preview');
});

it.each([
  'https://elsewhere.example/ops',
  '//elsewhere.example',
  '/\\elsewhere.example',
  '\\\\elsewhere.example',
  '/\t/elsewhere.example',
  '/.//elsewhere.example',
  '/x/..//elsewhere.example',
  'javascript:alert(1)',
  'http://',
  '/sign-in?next=/sign-in',
  undefined,
  ['/ops'],
])('never leads elsewhere, nor back to itself: %j', (asked) => {
  expect(nextPath(asked)).toBe('/ops');
});

it('whatever is asked for, a browser stays on this host', () => {
  const parts = fc.array(fc.constantFrom('/', '\\', '.', '\t', 'x'), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(parts, (asked) => {
      expect(new URL(nextPath(asked.join('')), 'https://ours.example').host).toBe('ours.example');
    }),
    { numRuns: 2000 },
  );
});
