import { z } from 'zod';
import { CALL_REASONS } from '#libs/notifications/index.js';
import { id, time, word } from './answer.terms.js';
import { eventKind } from './call-backs.requests.js';

const cursor = word.describe('Its place in the feed; `after` takes it.');
const reason = z.enum(CALL_REASONS);

const event = z
  .object({
    cursor,
    kind: eventKind.describe('What happened.'),
    taxReturnId: id,
    submissionId: word.nullable().describe('Null while the authority’s id is not known.'),
    status: z
      .enum(['Pending', 'Accepted', 'Rejected', 'Error'])
      .nullable()
      .describe('Of the tax return, when this was read: never older than the event.'),
    occurredAt: time,
    recordedAt: time,
  })
  .meta({
    id: 'Event',
    description: 'Something that happened to a submission. No addresses, and no free text.',
  });

export const eventPage = z
  .object({
    items: z.array(event),
    more: z.boolean().describe('True: there is more already. False: ask again in a while.'),
    nextCursor: word.describe('Behind the last of them: where to go on, now or later.'),
    next: word.describe('The same as a path of this service.'),
  })
  .meta({ id: 'EventPage' });

export const callBack = z
  .object({
    name: word,
    url: word,
    kinds: z.array(eventKind).describe('None: everything.'),
    state: z.enum(['active', 'stopped']),
    reason: reason.nullable().describe('Why the last call was in vain; null while all is well.'),
    status: z.int().nullable().describe('What it answered then.'),
    failures: z.int().describe('Calls in a row that nothing came of.'),
    failingSince: time.nullable(),
    dueAt: time.describe('No call before.'),
    toldAt: time.nullable().describe('When a call last went well.'),
    cursor: word.describe('All up to here was told, or is put aside.'),
    behindSince: time
      .nullable()
      .describe('When the first event behind that was recorded; null when there is none.'),
    aside: z.int().describe('Events that it was put on without, each tried by itself.'),
    givenUp: z.int().describe('Those that were tried for too long, and wait for a person.'),
    previousUntil: time.nullable().describe('Until when calls are signed with the secret before as well.'),
    madeBy: word,
    madeAt: time,
  })
  .meta({ id: 'CallBack', description: 'Where a backend is told what happened. Its secret is not shown.' });

export const callBacks = z.object({ items: z.array(callBack) }).meta({ id: 'CallBacks' });

const secret = word.describe('What calls are signed with, shown this once. Keep it like a password.');

export const registeredCallBack = z
  .object({ callBack, secret: secret.optional().describe('Of a new one alone. Shown this once.') })
  .meta({ id: 'RegisteredCallBack' });

export const rotatedSecret = z
  .object({ secret, previousUntil: time.describe('Until then calls are signed with both.') })
  .meta({ id: 'RotatedSecret' });

export const asides = z
  .object({
    items: z.array(
      z.object({
        cursor,
        kind: eventKind,
        taxReturnId: id,
        submissionId: word.nullable(),
        recordedAt: time,
        tries: z.int(),
        reason,
        status: z.int().nullable(),
        since: time,
        dueAt: time.nullable().describe('Null: given up.'),
      }),
    ),
  })
  .meta({ id: 'CallBackAsides' });

export const resumedCallBack = z
  .object({ callBack, again: z.int().describe('Events put aside that are tried again.') })
  .meta({ id: 'ResumedCallBack' });
