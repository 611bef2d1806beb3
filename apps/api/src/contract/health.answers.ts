import { z } from 'zod';
import { time, word } from './answer.terms.js';

export const live = z.object({ status: z.literal('live') }).meta({ id: 'Live' });

const relay = z
  .object({
    takesMails: z
      .boolean()
      .describe('False while it takes nothing, or fails most of what it is asked, and mails are due.'),
    waiting: z.int().describe('Mails whose turn has come; 10000 is that many or more.'),
    since: time.optional().describe('When it first failed after the last mail that it took.'),
    reason: word.optional().describe('How its last conversation failed: one of a closed list.'),
    words: word.nullable().optional().describe('What it said then, without addresses.'),
  })
  .describe('Derived from what is on record: each process says the same.');

const relays = z
  .object({
    ill: word.describe('Which of the two does not take mails: first, second or both.'),
    since: time.describe('Since when that is so.'),
    onSecond: z.boolean().describe('Whether mails go by the second.'),
    first: word.describe('Host and port.'),
    second: word.describe('Host and port.'),
  })
  .describe('Only while one of two relays is ill. Mails may go out all the same: `relay` says whether.');

const late = z.object({
  mails: z.int().describe('Due for longer than TELL_SOON; 10000 is that many or more.'),
  since: time.optional().describe('When the first of them became due.'),
  holdup: word.optional().describe('What holds them up: relay, backlog, put-off or untaken.'),
});

export const ready = z
  .object({
    status: z.literal('ready'),
    database: z.literal('up'),
    relay: relay.optional(),
    relays: relays.optional(),
    late: late.optional(),
    sendQueue: z.record(z.string(), z.union([z.literal('down'), z.record(z.string(), z.int())])),
  })
  .meta({
    id: 'Ready',
    description: 'What is sent here can be committed. A send queue or a relay that is down loses nothing.',
  });

export const metrics = z.string().meta({ id: 'Metrics', description: 'The text format of Prometheus.' });
