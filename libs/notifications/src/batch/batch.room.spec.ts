import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchRoom } from './batch.room.js';
import type { MailsNow } from './batch.room.js';

const SETTINGS = { BATCH_ON_THE_WAY: 1_000, BATCH_STOP_AT: 50 };

let mails: MailsNow | undefined;
const look = vi.fn(() => Promise.resolve(mails));
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  look.mockClear();
  mails = { onTheWay: 0, open: 0, failed: 0, rate: null };
});
afterEach(() => {
  vi.useRealTimers();
});

const chunk = { rows: 200, mails: 200, rate: null };

describe('the room of a batch', () => {
  it('is looked at once for all rows that have room, each of which takes some', async () => {
    const room = new BatchRoom(look, SETTINGS);
    for (let chunks = 0; chunks < 5; chunks += 1) {
      expect(await room.now()).toEqual({ most: 200, isSettled: chunks === 0 });
      room.take(chunk);
    }
    expect(look).toHaveBeenCalledTimes(1);
    mails = { onTheWay: 950, open: 950, failed: 0, rate: null };
    expect(await room.now()).toEqual({ most: 50, isSettled: false });
    expect(look).toHaveBeenCalledTimes(2);
  });

  it('is looked at again after a while, whatever room there was: it may have to stop', async () => {
    const room = new BatchRoom(look, SETTINGS);
    await room.now();
    room.take({ ...chunk, mails: 0 });
    vi.advanceTimersByTime(250);
    await room.now();
    expect(look).toHaveBeenCalledTimes(2);
  });

  it('is none when it does not run any more, and a part of a second with a rate', async () => {
    mails = { onTheWay: 0, open: 0, failed: 0, rate: 10 };
    expect(await new BatchRoom(look, SETTINGS).now()).toMatchObject({ most: 3 });
    mails = undefined;
    expect(await new BatchRoom(look, SETTINGS).now()).toEqual({ most: 0, isSettled: false });
  });
});
