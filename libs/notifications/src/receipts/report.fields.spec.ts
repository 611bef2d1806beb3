import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { dateOf, fieldsOf, groupsOf, withoutComments } from './report.fields.js';

describe('a field', () => {
  it.each([
    ['failed ', 'failed'],
    [' failed (it was refused)', 'failed'],
    ['(see (nested) below) 5.1.1', '5.1.1'],
    ['5.1.1 (bad \\) mailbox)', '5.1.1'],
    ['"(quoted)" kept', '"(quoted)" kept'],
    ['failed (never closed', 'failed'],
    ['failed) never opened', 'failed) never opened'],
  ])('%j means %j', (value, meaning) => {
    expect(withoutComments(value)).toBe(meaning);
  });

  it('goes on in lines that begin with white space, and may have some before its colon', () => {
    expect(fieldsOf('Action :\n\tfailed \nStatus:5.1.1').get('action')).toBe('failed');
    expect(dateOf('Thu, 29 Apr 2010 23:34:45 +0900 (JST)')).toEqual(new Date('2010-04-29T14:34:45Z'));
  });
});

describe('groups of recipients', () => {
  it('stand apart by an empty line, or by a field that comes again', () => {
    const of = (text: string) => groupsOf(text).map((group) => group.get('action'));
    expect(of('Reporting-MTA: dns; a\n\nAction: expanded\n \nAction: failed')).toEqual([
      undefined,
      'expanded',
      'failed',
    ]);
    expect(
      of('Final-Recipient: rfc822; a\nAction: delivered\nFinal-Recipient: rfc822; b\nAction: failed'),
    ).toEqual(['delivered', 'failed']);
  });

  it('are read in linear time, whatever is sent', () => {
    const hostile = [
      '\n'.repeat(200_000),
      ' \n\t'.repeat(200_000),
      `a:${'('.repeat(1_000_000)}`,
      ':'.repeat(1_000_000),
    ];
    for (const text of hostile) {
      expect(groupsOf(text).length).toBeLessThan(2);
      expect(withoutComments(text).length).toBeLessThanOrEqual(text.length);
    }
  });

  it('say the same with comments, folding and white space wherever the grammar lets them be', () => {
    const within = fc.constantFrom(
      '',
      ' ',
      '\t',
      '  ',
      '\n ',
      '\n\t ',
      ' (a comment)',
      ' (one (in another))\n ',
    );
    const atEnd = fc.constantFrom('', ' ', '\t ', ' (a comment)', '\n (on a line of its own) ');
    fc.assert(
      fc.property(fc.tuple(within, atEnd, within, atEnd), ([a, b, c, d]) => {
        const text = `Action:${a}failed${b}\nStatus:${c}5.1.1${d}\n`;
        const [group] = groupsOf(text);
        const meant = [group?.get('action'), group?.get('status')].map((value) =>
          withoutComments(value ?? ''),
        );
        expect(meant).toEqual(['failed', '5.1.1']);
      }),
    );
  });
});
