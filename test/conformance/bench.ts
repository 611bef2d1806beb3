import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import pg from 'pg';
import { ensureQueues, SQS_CREDENTIALS, SQS_REGION, startSqs } from '#apps/local/src/embedded/sqs.js';
import type { EmbeddedSqs } from '#apps/local/src/embedded/sqs.js';
import { Mailbox } from '../support/mailbox.js';
import { QUEUES } from './form.js';
import { Service } from './service.js';

/** Where a run keeps its Postgres and its logs. */
export interface Run {
  folder: string;
  /** Address of its Postgres, with any database. */
  postgresUrl: string;
  /** The database that every case starts from. */
  template: string;
}

export interface BenchOptions {
  name: string;
  settings: Record<string, string>;
  /** Seconds that a received message stays hidden. */
  visibilityTimeout: number;
  maxReceiveCount: number;
  keepBodies: boolean;
}

export const BUCKET = 'operations-jobs';
const QUEUE_NAMES = Object.values(QUEUES);

/** What one case stands on: an empty database, empty queues, an empty bucket, an empty inbox, and the service. */
export class Bench {
  readonly #pool: pg.Pool;
  readonly #clients: { sqs: SQSClient; s3: S3Client };
  readonly #urls = new Map<string, string>();
  #service: Service | undefined;

