import { z } from 'zod';
import {
  BackupStatus,
  NotificationState,
  QuarantineKind,
  SubmissionEventType,
} from '#libs/platform/index.js';
import { OUTCOMES, STANDINGS, SUPPRESSION_REASONS, TEMPLATES } from '#libs/notifications/index.js';

/** What we answer, as /docs shows it and as the client is typed by. A test holds real answers against it. */

const id = z.uuid();
const time = z.iso.datetime();
const word = z.string();

const problemMember = z.object({
  pointer: word.optional().describe('Where in the body, as a JSON Pointer (RFC 6901).'),
  parameter: word.optional().describe('The parameter, when it is none of the body.'),
  in: z.enum(['query', 'path', 'header']).optional(),
  detail: word.describe('What is wrong, without the value.'),
});

export const problem = z
  .object({
    type: word.describe('Leads to a page that says what to do, such as /problems/invalid-request.'),
    title: word,
    status: z.int(),
    detail: word.describe('What is wrong with this request, and what to do.'),
    errors: z.array(problemMember).optional().describe('Every member and parameter at fault, at once.'),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' });

export const taxReturnRegistered = z
  .object({ taxReturnId: id, created: z.boolean().describe('False when it was known already.') })
  .meta({ id: 'TaxReturnRegistered' });

export const submissionRegistered = z
  .object({
    id: id.describe('Our id of the submission.'),
    taxReturnId: id,
    key: word,
    created: z.boolean(),
  })
  .meta({ id: 'SubmissionRegistered' });

const storedCode = z.object({
  MeFErrorCode: word,
  TranslationKey: word.nullish(),
  MeFDescription: word.nullish(),
});

export const submissionEvent = z
  .object({
    type: z.enum(SubmissionEventType),
    occurredAt: time,
    recordedAt: time,
    failureCategory: word.nullable(),
    failureDetail: word.nullable(),
    incident: word.nullable(),
  })
  .meta({ id: 'SubmissionEvent' });

export const submission = z
  .object({
    id: id.describe('Our id of the submission.'),
    taxReturnId: id,
    key: word.nullable().describe("The backend's row id."),
    submissionId: word.nullable().describe("The authority's id; null until it is known."),
    receiptId: word.nullable(),
    submissionReceivedAt: time.nullable(),
    createdAt: time,
    backup: z
      .object({ id: word, status: z.enum(BackupStatus).nullable().describe('Null while it is at work.') })
      .nullable()
      .describe('Where the backup path has it, if it went there.'),
    delivered: z.enum(STANDINGS).describe('Did it reach the authority?'),
    events: z.array(submissionEvent).describe('In order of arrival.'),
    rejectionCodes: z.array(storedCode),
  })
  .meta({ id: 'Submission' });

export const status = z
  .object({
    status: z.enum(['Pending', 'Accepted', 'Rejected', 'Error']),
    translationKey: word,
    rejectionCodes: z.array(z.object({ MeFErrorCode: word, TranslationKey: word, MeFDescription: word })),
    createdAt: z.iso.datetime({ offset: true }),
  })
  .meta({
    id: 'StatusResponseBody',
    description: "Direct File's StatusResponseBody, member for member.",
    examples: [
      {
        status: 'Accepted',
        translationKey: 'status.accepted',
        rejectionCodes: [],
        createdAt: '2026-02-04T15:20:00.000+00:00',
      },
    ],
  });

export const eligibility = z
  .object({
    editable: z.boolean().describe('May the taxpayer change the return and submit it again?'),
    exportable: z.boolean().describe('May the state filing tool take it over?'),
    countingSubmissionId: word.nullable().describe('The submission that the answer is about.'),
  })
  .meta({ id: 'Eligibility' });

export const rejectionCodesKept = z
  .object({ submissionId: word, rejectionCodes: z.int().describe('How many are kept now.') })
  .meta({ id: 'RejectionCodesKept' });

const outcome = {
  outcome: z
    .enum(OUTCOMES)
    .describe(
      'applied: it counts. duplicate: it did before. parked: it waits for its tax return or submission. refused: it never will.',
    ),
  reason: word.optional().describe('One of a closed list.'),
  detail: word.optional().describe('The reason in a sentence.'),
};

const index = z.int().describe('Place in the list, or the line; the first is 0.');

export const entryOutcomes = z
  .object({ entries: z.array(z.object({ index, ...outcome })) })
  .meta({ id: 'EntryOutcomes', examples: [{ entries: [{ index: 0, outcome: 'applied' }] }] });

export const notificationAsked = z
  .object({ id, created: z.boolean().describe('False when this mail was asked for before.') })
  .meta({ id: 'NotificationAsked' });

const askedOrProblem = z.union([z.object({ index, id, created: z.boolean() }), z.object({ index, problem })]);

export const notificationsAsked = z
  .object({ entries: z.array(askedOrProblem) })
  .meta({ id: 'NotificationsAsked', description: 'An outcome for each entry of a list, in its order.' });

const counts = z.object({
  lines: z.int().describe('Lines read, blank ones left out.'),
  outcomes: z.record(z.string(), z.int()).describe('How many lines ended in each way.'),
});

export const notificationLine = z.union([askedOrProblem, counts]).meta({
  id: 'NotificationLine',
  description: 'A line of the answer. The last line counts; without it the answer broke off.',
});

export const statusLine = z
  .union([z.object({ index, ...outcome }), z.object({ index, problem }), counts])
  .meta({
    id: 'StatusLine',
    description: 'A line of the answer. The last line counts; without it the answer broke off.',
  });

const notificationMembers = {
  id,
  taxReturnId: id,
  template: z.enum(TEMPLATES),
  stage: z.enum(['pre', 'post']).nullable(),
  occurrence: word,
  submissionId: word.nullable(),
  userId: word.nullable(),
  batchId: id.nullable(),
  incident: word.nullable(),
  state: z.enum(NotificationState),
  reason: word.nullable().describe('Why it is in this state: one of a closed list.'),
  attempt: z.int().describe('Tries that were begun.'),
  dueAt: time.describe('When the next try is due.'),
  notAfter: time.nullable(),
  requestedAt: time,
  openedAt: time,
  settledAt: time.nullable(),
  deliveredAt: time.nullable().describe('When it arrived, as far as receipts say so.'),
  bouncedAt: time.nullable().describe('When it came back after a relay had taken it.'),
  bounceReason: word.nullable().describe('Why it came back: one of a closed list.'),
  standing: z.enum(STANDINGS).describe('Was the taxpayer told?'),
};

export const delivery = z
  .object({
    attempt: z.int(),
    outcome: z
      .enum(['accepted', 'deferred', 'refused', 'unknown'])
      .nullable()
      .describe('Null while the conversation may be going on.'),
    reason: word.nullable(),
    responseCode: z.int().nullable(),
    response: word.nullable().describe("The relay's answer, without addresses."),
    relay: word,
    language: word,
    templateVersion: word,
    openedAt: time,
    settledAt: time.nullable(),
  })
  .meta({ id: 'Delivery', description: 'One conversation with a relay.' });

export const notification = z.object(notificationMembers).meta({ id: 'Notification' });

export const notificationWithDeliveries = z
  .object({ ...notificationMembers, deliveries: z.array(delivery) })
  .meta({ id: 'NotificationWithDeliveries' });

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

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: word.nullable().describe('Null on the last page.'),
    next: word.nullable().describe('The next page with the same filters, as a path of this service.'),
  });

