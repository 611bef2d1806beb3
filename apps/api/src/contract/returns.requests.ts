import { z } from 'zod';
import {
  emailAddress,
  foreignId,
  happenedAt,
  languageTag,
  rejectionCode,
  submissionStatusMessage,
} from '#libs/notifications/index.js';
import { BackupStatus } from '#libs/platform/index.js';
import { MOST_ENTRIES, uuidPath } from './request.terms.js';

export const taxReturnBody = z
  .strictObject({
    userId: foreignId.nullish(),
    email: emailAddress.nullish().describe('The address that the taxpayer gave in the return.'),
    accountEmail: emailAddress
      .nullish()
      .describe('The address of the account, used when the return has none.'),
    language: languageTag.nullish().describe('Such as en or es; English when absent or not available.'),
    taxYear: z.number().int().min(2000).max(2100).nullish(),
    createdAt: happenedAt.optional(),
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
    createdAt: happenedAt.optional(),
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

const asked = z.array(uuidPath).min(1).max(100);

export const statusesBody = z
  .union(
    [asked, z.strictObject({ taxReturnIds: asked })],
    'must be a list of 1 to 100 ids of tax returns, each a UUID',
  )
  .meta({
    id: 'StatusesAsked',
    description: 'Up to 100 ids of tax returns, as a list or as the member taxReturnIds.',
    examples: [{ taxReturnIds: ['0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11'] }],
  });

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
