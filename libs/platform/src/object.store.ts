import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Settings } from './settings.js';
import { networkReason } from './start.error.js';

/** An object that is about to be read. Whoever does not read it to its end destroys `bytes`. */
export interface OpenObject {
  bytes: Readable;
  /** Which one it is, as {@link ObjectStore.open} takes it. */
  version: string | undefined;
  size: number | undefined;
  /** What its owner wrote about it, by names in small letters. */
  metadata: Record<string, string>;
}

/** An object as a listing shows it. */
export interface ListedObject {
  key: string;
  etag: string;
}

/** Why an object could not be had: it is not there, it is another one, or S3 gives nothing just now. */
export type ObjectFault = 'gone' | 'replaced' | 'away';

/** The message says what is wrong and what to do, in a sentence without the object's name. */
export class ObjectError extends Error {
  constructor(
    readonly fault: ObjectFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Milliseconds of silence after which a connection is given up. */
const SILENT_FOR = 30_000;

/** A bucket, and the setting that names it. */
export interface NamedBucket {
  name: string;
  setting: keyof Settings;
}

/**
 * A bucket of S3. Its client is loaded when somebody first asks for it, so that whoever needs none neither waits
 * for it nor has to have a bucket.
 */
export class ObjectStore {
  private client: Promise<S3Client> | undefined;

  constructor(
    private readonly settings: Pick<Settings, 'AWS_REGION' | 'S3_ENDPOINT'>,
    private readonly bucket: NamedBucket,
  ) {}

  /**
   * @param version an entity tag in quotes, or the id of a version: that one, or none.
   * @throws ObjectError
   */
  async open(key: string, version?: string): Promise<OpenObject> {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    const which = version?.startsWith('"') ? { IfMatch: version } : { VersionId: version };
    const object = await this.asking('s3:GetObject', (client) =>
      client.send(new GetObjectCommand({ Bucket: this.bucket.name, Key: key, ...which })),
    );
    if (!(object.Body instanceof Readable))
      throw new ObjectError('away', 'S3 gave the object without a body.');
    const { VersionId, ETag, ContentLength: size, Metadata: metadata = {} } = object;
    // A bucket without versions calls the only one null.
    return {
      bytes: object.Body,
      version: VersionId && VersionId !== 'null' ? VersionId : ETag,
      size,
      metadata,
    };
  }

  /** What goes wrong while it is read. */
  broken(error: unknown): ObjectError {
    const reason = networkReason(error) ?? 'the connection broke';
    return new ObjectError('away', `The object could not be read to its end (${reason}).`, { cause: error });
  }

  /** Writes a file as an object, as it is on disk. @throws ObjectError */
  async put(key: string, file: string, size: number, contentType: string): Promise<void> {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    await this.asking('s3:PutObject', async (client) => {
      const Body = createReadStream(file);
      try {
        await client.send(
          new PutObjectCommand({
            Bucket: this.bucket.name,
            Key: key,
            Body,
            ContentLength: size,
            ContentType: contentType,
          }),
        );
      } finally {
        Body.destroy();
      }
    });
  }

  /** One that is not there is no error. @throws ObjectError */
  async remove(key: string): Promise<void> {
    const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
    await this.asking('s3:DeleteObject', (client) =>
      client.send(new DeleteObjectCommand({ Bucket: this.bucket.name, Key: key })),
    );
  }

  /** All objects whose names begin so, a page at a time. @throws ObjectError */
  async *list(prefix: string): AsyncGenerator<ListedObject[]> {
    const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
    let next: string | undefined;
    do {
      const ContinuationToken = next;
      const page = await this.asking('s3:ListBucket', (client) =>
        client.send(
          new ListObjectsV2Command({ Bucket: this.bucket.name, Prefix: prefix, ContinuationToken }),
        ),
      );
      yield (page.Contents ?? []).map(({ Key: key = '', ETag: etag = '' }) => ({ key, etag }));
      next = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (next !== undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    (await this.client)?.destroy();
  }

  private async asking<T>(right: string, ask: (client: S3Client) => Promise<T>): Promise<T> {
    this.client ??= connect(this.settings);
    try {
      return await ask(await this.client);
    } catch (error) {
      throw this.errorOf(error, right);
    }
  }

  private errorOf(error: unknown, right: string): ObjectError {
    const { name = '', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    const { S3_ENDPOINT, AWS_REGION } = this.settings;
    const place = S3_ENDPOINT ? `S3 at ${new URL(S3_ENDPOINT).host}` : `S3 in ${AWS_REGION}`;
    const away = (message: string) => new ObjectError('away', message, { cause: error });
    // A version that is the mark of a deletion answers 405.
    if (/^(NoSuchKey|NoSuchVersion|NotFound|MethodNotAllowed)$/.test(name))
      return new ObjectError('gone', 'There is no such object.', { cause: error });
    if (name === 'PreconditionFailed' || $metadata?.httpStatusCode === 412)
      return new ObjectError('replaced', 'The object is another one by now.', { cause: error });
    if (name === 'NoSuchBucket')
      return away(
        `${place} has no bucket "${this.bucket.name}": create it, or correct ${this.bucket.setting}.`,
      );
    if (name === 'CredentialsProviderError')
      return away(`No AWS credentials were found for ${place}: set them, or give the process a role.`);
    const reason = networkReason(error);
    if (reason) return away(`${place} cannot be reached (${reason}).`);
    const code = /^\w{1,60}$/.test(name) ? name : 'an error';
    if ($metadata?.httpStatusCode === 403)
      return away(`${place} refuses (${code}): the process needs the right ${right} there.`);
    return away(`${place} gives nothing (${code}).`);
  }
}

async function connect({
  AWS_REGION,
  S3_ENDPOINT,
}: Pick<Settings, 'AWS_REGION' | 'S3_ENDPOINT'>): Promise<S3Client> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client({
    region: AWS_REGION,
    endpoint: S3_ENDPOINT,
    // The bucket of an emulator has no host of its own.
    forcePathStyle: S3_ENDPOINT !== undefined,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: SILENT_FOR },
  });
}
