import { z } from 'zod';
import { pageQuery } from './request.terms.js';

export const suppressionQuery = z.strictObject({
  taxReturnId: z.guid().toLowerCase().optional(),
  active: z
    .enum(['true', 'false'])
    .default('true')
    .describe('`false` also lists those that were lifted or have expired.'),
  ...pageQuery,
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

/** As /docs shows it; the intake reads it by itself. */
export const receiptDocument = z.looseObject({}).meta({
  id: 'ReceiptDocument',
  description: 'A notification or event of SES, by itself or in an envelope of SNS.',
});

/** As /docs shows it; the intake reads it by itself. */
export const receiptMail = z.string().meta({
  id: 'ReceiptMail',
  description: 'A delivery status notification (RFC 3464), or a complaint (ARF, RFC 5965).',
});
