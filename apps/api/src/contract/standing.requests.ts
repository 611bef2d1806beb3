import { z } from 'zod';
import { AUDIT_KINDS, dayOf, daysBack, daysFrom, foreignId, MOST_DAYS } from '#libs/notifications/index.js';
import { MOST_ENTRIES, MOST_ON_A_PAGE } from './request.terms.js';

/** Free text of a person. An address in it is taken out before it is kept. */
const words = z.string().trim().min(1, 'must not be blank').max(4000);

const context = words.describe('What was done, in your own words. Kept with the time, never edited.');

const reason = words.optional().describe('Why, for the audit trail; the context when absent.');

const evidence = words.max(500).optional().describe('Where it can be looked up: a ticket, a list.');

export const remediationBody = z
  .strictObject({
    context,
    success: z.boolean().default(true).describe('Whether the submission is where it belongs by it.'),
    ignoredAsDuplicate: z
      .boolean()
      .default(false)
      .describe('There is nothing to do, since another submission of the same person counts.'),
    evidence,
    reason,
  })
  .refine(({ success, ignoredAsDuplicate }) => success || !ignoredAsDuplicate, {
    path: ['ignoredAsDuplicate'],
    message: 'needs success: a duplicate needs nothing more',
  })
  .meta({
    id: 'RemediationRequest',
    description: 'What a person did outside of the usual paths so that a submission reaches the authority.',
    examples: [{ context: 'Sent on paper with the batch of 3 May', evidence: 'OPS-1234' }],
  });

export const backfillBody = z
  .strictObject({
    ids: z.array(foreignId).min(1).max(MOST_ENTRIES).describe("The authority's ids, or our own."),
    context,
    ignoredAsDuplicate: z.boolean().default(false),
    evidence: words
      .max(500)
      .describe('The name of the list: by it a submission that was on it before is known.'),
    reason,
    dryRun: z.boolean().default(false).describe('Only say what would become of each.'),
  })
  .meta({
    id: 'BackfillRequest',
    description: 'A list of submissions that were mended elsewhere.',
    examples: [
      { ids: ['33333320260350000001'], context: 'Sent on paper', evidence: 'paper-2026-05', dryRun: true },
    ],
  });

export const unsuccessfulBody = z
  .strictObject({ context, reason })
  .meta({ id: 'UnsuccessfulRequest', examples: [{ context: 'The paper came back: wrong form' }] });

export const duplicatesBody = z.strictObject({ context, evidence, reason }).meta({
  id: 'DuplicatesRequest',
  examples: [{ context: 'Sent three times while the site was slow; the last one arrived' }],
});

export const auditTrailQuery = z.strictObject({
  kind: z.enum(AUDIT_KINDS).optional().describe('What it was done to.'),
  target: z.string().max(255).optional().describe('The id of what it was done to.'),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, 'is not a cursor; take nextCursor from the page before')
    .optional()
    .describe('`nextCursor` of the page before.'),
  limit: z.coerce.number().int().min(1).max(MOST_ON_A_PAGE).default(50).describe('Items of a page.'),
});

const day = z.iso.date('is not a day like 2026-04-15');

export const serviceLevelQuery = z
  .strictObject({
    from: day.optional().describe('The first day (UTC). Default: 29 days before `to`.'),
    to: day.optional().describe('The last day (UTC). Default: today.'),
  })
  .transform(({ from, to = dayOf(new Date()) }) => ({ from: from ?? daysBack(30, new Date(to)).from, to }))
  .refine(({ from, to }) => daysFrom(from, to) >= 1, { path: ['from'], message: 'is after `to`' })
  .refine(({ from, to }) => daysFrom(from, to) <= MOST_DAYS, {
    path: ['from'],
    message: `is more than ${MOST_DAYS} days before \`to\``,
  });
