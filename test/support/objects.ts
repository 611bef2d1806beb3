import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { SQS_CREDENTIALS, SQS_REGION } from '#apps/local/src/embedded/sqs.js';
import { atEnd } from './at-end.js';
import { batchNow, seenBatch } from './batches.js';
import type { SeenBatch } from '#libs/notifications/index.js';
import { eventually } from './eventually.js';
import type { Stack } from './stack.js';

/** Bytes that the emulator takes at once. */
const PART = 10_000_000;

/** What tells of an object, as it is written by those who tell. */
export const objectMessages = {
  s3Event: (bucket: string, key: string, etag?: string, eventName = 'ObjectCreated:Put') =>
    JSON.stringify({ Records: [recordOf(bucket, key, etag, eventName)] }),

  overSns: (bucket: string, key: string, etag?: string) =>
    JSON.stringify({
      Type: 'Notification',
      MessageId: 'c9a4d0b3-8a5e-5a0a-9b8e-8f6c1d8d1e11',
      TopicArn: `arn:aws:sns:${SQS_REGION}:123456789012:lists`,
      Subject: 'Amazon S3 Notification',
      Message: objectMessages.s3Event(bucket, key, etag),
      Timestamp: '2026-11-30T15:00:00.000Z',
    }),

  overEventBridge: (bucket: string, key: string, etag?: string) =>
    JSON.stringify({
      version: '0',
      'detail-type': 'Object Created',
      source: 'aws.s3',
      detail: { version: '0', bucket: { name: bucket }, object: { key, size: 5, etag }, reason: 'PutObject' },
    }),

  s3TestEvent: (bucket: string) =>
    JSON.stringify({
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Bucket: bucket,
      RequestId: '5582815E1AEA5ADF',
    }),
};

export function recordOf(bucket: string, key: string, eTag?: string, eventName = 'ObjectCreated:Put') {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: SQS_REGION,
    eventTime: '2026-11-30T15:00:00.000Z',
    eventName,
    s3: {
      s3SchemaVersion: '1.0',
      bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
        size: 5,
        ...(eTag && { eTag }),
        sequencer: '0055AED6DCD90281E5',
      },
    },
  };
}

/** A bucket, as those see it who put things into it. */
export class Bucket {
  private constructor(
    private readonly s3: S3Client,
    readonly name: string,
  ) {}

  /** @param name by default that of lists. */
  static async of(stack: Stack, name = stack.environment.BATCH_BUCKET ?? ''): Promise<Bucket> {
    const { S3_ENDPOINT: endpoint } = stack.environment;
    const s3 = new S3Client({
      endpoint,
      region: SQS_REGION,
      credentials: SQS_CREDENTIALS,
      forcePathStyle: true,
    });
    atEnd(() => Promise.resolve(s3.destroy()));
    const bucket = new Bucket(s3, name);
    await bucket.make();
    return bucket;
  }

  async make(): Promise<void> {
    await this.s3.send(new CreateBucketCommand({ Bucket: this.name }));
  }

  /** It is gone, with all that is in it. */
  async vanish(): Promise<void> {
    for (const key of await this.keys()) await this.remove(key);
    await this.s3.send(new DeleteBucketCommand({ Bucket: this.name }));
  }

  /** @returns its entity tag, without quotes. */
  async put(Key: string, Body: string | Uint8Array, Metadata?: Record<string, string>): Promise<string> {
    const place = { Bucket: this.name, Key };
    if (Body.length > PART) return this.putInParts(place, Buffer.from(Body));
    const { ETag = '' } = await this.s3.send(new PutObjectCommand({ ...place, Body, Metadata }));
    return ETag.replaceAll('"', '');
  }

  private async putInParts(place: { Bucket: string; Key: string }, bytes: Buffer): Promise<string> {
    const { UploadId } = await this.s3.send(new CreateMultipartUploadCommand(place));
    const Parts: CompletedPart[] = [];
    for (let from = 0; from < bytes.length; from += PART) {
      const PartNumber = Parts.length + 1;
      const Body = bytes.subarray(from, from + PART);
      const { ETag } = await this.s3.send(new UploadPartCommand({ ...place, UploadId, PartNumber, Body }));
      Parts.push({ ETag, PartNumber });
    }
    const whole = { ...place, UploadId, MultipartUpload: { Parts } };
    const { ETag = '' } = await this.s3.send(new CompleteMultipartUploadCommand(whole));
    return ETag.replaceAll('"', '');
  }

  async remove(Key: string): Promise<void> {
    await this.s3.send(new DeleteObjectCommand({ Bucket: this.name, Key }));
  }

  /** Undefined where there is none. */
  async text(Key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.name, Key }));
      return await Body?.transformToString();
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  async keys(): Promise<string[]> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: this.name }));
    return Contents.map(({ Key = '' }) => Key);
  }

  /** The text of an object that is to appear, once it is as it should be. */
  awaited(key: string, isSo: (text: string) => boolean = () => true): Promise<string> {
    return eventually(
      async () => {
        const text = await this.text(key);
        return text !== undefined && isSo(text) ? text : undefined;
      },
      { because: `an object ${key} as it should be` },
    );
  }
}

/** The batches that were made of an object, the first one first. */
export async function batchesOf(stack: Stack, key: string): Promise<{ id: string; state: string }[]> {
  return stack.sql('SELECT id, state FROM batches WHERE name = $1 ORDER BY made_at, id', [
    `s3://${stack.environment.BATCH_BUCKET}/${key}`,
  ]);
}

/** The batch of an object, once it has come to its end. */
export async function endedBatch(stack: Stack, key: string, nth = 0): Promise<SeenBatch> {
  const { id } = await eventually(async () => (await batchesOf(stack, key))[nth], {
    because: `a batch of ${key}`,
  });
  await seenBatch(
    stack,
    id,
    ({ state }) => !['validating', 'running', 'validated'].includes(state),
    'a batch at its end',
  );
  await stack.idle();
  return batchNow(stack, id);
}
