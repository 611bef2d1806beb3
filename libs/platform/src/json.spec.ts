import { describe, expect, it } from 'vitest';
import { isTooDeep, readJson } from './json.js';

const nested = (levels: number, inner = '1') => '{"a":'.repeat(levels) + inner + '}'.repeat(levels);

describe('JSON of strangers', () => {
  it.each([
    '{"a": [1, "]]]]{{{{", "\\"[", "\\\\", null], "b": {"c": "\\\\\\"{"}}',
    ' [{}, [], "[", {"[": "]"}]',
    '"[[["',
    '17',
    nested(64),
    `[${nested(64)}]`,
  ])('is read as it is: %s', (text) => {
    const value = readJson(text);
    expect(value).toEqual(JSON.parse(text));
    expect(isTooDeep(value)).toBe(false);
  });

  it.each(['', '{"a":', '[1}', ']', '{"a": "b}', nested(64).slice(1), '['.repeat(100), ']'.repeat(100)])(
    'that is none is refused: %s',
    (text) => expect(() => readJson(text)).toThrow(SyntaxError),
  );

  it('is too deep from the 65th level on, and as deep when it is written out again', () => {
    const value = readJson(nested(65));
    expect(isTooDeep(value)).toBe(true);
    expect(isTooDeep(readJson(JSON.stringify(value)))).toBe(true);
  });

  it('of a list is too deep by entry: its neighbours are whole', () => {
    const list = readJson(`[${nested(64)}, {"id": "x", "a": ${nested(64)}, "z": [[]]}, ${nested(64)}]`);
    const [first, second, third] = list as unknown[];
    expect([first, second, third].map(isTooDeep)).toEqual([false, true, false]);
    expect(second).toMatchObject({ id: 'x', z: [[]] });
    expect(first).toEqual(JSON.parse(nested(64)));
  });

  it('that is as deep as it is long is read without a call for each level', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const levels = 1_000_000;
      const text = open.repeat(levels) + (open === '[' ? '' : '1') + close.repeat(levels);
      expect(isTooDeep(readJson(text))).toBe(true);
      expect(() => readJson(open.repeat(levels))).toThrow(SyntaxError);
    }
  });
});
