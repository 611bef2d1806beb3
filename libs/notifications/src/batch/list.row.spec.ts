import { describe, expect, it } from 'vitest';
import { idIn, rowOf } from './list.row.js';

const ID = '0b5c9d2e-7a41-4f0e-9a63-1d2e3f405162';

describe('the id in a cell', () => {
  it.each([
    ['as it is', ID],
    ['in capitals', ID.toUpperCase()],
    ['in braces', `{${ID}}`],
    ['as a spreadsheet keeps text', `="${ID}"`],
    ['in quotes', `"${ID}"`],
    ['in single quotes', `'${ID}'`],
    ['behind the apostrophe of a spreadsheet', `'${ID}`],
    ['between blanks that do not break', `\u00a0${ID}\u00a0`],
    ['between characters that nobody sees', `\ufeff\u200b${ID}\u200d\u2060`],
    ['with a tab', `\t${ID}\t`],
  ])('is found %s', (_, cell) => {
    expect(idIn(cell, 'taxReturnId')).toBe(ID);
  });

  it.each(['', 'n/a', ID.slice(1), `${ID}0`, `${ID} ${ID}`, `=HYPERLINK("${ID}")`, ID.replace('0', 'g')])(
    'is not made up: %s',
    (cell) => {
      expect(idIn(cell, 'taxReturnId')).toBeUndefined();
    },
  );

  it('of a submission is what the authority gave, as it is written', () => {
    expect(idIn(' S-1.a:B_2 ', 'submissionId')).toBe('S-1.a:B_2');
    for (const cell of ['', 'a b', 'someone@example.com', 'x'.repeat(256)])
      expect(idIn(cell, 'submissionId')).toBeUndefined();
  });
});

describe('a row that names no id', () => {
  it('keeps as much of the cell as a person needs to find it, and no address', () => {
    expect(rowOf(7, 'see someone@example.com please', 'taxReturnId')).toEqual({
      row: 7,
      subject: 'see [address] please',
      isMalformed: true,
    });
    expect(rowOf(7, `${'x'.repeat(59)}👩‍👩‍👧 ${'y'.repeat(90)}`, 'taxReturnId').subject).toBe('x'.repeat(59));
  });

  it('is also one that names a submission without its receipt, or with what is none', () => {
    for (const receipt of [undefined, '', 'no receipt'])
      expect(rowOf(1, 'S-1', 'submissionId', receipt)).toMatchObject({ subject: 'S-1', isMalformed: true });
    expect(rowOf(1, 'S-1', 'submissionId', '="R-1"')).toEqual({
      row: 1,
      subject: 'S-1',
      receiptId: 'R-1',
      isMalformed: false,
    });
  });
});
