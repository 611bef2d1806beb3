import { z } from 'zod';
import { batchAsk, batchFilter, hasItsState, NEEDS_STATE, soughtText } from '#libs/notifications/index.js';
import { readable, withoutAddresses } from '#libs/platform/index.js';
import { actReason } from './operate.requests.js';
import { pageQuery } from './request.terms.js';
import { Upload } from './upload.body.js';

const { action, state, incident } = batchAsk.shape;

const reason = actReason.optional();

const column = soughtText
  .min(1)
  .optional()
  .describe(
    'Which column holds the ids: its name, or its number from 1. Found by itself where only one can.',
  );

/** Of a list that is the body itself. JSON says the same within, so each may be absent. */
export const batchQuery = z
  .strictObject({
    action: action.optional().describe('What is done for each return of the list. `text/csv` needs it.'),
    state,
    incident,
    column,
    name: z
      .string()
      .max(255)
      // It is shown, and never opened: folders say where it lay with somebody else.
      .transform((name) => readable(name.split(/[\\/]/).at(-1) ?? '', 255))
      .optional()
      .describe('What the list is called, such as the name of its file.'),
    reason,
  })
  .refine(hasItsState, NEEDS_STATE);

export const batchPageQuery = z.strictObject(pageQuery);

const s3Uri = z
  .string()
  .max(1_100)
  .regex(/^s3:\/\/[a-z0-9.-]{3,63}\/[^\p{Cc}]+$/u, 'is not the address of an object, such as s3://bucket/key')
  .refine((uri) => withoutAddresses(uri) === uri, 'holds an e-mail address: give the object another name')
  .optional()
  .describe('An object of the bucket that lists are taken from.');

export const batchBody = z
  .strictObject({
    action,
    state,
    incident,
    reason,
    filter: batchFilter.optional().describe('Which of the returns that the service knows.'),
    s3Uri,
    column,
  })
  .refine(hasItsState, NEEDS_STATE)
  .refine((body) => (body.filter === undefined) !== (body.s3Uri === undefined), {
    path: ['filter'],
    message: 'says which returns, or s3Uri does: one of the two',
  })
  .meta({
    id: 'BatchRequest',
    examples: [
      { action: 'error-resolved', incident: 'INC-4711', filter: { failureCategory: 'validation' } },
      { action: 'reminder-submit', incident: 'spring', s3Uri: 's3://lists/reminders/spring.csv' },
    ],
  });

/** A list that is still coming, or what a body says. */
export const batchFrame = z.unknown().transform((body, context) => {
  if (body instanceof Upload) return body;
  const read = batchBody.safeParse(body);
  if (read.success) return read.data;
  context.issues.push(
    ...read.error.issues.map((issue) => ({ ...issue, input: body }) as z.core.$ZodRawIssue),
  );
  return z.NEVER;
});

export const batchCsv = z.string().meta({
  id: 'BatchList',
  description:
    'A list as a spreadsheet or a log search writes it: UTF-8 or UTF-16; commas, semicolons, tabs or bars; with titles or without.',
  examples: ['taxReturnId\n0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11\n'],
});

export const batchMoveBody = z
  .strictObject({ reason: actReason })
  .meta({ id: 'BatchMoveRequest', examples: [{ reason: 'looked at the report' }] });

export const batchApprovalBody = z
  .strictObject({
    seen: z
      .string()
      .regex(/^[0-9a-f]{16}$/, 'is not the revision of what was looked at: GET …/samples gives it')
      .describe('The `revision` of the samples that were looked at.'),
    reason: actReason,
  })
  .meta({
    id: 'BatchApprovalRequest',
    examples: [{ seen: '5f0c2a9be4417d36', reason: 'report and mails are as they should be' }],
  });

export const batchRateBody = z
  .strictObject({
    rate: z
      .int()
      .min(1)
      .max(1_000_000)
      .nullable()
      .describe('Rows that are run in a second at most; null for as fast as their mails go.'),
    reason: actReason,
  })
  .meta({ id: 'BatchRateRequest', examples: [{ rate: 50, reason: 'the relay is slow today' }] });
