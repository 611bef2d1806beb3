import { describe, expect, it } from 'vitest';
import { Pace, spanWords, Stillness } from './batch.pace.js';

const SECOND = 1_000;

describe('the pace of rows that become fewer', () => {
  it('is unknown at the first look, and so is what remains', () => {
    const pace = new Pace();
    pace.look(0, 100);
    expect([pace.rate, pace.remaining]).toEqual([undefined, undefined]);
  });

  it('is an average of the last half minute, so that it follows what changes', () => {
    const pace = new Pace();
    for (let at = 0; at <= 60; at += 1) pace.look(at * SECOND, 10_000 - at * 10);
    for (let at = 61; at <= 100; at += 1) pace.look(at * SECOND, 9_400 - (at - 60) * 50);
    expect(pace.rate).toBe(50);
    expect(pace.remaining).toBe(7_400 / 50);
  });

  it('promises no end while nothing comes forward', () => {
    const pace = new Pace();
    for (let at = 0; at < 40; at += 1) pace.look(at * SECOND, 70);
    expect([pace.rate, pace.remaining]).toEqual([0, undefined]);
  });

  it('is never below nothing: more rows than before are a new beginning', () => {
    const pace = new Pace();
    pace.look(0, 0);
    pace.look(SECOND, 500);
    pace.look(2 * SECOND, 400);
    expect([pace.rate, pace.remaining]).toEqual([100, 4]);
  });
});

it.each([
  [0, '1 s'],
  [40.2, '41 s'],
  [61, '2 min'],
  [3_601, '1 h 1 min'],
  [12_000, '3 h 20 min'],
])('%d seconds are said as people say it: %s', (seconds, words) => {
  expect(spanWords(seconds)).toBe(words);
});

describe('a batch that stands still', () => {
  it('is called so after ten seconds, and after a minute nobody need wait for it', () => {
    const stillness = new Stillness();
    const seen = { checked: 7, heldUntil: new Date(0) };
    expect([0, 9, 10, 59, 60].map((at) => stillness.look(at * SECOND, seen))).toEqual([
      'moving', 'moving', 'still', 'still', 'for-long',
    ]); // prettier-ignore
  });

  it('moves again with whatever changes, be it only that a worker has it in hand', () => {
    const stillness = new Stillness();
    expect(stillness.look(0, { heldUntil: new Date(0) })).toBe('moving');
    expect(stillness.look(70 * SECOND, { heldUntil: new Date(1) })).toBe('moving');
    expect(stillness.look(75 * SECOND, { heldUntil: new Date(1) })).toBe('moving');
  });
});
