import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.js';

describe('a line of CSV', () => {
  it.each([
    [['a', 1, null, true], 'a,1,,true'],
    [['a,b', 'say "x"', 'two\nlines'], '"a,b","say ""x""","two\nlines"'],
    [['=SUM(A1)', '+1', '-1', '@x', '\tx'], `'=SUM(A1),'+1,'-1,'@x,'\tx`],
    [[-1], '-1'],
    [[' a '], '" a "'],
    [[new Date('2026-02-04T03:00:00Z')], '2026-02-04T03:00:00.000Z'],
    [[[], ['too-late', 'suppressed']], ',too-late suppressed'],
    [[{ state: 'failed' }], '"{""state"":""failed""}"'],
  ])('%j: %s', (cells, line) => {
    expect(csvLine(cells)).toBe(`${line}\r\n`);
  });
});
