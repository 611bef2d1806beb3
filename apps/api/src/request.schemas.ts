import { StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import {
  emailAddress,
  foreignId,
  instant,
  languageTag,
  rejectionCode,
  STANDINGS,
  TEMPLATES,
} from '#libs/notifications/index.js';
import { Problem } from './problem.js';

export const uuidPath = z.guid('must be a UUID').toLowerCase();
export const idPath = foreignId;

export const taxReturnBody = z.object({
  userId: foreignId.nullish(),
  email: emailAddress.nullish().describe('The address that the taxpayer gave in the return.'),
  accountEmail: emailAddress.nullish().describe('The address of the account, used when the return has none.'),
  language: languageTag.nullish().describe('Such as en or es; English when absent or not available.'),
  taxYear: z.number().int().min(2000).max(2100).nullish(),
  createdAt: instant.optional(),
});

export const submissionBody = z.object({
  submissionId: foreignId.nullish().describe("The authority's id, as soon as it is known."),
  receiptId: foreignId.nullish(),
  createdAt: instant.optional(),
});

export const rejectionCodesBody = z.union([
  z.array(rejectionCode).max(200),
  z.object({ rejectionCodes: z.array(rejectionCode).max(200) }),
]);

/** Each entry is judged by itself, so here only the frame counts. */
export const submissionStatusBody = z.union(
  [z.record(z.string(), z.unknown()), z.array(z.unknown()).max(1000)],
  'must be a message or a list of up to 1000',
);

export const notificationBody = z.object({
  taxReturnId: z.guid().toLowerCase(),
  template: z.string().describe(`One of ${TEMPLATES.join(', ')}, or the name that Direct File uses.`),
  submissionId: foreignId.optional(),
  occurrence: foreignId
    .optional()
    .describe('What makes this mail another one than the last of its template; the submission when absent.'),
  context: z.record(z.string(), z.unknown()).optional(),
  notAfter: instant.optional().describe('Not to be sent after this instant.'),
});

export const notificationQuery = z.object({
  standing: z.enum(STANDINGS).optional(),
  template: z.string().optional(),
  taxReturnId: z.guid().toLowerCase().optional(),
  since: instant.optional(),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const quarantineQuery = z.object({
  resolved: z.enum(['true', 'false']).default('false'),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

/** Names every member at fault in one answer. */
export const validation = new StandardSchemaValidationPipe({
  exceptionFactory: (issues) =>
    Problem.invalid(
      issues.map(({ path = [], message }) => ({
        pointer: path.map((part) => `/${String(typeof part === 'object' ? part.key : part)}`).join(''),
        detail: message,
      })),
    ),
});
