import { z } from 'zod';
import { STANDINGS } from '#libs/notifications/index.js';
import { BackupStatus, SubmissionEventType } from '#libs/platform/index.js';
import { counts, id, index, problem, time, word, outcome } from './answer.terms.js';

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

export const statuses = z
  .object({
    statuses: z.array(
      z.union([
        z.object({ taxReturnId: id, ...status.shape }),
        z.object({ taxReturnId: id, problem: problem.describe('Why there is none.') }),
      ]),
    ),
  })
  .meta({
    id: 'Statuses',
    description: 'A status for each tax return that was asked for, in the same order.',
  });

export const stateApiStatus = z
  .object({
    status: status.shape.status.describe('Of the tax return, the same that its taxpayer is shown.'),
    exists: z.boolean().describe('Is this a submission of this tax return in this tax year?'),
    exportable: z.boolean().describe('May it be taken over now?'),
  })
  .meta({
    id: 'StateApiStatus',
    examples: [{ status: 'Accepted', exists: true, exportable: true }],
  });

export const xml = z
  .string()
  .meta({ id: 'ReturnXml', description: 'The return as the authority was sent it.' });

export const statusEvents = z.string().meta({
  id: 'StatusEvents',
  description:
    'Server-sent events. `data` of each is a StatusResponseBody on one line, `id` the `ETag` of that answer, `event` is `status`.',
  examples: [
    'event: status\nid: "1-4"\ndata: {"status":"Accepted","translationKey":"status.accepted","rejectionCodes":[],"createdAt":"2026-02-04T15:20:00.000+00:00"}\n\n',
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

export const entryOutcomes = z
  .object({ entries: z.array(z.object({ index, ...outcome })) })
  .meta({ id: 'EntryOutcomes', examples: [{ entries: [{ index: 0, outcome: 'applied' }] }] });

export const statusLine = z
  .union([z.object({ index, ...outcome }), z.object({ index, problem }), counts])
  .meta({
    id: 'StatusLine',
    description: 'A line of the answer. The last line counts; without it the answer broke off.',
  });
