import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import {
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { NestFactory } from '@nestjs/core';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type pg from 'pg';
import { ApiModule } from '#apps/api/src/api.module.js';
import { serve } from '#apps/api/src/http.js';
import { ensureQueues, SQS_CREDENTIALS, SQS_REGION } from '#apps/local/src/embedded/sqs.js';
import { WorkerModule } from '#apps/worker/src/worker.module.js';
import { JsonLogger, openPool, PlatformModule, readSettings } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { findAddresses } from './address.scan.js';
import { ApiProcess } from './api.process.js';
import { atEnd } from './at-end.js';
import { freshDatabase } from './database.js';
import { runFolder } from './run-folder.js';
import { eventually } from './eventually.js';
import { inTurn } from './in-turn.js';
import { Mailbox } from './mailbox.js';
import { messagesOn } from './queue.look.js';
import type { QueueBackend } from './servers.js';
import { WorkerProcess, type WorkerOptions } from './worker.process.js';

/** The queues of a stack, by what they carry. */
export type QueueName = 'confirmation' | 'statusChange' | 'sendMail' | 'receipts' | 'jobFiles';

export interface StackOptions {
  /** Where BullMQ keeps its jobs. Default: Postgres. */
  backend?: QueueBackend;
  /** Settings that differ from a test's defaults. */
  settings?: Record<string, string>;
  /** False: only the API runs here, for files that start workers of their own. Default true. */
  worker?: boolean;
  /** Default: a fresh one of the run's Postgres. */
  databaseUrl?: string;
  redisUrl?: string;
  /** Each server behind `redisUrl`, where that is not the address of one. */
  redisServers?: string[];
  /** Seconds that a received message stays hidden. Default 2. */
  visibilityTimeout?: number;
  mailbox?: Mailbox;
}

export interface ApiAnswer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** The real service on real servers: a database, queues and a mailbox of its own. */
export class Stack {
  private readonly workers: WorkerProcess[] = [];
  private readonly apis: ApiProcess[] = [];
  private workersHere: INestApplicationContext[] = [];
  private readonly urls = new Map<QueueName, Promise<string>>();
  private ending: Promise<void> | undefined;

  private constructor(
    private readonly label: string,
    /** What a process of this stack finds in its environment. */
    readonly environment: Record<string, string>,
    readonly mailbox: Mailbox,
    readonly app: NestExpressApplication,
    private readonly queues: Record<QueueName, string>,
    private readonly sqs: SQSClient,
    private readonly pool: pg.Pool,
    private readonly redisServers: string[],
    private readonly giveBack: () => Promise<void>,
  ) {}

  /** It ends with the file of tests at the latest. */
  static async start(label: string, options: StackOptions = {}): Promise<Stack> {
    const database = options.databaseUrl ? undefined : await freshDatabase(label);
    const mailbox = options.mailbox ?? (await Mailbox.start());
    const queues = queueNames();
    const endpoint = process.env.TEST_SQS_ENDPOINT ?? '';
    await ensureQueues(endpoint, Object.values(queues), {
      visibilityTimeout: options.visibilityTimeout ?? 2,
      maxReceiveCount: 1000,
    });
    const redisUrl = options.redisUrl ?? (await options.backend?.redisUrl());
    const environment: Record<string, string> = {
      DATABASE_URL: options.databaseUrl ?? database?.url ?? '',
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      SMTP_URL: mailbox.url,
      SQS_ENDPOINT: endpoint,
      AWS_REGION: SQS_REGION,
      AWS_ACCESS_KEY_ID: SQS_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: SQS_CREDENTIALS.secretAccessKey,
      CONFIRMATION_QUEUE: queues.confirmation,
      STATUS_CHANGE_QUEUE: queues.statusChange,
      SEND_MAIL_QUEUE: queues.sendMail,
      MAIL_RECEIPTS_QUEUE: queues.receipts,
      JOB_FILES_QUEUE: queues.jobFiles,
      S3_ENDPOINT: endpoint,
      // Made by those who put something into it.
      BATCH_BUCKET: queues.jobFiles,
      API_KEY: 'a-key-that-only-tests-hold',
      ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      PORT: '0',
      // On a busy machine a request may wait longer than one should in production.
      DATABASE_WAIT: '60s',
      DATABASE_SILENT_FOR: '60s',
      SQS_POLLERS: '1',
      // Short where a file starts workers of its own and may kill them: the emulator hands messages to a receiver that is gone.
      SQS_WAIT: options.worker === false ? '1s' : '5s',
      RETRY_BASE: '50ms',
      RETRY_CEILING: '200ms',
      SWEEP_EVERY: '1s',
      SWEEP_GRACE: '500ms',
      // A burst of a test is meant. The guards have tests of their own.
      GUARDS: '',
      ...options.settings,
    };
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: SQS_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: SQS_CREDENTIALS.secretAccessKey,
    });
    const settings = readSettings(environment);
    const modules: Type[] = options.worker === false ? [ApiModule] : [ApiModule, WorkerModule];
    const app = await inTurn(() => serve(processOf(modules, settings), settings, loggerOf(label, settings)));
    const sqs = new SQSClient({
      endpoint,
      region: SQS_REGION,
      credentials: SQS_CREDENTIALS,
      useQueueUrlAsEndpoint: false,
    });
    const pool = openPool({ connectionString: settings.DATABASE_URL, max: 2 });
    const stack = new Stack(
      label,
      environment,
      mailbox,
      app,
      queues,
      sqs,
      pool,
      options.redisServers ?? (redisUrl ? [redisUrl] : []),
      () => database?.drop() ?? Promise.resolve(),
    );
    atEnd(() => stack.stop());
    return stack;
  }

  /** Starts a worker as a process of its own, on the parts of this stack. It ends with the stack at the latest. */
  startWorker(options?: WorkerOptions): WorkerProcess {
    const file = logFile(`${this.label}-worker-${this.workers.length + 1}`);
    const worker = WorkerProcess.start(this.environment, file, options);
    this.workers.push(worker);
    return worker;
  }

  /** Starts an API as a process of its own, on the parts of this stack. It ends with the stack at the latest. */
  startApi(settings: Record<string, string> = {}): ApiProcess {
    const file = logFile(`${this.label}-api-${this.apis.length + 1}`);
    const api = ApiProcess.start({ ...this.environment, ...settings }, file);
    this.apis.push(api);
    return api;
  }

  /** Starts a worker in the process of the test: sooner there than one of its own. */
  async startWorkerHere(settings: Record<string, string> = {}): Promise<INestApplicationContext> {
    const read = readSettings({ ...this.environment, ...settings });
    const logger = loggerOf(this.label, read);
    const worker = await inTurn(() =>
      NestFactory.createApplicationContext(processOf([WorkerModule], read), { logger, abortOnError: false }),
    );
    this.workersHere.push(worker);
    return worker;
  }

  async stopWorkersHere(): Promise<void> {
    const workers = this.workersHere;
    this.workersHere = [];
    await Promise.all(workers.map((worker) => worker.close()));
  }

  /** Calls the HTTP interface with the key. */
  async api<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer<T>> {
    const response = await fetch(`${await this.app.getUrl()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.environment.API_KEY}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as T,
    };
  }

  /** Puts a message on a real queue; its id comes back. */
  async put(queue: QueueName, body: string, attributes: Record<string, string> = {}): Promise<string> {
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    );
    const { MessageId } = await this.sqs.send(
      new SendMessageCommand({
        QueueUrl: await this.queueUrl(queue),
        MessageBody: body,
        MessageAttributes,
      }),
    );
    return MessageId ?? '';
  }

  /** Puts many messages, ten at a time. */
  async putAll(queue: QueueName, bodies: string[]): Promise<void> {
    const QueueUrl = await this.queueUrl(queue);
    for (let from = 0; from < bodies.length; from += 10) {
      const Entries = bodies
        .slice(from, from + 10)
        .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      await this.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    }
  }

  /** Messages that are on the queue, also those in somebody's hands. */
  async unread(queue: QueueName): Promise<number> {
    return messagesOn(this.environment.SQS_ENDPOINT ?? '', await this.queueUrl(queue));
  }

  /** A look into the database, for what no caller can see. */
  async sql<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.pool.query<T>(text, values)).rows;
  }

  /** A session of the database, to be released. */
  session(): Promise<pg.PoolClient> {
    return this.pool.connect();
  }

  /** Waits until every queue is empty and no notification is on its way. */
  async idle(timeout?: number): Promise<void> {
    const hasOpen = async () => {
      const [row] = await this.sql<{ open: number }>(
        `SELECT count(*)::int AS open FROM notifications WHERE state = 'sending' OR (state = 'queued' AND due_at < now() + interval '1 minute')`,
      );
      return row?.open !== 0;
    };
    const hasUnread = async () => {
      for (const queue of Object.keys(this.queues) as QueueName[]) if (await this.unread(queue)) return true;
      return false;
    };
    await eventually(
      // Once more at the end: what was unread at the first look may be open by now.
      async () => !(await hasOpen()) && !(await hasUnread()) && !(await hasOpen()),
      { because: 'empty queues and settled notifications', timeout },
    );
  }

  /** What the service in this process has logged so far. */
  log(): string {
    return readFileSync(logFile(this.label), 'utf8');
  }

  /** Addresses in whatever this stack has written so far: its database, its jobs, its logs. */
  addressesLeftBehind(): Promise<string[]> {
    return findAddresses({
      databaseUrl: this.environment.DATABASE_URL ?? '',
      redisUrls: this.redisServers,
      logFolder: runFolder(),
      logPrefix: fileName(this.label),
    });
  }

  /** Ends the service and what belongs to it. Every file of tests that uses a stack thereby also tests what it wrote. */
  stop(): Promise<void> {
    this.ending ??= this.end();
    return this.ending;
  }

  private async end(): Promise<void> {
    await Promise.all([...this.workers, ...this.apis].map((one) => one.kill()));
    await this.stopWorkersHere();
    await this.app.close();
    await this.mailbox.stop();
    await this.pool.end();
    this.sqs.destroy();
    const addresses = await this.addressesLeftBehind();
    await this.giveBack();
    if (addresses.length > 0)
      throw new Error(`e-mail addresses were written in plain text:\n${addresses.join('\n')}`);
  }

  /** Asked once: `idle` looks at every queue again and again. */
  private queueUrl(queue: QueueName): Promise<string> {
    const url = this.urls.get(queue) ?? this.findQueue(queue);
    this.urls.set(queue, url);
    return url;
  }

  private async findQueue(queue: QueueName): Promise<string> {
    const { QueueUrl } = await this.sqs.send(new GetQueueUrlCommand({ QueueName: this.queues[queue] }));
    return QueueUrl ?? '';
  }
}

function logFile(label: string): string {
  return join(runFolder(), `${fileName(label)}.log`);
}

function fileName(label: string): string {
  return label.replace(/\W+/g, '-');
}

function queueNames(): Record<QueueName, string> {
  const run = randomBytes(4).toString('hex');
  return {
    confirmation: `confirmation-${run}`,
    statusChange: `status-change-${run}`,
    sendMail: `send-mail-${run}`,
    receipts: `mail-receipts-${run}`,
    jobFiles: `job-files-${run}`,
  };
}

function processOf(modules: Type[], settings: Settings): DynamicModule {
  return { module: class TestProcess {}, imports: [PlatformModule.with(settings), ...modules] };
}

function loggerOf(label: string, settings: Settings): JsonLogger {
  return new JsonLogger(settings.LOG_LEVEL, (line) => appendFileSync(logFile(label), line));
}
