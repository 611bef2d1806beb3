import { describe, expect, it } from 'vitest';
import { BACKUP_REPORT, readAnswer } from './upstream.answer.js';

const nothing = { verdicts: [], undecided: [], missing: [], strangeWords: [], strayEntries: 0 };

describe('what the upstream answers for an id', () => {
  it.each([
    ['vbms', undefined, 'accepted'],
    ['success', undefined, 'accepted'],
    ['accepted', true, 'accepted'],
    ['accepted', null, 'accepted'],
    ['error', undefined, 'rejected'],
    ['expired', true, 'rejected'],
    ['rejected', undefined, 'rejected'],
  ])('%s with final_status %s is the end: %s', (word, final_status, status) => {
    const verdicts = [{ id: 'B1', status, word }];
    expect(answer(['B1'], entry('B1', word, final_status))).toEqual({ ...nothing, verdicts });
  });

  it.each(['vbms', 'success', 'accepted', 'error', 'expired', 'rejected', 'pending', 'melted'])(
    '%s that is not final is none, and nobody wonders at it',
    (word) => {
      expect(answer(['B1'], entry('B1', word, false))).toEqual({ ...nothing, undecided: ['B1'] });
    },
  );

  it.each(['pending', 'uploaded', 'received', 'processing'])('%s is not the end', (word) => {
    expect(answer(['B1'], entry('B1', word))).toEqual({ ...nothing, undecided: ['B1'] });
  });

  it.each(['melted', 'VBMS', '', 'constructor', '__proto__'])('is no end in the strange word %p', (word) => {
    const read = answer(['B1'], entry('B1', word, true));
    expect(read).toEqual({ ...nothing, undecided: ['B1'], strangeWords: [word] });
  });

  it.each([[['error', 'vbms']], [['vbms', 'error']], [['vbms', 'pending']], [['pending', 'vbms']]])(
    'is accepted if one of its entries says so: %p',
    (words) => {
      const read = answer(['B1'], ...words.map((word) => entry('B1', word)));
      expect(read?.verdicts).toEqual([{ id: 'B1', status: 'accepted', word: 'vbms' }]);
      expect(read?.undecided).toEqual([]);
    },
  );
});

describe('an answer', () => {
  it.each([
    ['nothing', null],
    ['a word', 'entry'],
    ['no id', { attributes: { status: 'error' } }],
    ['an id of null', entry(null, 'error')],
    ['an id that is a number', entry(7, 'error')],
    ['an id that was not asked', entry('B9', 'error')],
    ['no attributes', { id: 'B2' }],
    ['a status of null', entry('B2', null)],
    ['a final_status in words', entry('B2', 'error', 'false')],
  ])('with an entry that is %s says all that the others say', (_what, stray) => {
    expect(answer(['B1', 'B2'], stray, entry('B1', 'vbms'))).toEqual({
      ...nothing,
      verdicts: [{ id: 'B1', status: 'accepted', word: 'vbms' }],
      missing: ['B2'],
      strayEntries: 1,
    });
  });

  it.each([null, undefined, 'data', [], {}, { data: null }, { data: { id: 'B1' } }])(
    'is none when it is %p',
    (body) => {
      expect(readAnswer(BACKUP_REPORT, ['B1'], body)).toBeUndefined();
    },
  );
});

function answer(asked: string[], ...data: unknown[]) {
  return readAnswer(BACKUP_REPORT, asked, { data });
}

function entry(id: unknown, status: unknown, final_status?: unknown) {
  return { id, attributes: { status, final_status, detail: 'as it says' } };
}