  private constructor(
    readonly options: BenchOptions,
    readonly environment: Record<string, string>,
    readonly log: string,
    readonly mailbox: Mailbox,
    private readonly emulator: EmbeddedSqs,
    private readonly database: { name: string; admin: string },
  ) {
    this.#pool = new pg.Pool({ connectionString: environment.DATABASE_URL, max: 2 });
    this.#pool.on('error', () => undefined);
    const common = { endpoint: emulator.endpoint, region: SQS_REGION, credentials: SQS_CREDENTIALS };
    this.#clients = {
      sqs: new SQSClient({ ...common, useQueueUrlAsEndpoint: false }),
      s3: new S3Client({ ...common, forcePathStyle: true }),
    };
  }

  static async start(run: Run, options: BenchOptions): Promise<Bench> {
    const name = `case_${randomBytes(6).toString('hex')}`;
    await administer(
      run.postgresUrl,
      `CREATE DATABASE ${name} TEMPLATE ${pg.escapeIdentifier(run.template)}`,
    );
    const mailbox = await Mailbox.start({ keepBodies: options.keepBodies });
    const emulator = await startSqs();
    await ensureQueues(emulator.endpoint, [...QUEUE_NAMES, 'mail-receipts'], options);
    const url = new URL(run.postgresUrl);
    url.pathname = `/${name}`;
    // The AWS clients of the service look here too; queues and bucket keep the names of the contract.
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: SQS_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: SQS_CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL: emulator.endpoint,
    });
    const bench = new Bench(
      options,
      {
        DATABASE_URL: url.href,
        SMTP_URL: mailbox.url,
        SQS_ENDPOINT: emulator.endpoint,
        S3_ENDPOINT: emulator.endpoint,
        AWS_REGION: SQS_REGION,
        API_KEY: 'a-key-that-only-cases-hold',
        ENCRYPTION_KEYS: `case:${randomBytes(32).toString('base64')}`,
        PORT: '0',
        SQS_POLLERS: '1',
        SQS_WAIT: '1s',
        RETRY_BASE: '50ms',
        RETRY_CEILING: '200ms',
        // The season that the cases are of.
        TAX_YEAR: '2024',
        SUBMITTED_NOTICE: 'off',
        ...options.settings,
      },
      join(run.folder, `${options.name.replace(/\W+/g, '-')}.log`),
      mailbox,
      emulator,
      { name, admin: run.postgresUrl },
    );
    try {
      await bench.#clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
      await bench.startService();
    } catch (error) {
      await bench.stop();
      throw error;
    }
    return bench;
  }

  get service(): Service {
    if (!this.#service) throw new Error('the service does not run now');
    return this.#service;
  }

  async startService(): Promise<void> {
    this.#service = await Service.start(this);
  }

  async stopService(): Promise<void> {
    await this.#service?.stop();
    this.#service = undefined;
  }

  /** Puts a message on a real queue; its id comes back. */
  async put(queue: string, body: string): Promise<string> {
    const QueueUrl = await this.#queueUrl(queue);
    const { MessageId = '' } = await this.#clients.sqs.send(
      new SendMessageCommand({ QueueUrl, MessageBody: body }),
    );
    return MessageId;
  }

  async putObject(key: string, body: string): Promise<void> {
    await this.#clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
  }

  /** Messages on a queue, also those in somebody's hands. */
  async depth(queue: string): Promise<number> {
    const { Attributes = {} } = await this.#clients.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: await this.#queueUrl(queue),
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return (
      Number(Attributes.ApproximateNumberOfMessages) +
      Number(Attributes.ApproximateNumberOfMessagesNotVisible)
    );
  }

  /** The database, for what no caller can send or see. */
  async sql<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.#pool.query<T>(text, values)).rows;
  }

  /** Waits until the queues are empty, no batch is worked on and no notification is on its way or due within the next minute. */
  async idle(timeout = 60_000): Promise<void> {
    const deadline = Date.now() + timeout;
    for (let every = 5; ; every = Math.min(every * 2, 100)) {
      const busy = await this.#busy();
      if (busy === undefined) return;
      if (Date.now() > deadline) throw new Error(`not idle after ${timeout / 1000} s: ${busy}`);
      await sleep(every);
    }
  }

  /** Idle, and nothing has moved for so many milliseconds. */
  async quiet(milliseconds: number, timeout?: number): Promise<void> {
    do await this.idle(timeout);
    while (await this.moves(milliseconds));
  }

  /** Whether anything moves within so many milliseconds. */
  async moves(milliseconds: number): Promise<boolean> {
    const before = await this.fingerprint();
    const deadline = Date.now() + milliseconds;
    while (Date.now() < deadline) {
      await sleep(50);
      if ((await this.fingerprint()) !== before) return true;
    }
    return false;
  }

  /** What has been taken in, recorded and mailed so far, in short. */
  async fingerprint(): Promise<string> {
    const rows = await this.sql('SELECT count(*) AS batches FROM batches');
    return JSON.stringify([rows, await this.recorded(), this.mailbox.mails.length]);
  }

  /** What has been recorded so far, in short. */
  async recorded(): Promise<string> {
    return JSON.stringify(
      await this.sql(`
      SELECT (SELECT count(*) FROM submission_events) AS events, (SELECT count(*) FROM quarantine) AS quarantined,
             (SELECT jsonb_object_agg(state, number) FROM (SELECT state, count(*) AS number FROM notifications GROUP BY state) AS n) AS states`),
    );
  }

  async stop(): Promise<void> {
    await this.stopService();
    await this.mailbox.stop();
    await this.#pool.end();
    for (const client of Object.values(this.#clients)) client.destroy();
    await this.emulator.stop();
    await administer(this.database.admin, `DROP DATABASE IF EXISTS ${this.database.name} WITH (FORCE)`);
  }

  async #busy(): Promise<string | undefined> {
    for (const queue of QUEUE_NAMES) {
      const messages = await this.depth(queue);
      if (messages > 0) return `${messages} message(s) on ${queue}`;
    }
    const [row] = await this.sql<{ mails: number; jobs: number; batches: number }>(`
      SELECT (SELECT count(*)::int FROM notifications
              WHERE state = 'sending' OR (state = 'queued' AND due_at < now() + interval '1 minute')) AS mails,
             (SELECT count(*)::int FROM bullmq.job WHERE state IN ('waiting', 'active')) AS jobs,
             (SELECT count(*)::int FROM batches WHERE state IN ('validating', 'running')) AS batches`);
    if (row?.mails) return `${row.mails} notification(s) on their way`;
    if (row?.batches) return `${row.batches} batch(es) that somebody works on`;
    if (row?.jobs) return `${row.jobs} job(s) in the queues of BullMQ`;
    return undefined;
  }

  async #queueUrl(queue: string): Promise<string> {
    const known = this.#urls.get(queue);
    if (known !== undefined) return known;
    const { QueueUrl = '' } = await this.#clients.sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    this.#urls.set(queue, QueueUrl);
    return QueueUrl;
  }
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
