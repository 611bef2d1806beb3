import { z } from 'zod';
import { STANDINGS, TEMPLATES } from '#libs/notifications/index.js';
import { NotificationState } from '#libs/platform/index.js';
import { counts, id, index, pageOf, problem, time, word } from './answer.terms.js';

export const notificationAsked = z
  .object({ id, created: z.boolean().describe('False when this mail was asked for before.') })
  .meta({ id: 'NotificationAsked' });

const askedOrProblem = z.union([z.object({ index, id, created: z.boolean() }), z.object({ index, problem })]);

export const notificationsAsked = z
  .object({ entries: z.array(askedOrProblem) })
  .meta({ id: 'NotificationsAsked', description: 'An outcome for each entry of a list, in its order.' });

export const notificationLine = z.union([askedOrProblem, counts]).meta({
  id: 'NotificationLine',
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
  fellBackAt: time
    .nullable()
    .describe(
      "When it was sent once more by itself, to the account's address, since it had come back for good.",
    ),
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

export const notificationPage = pageOf(notification).meta({ id: 'NotificationPage' });
