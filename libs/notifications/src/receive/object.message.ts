import { z } from 'zod';
import { readJson } from '#libs/platform/index.js';
import type { ObjectNews } from '../batch/object.arrivals.js';
import { contentOf, UnreadableMessage } from '../terms/entries.js';
import type { ReadEntry } from '../terms/entries.js';
import { problemsOf } from '../terms/fields.js';

/**
 * What says that a list or a job file has come into the bucket: Direct File's path, or a notification of S3, by itself, in an
 * envelope of SNS or as an event of EventBridge. Unknown members are ignored. Sources: S3 user guide, "Event message structure" and
 * "EventBridge event message structure"; IRS-Public/direct-file, S3NotificationEventService.
 */

const name = z.string().min(1);

export const jobPath = z.object({ path: name.describe('The name of a job file in the bucket.') });

const NO_NEWS = 'says of an object what nothing is done about here: that it was created counts, or deleted';

const record = z.object({
  eventName: z.string().regex(/^(?:s3:)?(?:ObjectCreated|ObjectRemoved|LifecycleExpiration):/, NO_NEWS),
  s3: z.object({
    bucket: z.object({ name }),
    object: z.object({
      key: name.describe('As in a URL; + is a space.'),
      eTag: z.string().nullish(),
      versionId: z.string().nullish(),
    }),
  }),
});

export const s3Event = z.object({ Records: z.array(record).min(1) });

export const snsNotification = z.object({ Type: z.literal('Notification'), Message: z.string() });

export const eventBridgeEvent = z.object({
  'detail-type': z.enum(['Object Created', 'Object Deleted'], NO_NEWS),
  detail: z.object({
    bucket: z.object({ name }),
    object: z.object({ key: name, etag: z.string().nullish(), 'version-id': z.string().nullish() }),
  }),
});

/** What S3 sends when somebody sets its notifications up. */
export const s3TestEvent = z.object({ Event: z.literal('s3:TestEvent') });

/**
 * Reads a message about objects. What was deleted is no news, nor is a test.
 * @throws UnreadableMessage when it is in no form that is known.
 */
export function readObjectNews(document: unknown): ReadEntry<ObjectNews>[] {
  const wrapped = snsNotification.safeParse(document);
  return readBare(wrapped.success ? inEnvelope(wrapped.data.Message) : document);
}

function inEnvelope(message: string): unknown {
  try {
    return readJson(message);
  } catch {
    throw new UnreadableMessage('What the envelope of SNS holds is not JSON');
  }
}

const members = z.object({
  Records: z.array(z.unknown()).optional(),
  'detail-type': z.string().optional(),
  path: z.unknown().optional(),
});

function readBare(document: unknown): ReadEntry<ObjectNews>[] {
  if (s3TestEvent.safeParse(document).success) return [];
  const { data } = members.safeParse(document);
  if (data?.Records && data.Records.length > 0) return data.Records.flatMap(readRecord);
  if (data?.['detail-type'] !== undefined) return readEvent(document);
  if (data?.path !== undefined) return [entryOf(document, jobPath, document, ({ path }) => ({ key: path }))];
  throw new UnreadableMessage('The message names no path, and is no notification of S3');
}

function readRecord(item: unknown): ReadEntry<ObjectNews>[] {
  const { data } = z.object({ eventName: z.string() }).safeParse(item);
  if (/^(?:s3:)?(?:ObjectRemoved|LifecycleExpiration):/.test(data?.eventName ?? '')) return [];
  return [
    entryOf({ Records: [item] }, record, item, ({ s3: { bucket, object } }) => ({
      bucket: bucket.name,
      key: fromUrl(object.key),
      etag: object.eTag ?? undefined,
      versionId: object.versionId ?? undefined,
    })),
  ];
}

function readEvent(document: unknown): ReadEntry<ObjectNews>[] {
  if (z.object({ 'detail-type': z.literal('Object Deleted') }).safeParse(document).success) return [];
  return [
    entryOf(document, eventBridgeEvent, document, ({ detail: { bucket, object } }) => ({
      bucket: bucket.name,
      key: object.key,
      etag: object.etag ?? undefined,
      versionId: object['version-id'] ?? undefined,
    })),
  ];
}

/** @param body the message of this one entry. */
function entryOf<T>(
  body: unknown,
  schema: z.ZodType<T>,
  item: unknown,
  newsOf: (read: T) => ObjectNews,
): ReadEntry<ObjectNews> {
  const content = contentOf<ObjectNews>(item, () => {
    const read = schema.safeParse(item);
    return read.success ? { entry: newsOf(read.data) } : { refused: problemsOf(read.error) };
  });
  return { content, body: JSON.stringify(body) };
}

/** What cannot be decoded is the name as it stands. */
function fromUrl(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
