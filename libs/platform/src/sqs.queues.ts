import { z } from 'zod';

/**
 * The queues of SQS: a row is the setting that names the queue, and what it is called unless told otherwise. From these rows
 * it is made, checked at start and listened to; the compiler then asks for its door (`receive/doors.ts`).
 */
export const queueRows = {
  CONFIRMATION_QUEUE: z
    .string()
    .default('submission-confirmation-queue')
    .describe('Carries submission confirmations and native status messages.'),
  STATUS_CHANGE_QUEUE: z
    .string()
    .default('status-change-queue')
    .describe('Carries acceptances and rejections.'),
  SEND_MAIL_QUEUE: z.string().default('send-mail').describe('Carries mails that others ask for.'),
  MAIL_RECEIPTS_QUEUE: z
    .string()
    .default('mail-receipts')
    .describe('Carries bounces, complaints and deliveries, as SES sends them.'),
  JOB_FILES_QUEUE: z
    .string()
    .default('s3-notification-event-queue')
    .describe('Says which lists and job files have come into the bucket.'),
};

/** The setting that names a queue. */
export type QueueSetting = keyof typeof queueRows;

export const QUEUES = Object.keys(queueRows) as QueueSetting[];
