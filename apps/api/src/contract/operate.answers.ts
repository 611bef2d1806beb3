import { z } from 'zod';
import {
  ADDRESS_OWNERS,
  LEFT_OUT_WORDS,
  PAUSABLE,
  RESOLUTIONS,
  STANDINGS,
  TEMPLATES,
} from '#libs/notifications/index.js';
import type { LeftOut } from '#libs/notifications/index.js';
import { QuarantineKind } from '#libs/platform/index.js';
import { id, outcome, pageOf, time, word } from './answer.terms.js';

export const quarantined = z
  .object({
    id,
    kind: z.enum(QuarantineKind),
    queue: word,
    source: word,
    reason: word.describe('One of a closed list.'),
    detail: word.describe('The reason in a sentence.'),
    taxReturnId: id.nullable(),
    submissionId: word.nullable(),
    notificationId: id.nullable().describe('The mail that a receipt is about.'),
    receivedAt: time,
    replays: z.int(),
    resolvedAt: time.nullable(),
    resolution: word.nullable(),
  })
  .meta({ id: 'QuarantineEntry' });

export const quarantinePage = pageOf(quarantined).meta({ id: 'QuarantinePage' });

export const replayed = z
  .object({ entries: z.array(z.object(outcome)), quarantine: quarantined.nullable() })
  .meta({ id: 'Replayed' });

const leftOutReasons = Object.keys(LEFT_OUT_WORDS) as [LeftOut, ...LeftOut[]];

export const resent = z
  .object({
    id: id.describe('The mail that is sent: the same one, or the new one.'),
    occurrence: word,
    done: z.boolean().describe('False when this very call did it before.'),
  })
  .meta({ id: 'Resent' });

export const resends = z
  .object({
    dryRun: z.boolean(),
    matching: z.int().describe('Mails that the filter finds: the sum of the others but `toRegistered`.'),
    openedAgain: z.int().describe('Never accepted by a relay: sent again under the same Message-ID.'),
    madeNew: z.int().describe('Accepted by a relay before: sent as a new mail, `<original>.resend-<n>`.'),
    toRegistered: z
      .int()
      .describe('Of those sent: to the address registered for the return, since their own takes nothing.'),
    doneBefore: z.int().describe('Sent by this very call before.'),
    leftOut: z.array(
      z.object({
        why: z.enum(leftOutReasons),
        sentence: word,
        todo: word,
        overridable: z.boolean(),
        mails: z.int(),
        sample: z.array(id),
      }),
    ),
    sample: z.array(
      z.object({
        id,
        taxReturnId: id,
        template: word,
        state: word,
        reason: word.nullable(),
        does: z.enum(['open-again', 'make-new']),
      }),
    ),
  })
  .meta({ id: 'Resends', description: 'What a re-send would do, or did.' });

export const unreachable = z
  .object({
    id: id.describe('The mail.'),
    taxReturnId: id,
    submissionUuid: id.nullable().describe('Our id of the submission that it is about.'),
    submissionId: word.nullable(),
    userId: word.nullable(),
    taxYear: z.int().nullable(),
    template: z.enum(TEMPLATES),
    stage: z.enum(['pre', 'post']).nullable(),
    notTold: word.describe('What they were not told, in words.'),
    since: time.describe('When the mail was asked for.'),
    addresses: z
      .array(
        z.object({
          of: z.enum(ADDRESS_OWNERS).describe('Given for this mail, for its return, or of the account.'),
          against: word.describe('Why it is suppressed, or `refused` by the relay for good.'),
        }),
      )
      .describe('The addresses that were given, each once. Which they are is not shown.'),
    why: word.describe('Why no address is left, in sentences.'),
  })
  .meta({ id: 'Unreachable', description: 'A taxpayer who is untold and has no address left, by the mail.' });

export const unreachablePage = pageOf(unreachable).meta({ id: 'UnreachablePage' });

export const resolved = z
  .object({
    id,
    resolution: z.enum(RESOLUTIONS),
    done: z.boolean().describe('False when this very call did it before.'),
  })
  .meta({ id: 'Resolved' });

const pause = z.object({
  template: z.enum(PAUSABLE),
  since: time,
  actor: word,
  reason: word,
  guard: word.nullable().describe('Which guard paused it; null where a person did.'),
  waiting: z.int().describe('Mails that it holds back.'),
});

export const pauses = z.object({ items: z.array(pause) }).meta({ id: 'Pauses' });

export const paused = z
  .object({ template: z.enum(PAUSABLE), created: z.boolean().describe('False when it was paused already.') })
  .meta({ id: 'Paused' });

export const resumed = z
  .object({ template: z.enum(PAUSABLE), queued: z.int().describe('Mails that waited and were queued.') })
  .meta({ id: 'Resumed' });

export const erased = z
  .object({
    taxReturnId: id,
    erasedAt: time.describe('When it was asked for, the last time that there was anything to erase.'),
    complete: z.boolean().describe('False while a mail is being sent that is erased when that has ended.'),
  })
  .meta({ id: 'Erased' });

export const why = z
  .object({
    taxReturnId: id,
    summary: word.describe('The whole in a sentence.'),
    mails: z.array(
      z.object({
        notificationId: id.nullable().describe('Null: no event made such a mail due.'),
        template: word,
        occurrence: word.nullable(),
        state: word.nullable(),
        reason: word.nullable(),
        standing: z.enum(STANDINGS).nullable(),
        sentences: z.array(word).describe('The rules that passed or failed, in order.'),
        todo: word.nullable().describe('What to do now.'),
        answer: word
          .nullable()
          .describe(
            'What the other server said of a mail that came back, else the last answer of the relay: without addresses.',
          ),
      }),
    ),
    timeline: z.array(
      z.object({
        at: time,
        kind: z.enum(['event', 'mail', 'try', 'receipt', 'person', 'parked']),
        sentence: word,
        notificationId: id.nullable(),
      }),
    ),
  })
  .meta({ id: 'Why' });

export const noted = z.object({ kind: word, target: id }).meta({ id: 'Noted' });

export const notes = z
  .object({ items: z.array(z.object({ at: time, actor: word, text: word })) })
  .meta({ id: 'Notes' });

export const replays = z
  .object({
    dryRun: z.boolean(),
    matching: z.int(),
    reasons: z
      .array(z.object({ kind: z.enum(QuarantineKind), reason: word, entries: z.int() }))
      .optional()
      .describe('In a dry run: what it would take.'),
    sample: z.array(id).optional(),
    outcomes: z.record(word, z.int()).optional().describe('How the entries ended.'),
  })
  .meta({ id: 'Replays' });

export const csv = z.string().meta({ id: 'Csv', description: 'RFC 4180, UTF-8, with a line of titles.' });