export const notificationPage = pageOf(notification).meta({ id: 'NotificationPage' });
export const quarantinePage = pageOf(quarantined).meta({ id: 'QuarantinePage' });

export const receiptOutcome = z
  .object(outcome)
  .meta({ id: 'ReceiptOutcome', examples: [{ outcome: 'applied' }] });

export const suppression = z
  .object({
    id,
    reason: z.enum(SUPPRESSION_REASONS),
    notificationId: id.describe('The mail whose receipt brought it about.'),
    taxReturnId: id,
    createdAt: time,
    expiresAt: time,
    liftedAt: time.nullable(),
  })
  .meta({ id: 'Suppression', description: 'An address that nothing is sent to. Which one is not shown.' });
export const suppressionPage = pageOf(suppression).meta({ id: 'SuppressionPage' });

export const replayed = z
  .object({ entries: z.array(z.object(outcome)), quarantine: quarantined.nullable() })
  .meta({ id: 'Replayed' });

export const live = z.object({ status: z.literal('live') }).meta({ id: 'Live' });

export const ready = z
  .object({
    status: z.literal('ready'),
    database: z.literal('up'),
    sendQueue: z.record(z.string(), z.union([z.literal('down'), z.record(z.string(), z.int())])),
  })
  .meta({
    id: 'Ready',
    description: 'What is sent here can be committed. A send queue that is down loses nothing.',
  });
