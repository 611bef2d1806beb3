import { z } from 'zod';
import { SUPPRESSION_REASONS } from '#libs/notifications/index.js';
import { id, outcome, pageOf, time } from './answer.terms.js';

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
