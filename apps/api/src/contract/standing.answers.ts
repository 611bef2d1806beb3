import { z } from 'zod';
import {
  AUDIT_ACTIONS,
  AUDIT_KINDS,
  BACKFILL_OUTCOMES,
  BECAME_OF_DAY,
  STANDINGS,
  TEMPLATES,
} from '#libs/notifications/index.js';
import { BackupStatus, BounceType, NotificationState, ReceiptKind } from '#libs/platform/index.js';
import { id, pageOf, time, word } from './answer.terms.js';
import { delivery } from './notifications.answers.js';
import { submissionEvent } from './returns.answers.js';

const count = z.int();

const standingCounts = z
  .object({ success: count, 'in-process': count, failure: count, total: count })
  .meta({ id: 'StandingCounts', description: 'Each stands in exactly one place: the three are the total.' });

export const audit = z
  .object({
    at: time,
    delivered: standingCounts.describe('Submissions: did they reach the authority?'),
    told: standingCounts.describe('Notifications: was the taxpayer told?'),
    remediations: z
      .object({
        remediated: count.describe('Submissions whose latest remediation is a success.'),
        duplicate: count.describe('Those of them that stand aside for another of the same person.'),
      })
      .describe('A part of the successes.'),
    oldestFailures: z
      .array(z.object({ id, taxReturnId: id, submissionId: word.nullable(), createdAt: time }))
      .describe('Submissions that did not reach the authority, the oldest first; at most 100.'),
  })
  .meta({ id: 'Audit', description: 'Counts of one instant, on two axes that never mix.' });

export const auditEntry = z
  .object({
    sequence: word.describe('Its place in the trail.'),
    at: time,
    actor: word.describe('The name of the key, or of the person at the terminal.'),
    action: z.enum(AUDIT_ACTIONS),
    kind: z.enum(AUDIT_KINDS).describe('What it was done to.'),
    target: word.describe('Its id.'),
    reason: word,
    before: z.unknown().describe('As much as it changed.'),
    after: z.unknown(),
  })
  .meta({ id: 'AuditEntry', description: 'Who did what, when and why. Never changed.' });

export const auditTrailPage = pageOf(auditEntry).meta({ id: 'AuditTrailPage' });

const note = z.object({ at: time, actor: word, context: word });

const remediationMembers = {
  id,
  submissionUuid: id.describe('Our id of the submission.'),
  success: z.boolean(),
  ignoredAsDuplicate: z.boolean(),
  actor: word,
  evidence: word.nullable(),
  createdAt: time,
};

export const remediation = z
  .object({ ...remediationMembers, notes: z.array(note).describe('Its life, the oldest first.') })
  .meta({ id: 'Remediation' });

const outcome = z.enum(BACKFILL_OUTCOMES);

export const backfilled = z
  .object({
    dryRun: z.boolean(),
    outcomes: z.record(outcome, count).describe('How many ended in each way.'),
    entries: z.array(z.object({ id: word, outcome })),
  })
  .meta({
    id: 'Backfilled',
    description: 'known: it has a remediation of this list already. unknown: no such id.',
  });

export const siblings = z
  .object({
    items: z.array(
      z.object({
        id: id.describe('Our id of the submission.'),
        taxReturnId: id,
        submissionId: word.nullable(),
        createdAt: time,
        delivered: z.enum(STANDINGS).describe('Did it reach the authority?'),
      }),
    ),
  })
  .meta({ id: 'Siblings', description: 'Other submissions of the same user id and tax year.' });

export const duplicatesMarked = z
  .object({ remediations: z.array(remediation) })
  .meta({ id: 'DuplicatesMarked' });

const timelineItem = z
  .discriminatedUnion('kind', [
    z.object({ at: time, kind: z.literal('event'), event: submissionEvent.extend({ submissionUuid: id }) }),
    z.object({
      at: time,
      kind: z.literal('notification'),
      notification: z.object({
        id,
        template: z.enum(TEMPLATES),
        stage: z.enum(['pre', 'post']).nullable(),
        occurrence: word,
        submissionUuid: id.nullable(),
        state: z.enum(NotificationState),
        reason: word.nullable(),
        requestedAt: time,
        settledAt: time.nullable(),
      }),
    }),
    z.object({ at: time, kind: z.literal('delivery'), delivery: delivery.extend({ notificationId: id }) }),
    z.object({
      at: time,
      kind: z.literal('receipt'),
      receipt: z
        .object({
          notificationId: id,
          attempt: count,
          kind: z.enum(ReceiptKind),
          bounceType: z.enum(BounceType).nullable(),
          reason: word.nullable(),
          byWords: z.boolean().describe('True: no status code gave the reason, it was read from words.'),
          occurredAt: time,
          diagnostic: word.nullable().describe("The other server's words, without addresses."),
          recordedAt: time,
        })
        .describe('What a provider said of a mail after a relay had taken it.'),
    }),
    z.object({
      at: time,
      kind: z.literal('verdict'),
      verdict: z
        .object({ submissionUuid: id, status: z.enum(BackupStatus), word })
        .describe('What the upstream of the backup path answered when it was asked, and in which word.'),
    }),
    z.object({ at: time, kind: z.literal('remediation'), remediation: z.object(remediationMembers) }),
    z.object({ at: time, kind: z.literal('note'), note: note.extend({ remediationId: id }) }),
    z.object({ at: time, kind: z.literal('action'), action: auditEntry }),
  ])
  .meta({ id: 'TimelineItem' });

export const timeline = z
  .object({
    taxReturnId: id,
    items: z.array(timelineItem).describe('In the order in which it was recorded.'),
  })
  .meta({ id: 'Timeline' });

const waited = z.number().nullable();

const level = {
  mails: count.describe('All that were asked for. Each is in one place of `became`.'),
  became: z
    .record(z.enum(BECAME_OF_DAY), count)
    .describe(
      'arrived: a receipt says so. taken: the relay has them, and nothing more is known. superseded: something took their place. bounced: they came back. unknown: perhaps sent. waiting: for their turn. untold: the rest.',
    ),
  apart: z
    .object({ listed: count, ordered: count })
    .describe(
      'Mails that the service level leaves out: those of a batch, and those that wait for more failures on purpose.',
    ),
  owed: count.describe('Mails that it judges: asked for at once, and to be handed over.'),
  inTime: count.describe('Of these: a relay took them within the aim.'),
  askedAgain: count.describe('Of these: asked for more than once. They are judged by the last time.'),
  share: z.number().min(0).max(1).nullable().describe('`inTime` of `owed`. Null where nothing was owed.'),
  waits: z
    .object({ p50: waited, p95: waited, p99: waited })
    .describe(
      'Seconds that this part of them waited at most until a relay took them, rounded up to the end of a class. Those that no relay took are not among them. Null where there are none, and for more than a day.',
    ),
};

export const serviceLevel = z
  .object({
    aim: z.object({
      within: z.number().describe('Seconds: SERVICE_LEVEL_WITHIN.'),
      share: z.number().describe('SERVICE_LEVEL_SHARE.'),
    }),
    total: z.object(level),
    days: z
      .array(
        z.object({
          day: z.iso.date(),
          countedAt: time.nullable().describe('Null: not counted yet.'),
          isFinal: z.boolean().describe('No receipt changes it any more.'),
          ...level,
        }),
      )
      .describe('Each day asked for, the oldest first.'),
  })
  .meta({
    id: 'ServiceLevel',
    description:
      'How soon mails were handed over and what became of them, by the day (UTC) that they were asked for.',
  });
