import { z } from 'zod';
import {
  emailAddress,
  foreignId,
  instant,
  languageTag,
  NEEDS,
  notificationAsk,
  rejectionCode,
  STANDINGS,
  submissionStatusMessage,
  templateName,
} from '#libs/notifications/index.js';
import { BackupStatus, Lines, NotificationState } from '#libs/platform/index.js';

export const uuidPath = z.guid('must be a UUID').toLowerCase();
export const idPath = foreignId;

/** Entries that one JSON body may hold; more go as a stream of lines. */
export const MOST_ENTRIES = 1000;

export const taxReturnBody = z
  .strictObject({
    userId: foreignId.nullish(),
    email: emailAddress.nullish().describe('The address that the taxpayer gave in the return.'),
    accountEmail: emailAddress
      .nullish()
      .describe('The address of the account, used when the return has none.'),
    language: languageTag.nullish().describe('Such as en or es; English when absent or not available.'),
    taxYear: z.number().int().min(2000).max(2100).nullish(),
    createdAt: instant.optional(),
  })
  .meta({
    id: 'TaxReturnRegistration',
    description: 'What the backend tells of a return. Absent members stay as they are, null takes away.',
    examples: [{ email: 'ana@example.com', language: 'es', taxYear: 2025 }],
  });

export const submissionBody = z
  .strictObject({
    submissionId: foreignId.nullish().describe("The authority's id, as soon as it is known. Set once."),
    receiptId: foreignId.nullish().describe("The authority's receipt."),
    backup: z
      .strictObject({
        id: foreignId.describe('The id that the backup path gave it. Set once.'),
        status: z
          .enum(BackupStatus)
          .optional()
          .describe('What became of it there; `accepted` stays, whatever comes later.'),
      })
      .optional()
      .describe('Where the backup path has it, if it went there.'),
    createdAt: instant.optional(),
  })
  .meta({
    id: 'SubmissionRegistration',
    description: 'What the backend tells of a submission. Repeat it when more is known.',
    examples: [{ submissionId: '33333320260350000001' }],
  });

const codes = z.array(rejectionCode).max(200);

export const rejectionCodesBody = z
  .union(
    [codes, z.strictObject({ rejectionCodes: codes })],
    'must be a list of up to 200 rejection codes, each with its MeFErrorCode',
  )
  .meta({
    id: 'RejectionCodes',
    description: 'Up to 200 codes, as a list or as the member rejectionCodes.',
    examples: [[{ MeFErrorCode: 'F1040-525-03', MeFDescription: 'The PIN does not match.' }]],
  });

/** One object, several, or lines that are still coming. Each is judged by itself, so here only the frame counts. */
export const entriesFrame = z.union(
  [z.instanceof(Lines), z.record(z.string(), z.unknown()), z.array(z.unknown()).min(1).max(MOST_ENTRIES)],
  `must be an object or a list of 1 to ${MOST_ENTRIES}; send more as application/x-ndjson`,
);

export const notificationBody = notificationAsk.meta({
  id: 'NotificationRequest',
  description: 'A mail that somebody owes a taxpayer. Unique by (taxReturnId, template, occurrence).',
  examples: [
    {
      taxReturnId: '0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11',
      template: 'reminder-state',
      occurrence: 'spring-2026',
      context: { state: 'MA' },
    },
  ],
});

/** Items of one page at most. */
export const MOST_ON_A_PAGE = 500;

const page = {
  cursor: z.string().optional().describe('`nextCursor` of the page before.'),
  limit: z.coerce.number().int().min(1).max(MOST_ON_A_PAGE).default(50).describe('Items of a page.'),
};

/** Which mails: in a query as in a body. */
export const mailFilter = {
  standing: z
    .enum(STANDINGS)
    .optional()
    .describe('Was the taxpayer told? `failure` also holds unknown outcomes and mails without an address.'),
  need: z
    .enum([...NEEDS, 'any'])
    .optional()
    .describe(
      'What it needs of a person; `any` for all that need somebody, those that are stuck among them.',
    ),
  template: templateName.optional(),
  state: z.enum(NotificationState).optional(),
  reason: z.string().max(100).optional().describe('Why it is in its state: one of a closed list.'),
  taxReturnId: uuidPath.optional(),
  batchId: uuidPath.optional().describe('As their caller called them.'),
  incident: z.string().max(255).optional().describe('As the message named it that made them due.'),
  since: instant.optional().describe('Requested at or after this instant.'),
  until: instant.optional().describe('Requested before this instant.'),
};

export const notificationQuery = z.strictObject({ ...mailFilter, ...page });

export const quarantineQuery = z.strictObject({
  resolved: z.enum(['true', 'false']).default('false').describe('`true` lists what has found its way.'),
  ...page,
});

export const suppressionQuery = z.strictObject({
  taxReturnId: z.guid().toLowerCase().optional(),
  active: z
    .enum(['true', 'false'])
    .default('true')
    .describe('`false` also lists those that were lifted or have expired.'),
  ...page,
});

export const liftBody = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .describe('Why, in your own words. It goes into the audit trail.'),
  })
  .meta({ id: 'SuppressionLift', examples: [{ reason: 'The taxpayer called: the mailbox works again.' }] });

/** As /docs shows them; they are read by whoever made them. */
export const receiptDocument = z.looseObject({}).meta({
  id: 'ReceiptDocument',
  description: 'A notification or event of SES, by itself or in an envelope of SNS.',
});
export const receiptMail = z.string().meta({
  id: 'ReceiptMail',
  description: 'A delivery status notification (RFC 3464), or a complaint (ARF, RFC 5965).',
});
const why = z
  .string('is missing: say why, for the audit trail')
  .trim()
  .min(1, 'is empty: say why, for the audit trail')
  .max(1000)
  .describe('Why, for the audit trail.');

/** Of an action that takes nothing else. */
const withReason = z.strictObject({ reason: why });

/** The contract names this call without a body, so that programs of others may leave the reason out. */
export const replayBody = withReason
  .partial()
  .optional()
  .meta({ id: 'ReplayRequest', examples: [{ reason: 'the directory is back' }] });

export const dismissBody = withReason.meta({
  id: 'DismissRequest',
  examples: [{ reason: 'a receipt of another sender' }],
});

/** As /docs shows it; each entry is read by itself. */
export const notificationList = z
  .array(notificationBody)
  .min(1)
  .max(MOST_ENTRIES)
  .meta({ id: 'NotificationRequests' });
export const statusMessage = submissionStatusMessage.meta({
  id: 'SubmissionStatusMessage',
  examples: [
    {
      taxReturnId: '0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11',
      submissionId: '33333320260350000001',
      status: 'accepted',
    },
  ],
});
export const statusMessageList = z
  .array(statusMessage)
  .max(MOST_ENTRIES)
  .meta({ id: 'SubmissionStatusMessages' });
