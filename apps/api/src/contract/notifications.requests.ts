import { z } from 'zod';
import {
  BECAME,
  STANDINGS,
  instant,
  notificationAsk,
  templateName,
  NEEDS,
} from '#libs/notifications/index.js';
import { NotificationState } from '#libs/platform/index.js';
import { MOST_ENTRIES, pageQuery, uuidPath } from './request.terms.js';

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
  became: z
    .enum(BECAME)
    .optional()
    .describe(
      'What became of it, as the counts of a batch have it: `waiting` is on its way, however long; `failed` is not told and at rest; `uncertain` is perhaps sent.',
    ),
  template: templateName.optional(),
  state: z.enum(NotificationState).optional(),
  reason: z.string().max(100).optional().describe('Why it is in its state: one of a closed list.'),
  taxReturnId: uuidPath.optional(),
  batchId: uuidPath
    .optional()
    .describe(
      'The batch that asked for them, or what their caller called them. A mail that is sent again by a batch keeps the first one: what such a batch sent stands in its results.csv.',
    ),
  incident: z.string().max(255).optional().describe('As the message named it that made them due.'),
  since: instant.optional().describe('Requested at or after this instant.'),
  until: instant.optional().describe('Requested before this instant.'),
};

export const notificationQuery = z.strictObject({ ...mailFilter, ...pageQuery });

/** As /docs shows it; each entry is read by itself. */
export const notificationList = z
  .array(notificationBody)
  .min(1)
  .max(MOST_ENTRIES)
  .meta({ id: 'NotificationRequests' });
