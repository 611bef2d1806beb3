import { mkdirSync } from 'node:fs';
import { register } from 'node:module';
import { Server } from 'node:net';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { DEFAULT_REGION, sqsClient } from '#libs/platform/index.js';
import { freePort } from './free-port.js';

/** The emulator keeps queues of different regions apart: that of whoever sets none, so that all sides name the same. */
export const SQS_REGION = DEFAULT_REGION;

/** Not secrets: the emulator accepts whatever is signed. */
export const SQS_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** How to start the emulator. */
export interface SqsOptions {
  /** Default: a free one. */
  port?: number;
  /** Keeps queues and messages over a restart, where Node has SQLite (from 22.13 on); without it they are in memory. */
  dataDirectory?: string;
}

/** A running emulator of SQS (and of S3, on the same endpoint), on 127.0.0.1 only. */
export interface EmbeddedSqs {
  endpoint: string;
  /** False when unread messages go with the process. */
  persistent: boolean;
  /** Puts a message on a queue without a call over HTTP: it is there when this returns. */
  put(queue: string, body: string): void;
  stop(): Promise<void>;
}

/** Starts fauxqs in this process. */
export async function startSqs(options: SqsOptions = {}): Promise<EmbeddedSqs> {
  const persistent = options.dataDirectory !== undefined && hasSqlite();
  if (persistent) mkdirSync(options.dataDirectory ?? '', { recursive: true });
  if (!hasSqlite()) stubSqlite();
  const { startFauxqs } = await import('fauxqs');
  const port = options.port ?? (await freePort());
  const server = await onLoopback(port, () =>
    startFauxqs({
      port,
      logger: false,
      defaultRegion: SQS_REGION,
      dataDir: persistent ? options.dataDirectory : undefined,
    }),
  );
  return {
    endpoint: `http://127.0.0.1:${port}`,
    persistent,
    put: (queue, body) => server.sendMessage(queue, body, { region: SQS_REGION }),
    stop: () => server.stop(),
  };
}

/** What every queue of ours shares. */
export interface QueueOptions {
  /** Seconds a received message stays hidden. Default 30. */
  visibilityTimeout?: number;
  /** Receives after which a message goes to the dead-letter queue. Default 5. */
  maxReceiveCount?: number;
}

/** Makes each queue and its `dlq-<name>`, or brings them to these settings when they are there. */
export async function ensureQueues(
  endpoint: string,
  names: string[],
  options: QueueOptions = {},
): Promise<void> {
  const { visibilityTimeout = 30, maxReceiveCount = 5 } = options;
  const settings = { SQS_ENDPOINT: endpoint, AWS_REGION: SQS_REGION };
  const client = sqsClient(settings, { credentials: SQS_CREDENTIALS });
  const ensure = async (name: string, attributes: Record<string, string>): Promise<string> => {
    const Attributes = { VisibilityTimeout: String(visibilityTimeout), ...attributes };
    try {
      const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
      return QueueUrl;
    } catch (error) {
      // With other settings, under the name that the error has in the older protocol too.
      if (!(error instanceof Error && error.name.endsWith('QueueNameExists'))) throw error;
      const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
      await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
      return QueueUrl;
    }
  };
  try {
    await Promise.all(
      names.map(async (name) => {
        // Fourteen days, the longest there is: a parked message waits for a person.
        const QueueUrl = await ensure(`dlq-${name}`, { MessageRetentionPeriod: '1209600' });
        const asked = { QueueUrl, AttributeNames: ['QueueArn' as const] };
        const { Attributes } = await client.send(new GetQueueAttributesCommand(asked));
        const deadLetterTargetArn = Attributes?.QueueArn ?? '';
        await ensure(name, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) });
      }),
    );
  } finally {
    client.destroy();
  }
}

/** Makes the bucket where it is not there yet, without a client of S3, which takes long to load. */
export async function ensureBucket(endpoint: string, name: string): Promise<void> {
  const answer = await fetch(`${endpoint}/${name}`, { method: 'PUT' });
  // One that is ours already is a conflict.
  if (!answer.ok && answer.status !== 409)
    throw new Error(`The emulator of S3 makes no bucket (HTTP ${answer.status}).`);
}

/** At its first use Node warns that its SQLite may change. Nobody who starts us can do anything about that. */
function hasSqlite(): boolean {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite') !== undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** fauxqs imports node:sqlite even when it keeps all in memory, and older Nodes have none. */
function stubSqlite(): void {
  const stub = 'data:text/javascript,export class DatabaseSync {}';
  const hook = `export const resolve = (name, context, next) =>
    name === 'node:sqlite' ? { url: ${JSON.stringify(stub)}, shortCircuit: true } : next(name, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}

/** fauxqs listens on all interfaces and cannot be told otherwise; nobody on the network shall post tax events to it. */
async function onLoopback<Result>(port: number, start: () => Promise<Result>): Promise<Result> {
  const descriptor = Object.getOwnPropertyDescriptor(Server.prototype, 'listen');
  if (!descriptor) return start();
  const listen = descriptor.value as (...args: unknown[]) => Server;
  Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
    const [first, ...rest] = args;
    const ours = typeof first === 'object' && first !== null && 'port' in first && first.port === port;
    return listen.apply(this, ours ? [{ ...first, host: '127.0.0.1' }, ...rest] : args);
  };
  try {
    return await start();
  } finally {
    Object.defineProperty(Server.prototype, 'listen', descriptor);
  }
}
