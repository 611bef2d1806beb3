import { describe, expect, it } from 'vitest';
import { isSampled, readTraceparent, spanIdOf, traceIdOf } from './traceparent.js';

const [TRACE, SPAN] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

describe('a traceparent of others', () => {
  it('goes on as it came, and of a later version as much as ours has', () => {
    const read = readTraceparent(`00-${TRACE}-${SPAN}-01`) ?? '';
    expect(read).toBe(`00-${TRACE}-${SPAN}-01`);
    expect([traceIdOf(read), spanIdOf(read), isSampled(read)]).toEqual([TRACE, SPAN, true]);
    expect(isSampled(readTraceparent(`00-${TRACE}-${SPAN}-02`) ?? '')).toBe(false);
    expect(readTraceparent(`01-${TRACE}-${SPAN}-01-more@example.com`)).toBe(`00-${TRACE}-${SPAN}-01`);
  });

  it.each([
    ['of no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['of no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['of a version that cannot be', `ff-${TRACE}-${SPAN}-01`],
    ['with more than its version has', `00-${TRACE}-${SPAN}-01-more`],
    ['in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['with something behind a line', `00-${TRACE}-${SPAN}-01\nsomeone@example.com`],
    ['that is none', 'someone@example.com'],
    ['that is not there', undefined],
  ])('%s is not taken', (_, text) => {
    expect(readTraceparent(text)).toBeUndefined();
  });
});
