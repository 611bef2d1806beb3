import { join } from 'node:path';
import { bucketSettings, queueSettings, readSettingsOf } from '#libs/platform/index.js';
import { freePort } from './free-port.js';
import { startInbox } from './inbox.js';
import type { Inbox } from './inbox.js';
import { startPostgres } from './postgres.js';
import { ensureBucket, ensureQueues, SQS_CREDENTIALS, SQS_REGION, startSqs } from './sqs.js';
import { UpstreamSimulator } from './upstream.js';
import { LOCAL_DATABASE, localSecrets, postgresPasswordFile } from '../data-folder.js';

/** What the local stack stands on, and the settings that lead to it. */
export interface Parts {
  environment: Record<string, string>;
  /** Absent where SMTP_URL leads to a relay of yours. */
  inbox: Inbox | undefined;
  /** Absent where UPSTREAM_URL leads to one of yours. */
  upstream: UpstreamSimulator | undefined;
  /** False where SQS_ENDPOINT leads to an SQS of yours. */
  hasOwnSqs: boolean;
  /** A sentence for each part that was started here. */
  started: string[];
  stop(): Promise<void>;
}

/** Starts a part for each server that the settings do not name. With settings it uses yours. One that fails takes the others along. */
export async function startParts(folder: string, given: Record<string, string | undefined>): Promise<Parts> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    return { ...(await startMissing(folder, given, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @param stops hears how to stop each part that was started, in their order */
async function startMissing(
  folder: string,
  given: Record<string, string | undefined>,
  stops: (() => Promise<void>)[],
): Promise<Omit<Parts, 'stop'>> {
  const environment: Record<string, string> = {};
  const started: string[] = [];
  const secrets = localSecrets(folder);
  environment.API_KEY = given.API_KEY || secrets.API_KEY;
  environment.ENCRYPTION_KEYS = given.ENCRYPTION_KEYS || secrets.ENCRYPTION_KEYS;

  if (!given.DATABASE_URL) {
    const postgres = await startPostgres({
      dataDirectory: join(folder, 'postgres'),
      passwordFile: postgresPasswordFile(folder),
    });
    stops.push(() => postgres.stop());
    await postgres.createDatabase(LOCAL_DATABASE);
    environment.DATABASE_URL = postgres.url(LOCAL_DATABASE);
    started.push(`Postgres on port ${postgres.port}`);
  }
  // An endpoint must be named: credentials that lie about in a shell must not lead a demonstration to a real account.
  if (!given.SQS_ENDPOINT) {
    const sqs = await startSqs({ dataDirectory: join(folder, 'sqs') });
    stops.push(() => sqs.stop());
    await ensureQueues(sqs.endpoint, queuesOf(given));
    environment.SQS_ENDPOINT = sqs.endpoint;
    if (!given.S3_ENDPOINT) {
      await ensureBucket(sqs.endpoint, readSettingsOf(bucketSettings, given).BATCH_BUCKET);
      environment.S3_ENDPOINT = sqs.endpoint;
      // It sends no notifications.
      environment.BATCH_POLL = given.BATCH_POLL || '5s';
    }
    environment.AWS_REGION = SQS_REGION;
    environment.AWS_ACCESS_KEY_ID = SQS_CREDENTIALS.accessKeyId;
    environment.AWS_SECRET_ACCESS_KEY = SQS_CREDENTIALS.secretAccessKey;
    started.push(
      `SQS at ${sqs.endpoint}${sqs.persistent ? '' : ' (in memory: messages nobody read go with the process)'}`,
    );
  }
  let inbox: Inbox | undefined;
  if (!given.SMTP_URL) {
    const own = await startInbox({ directory: join(folder, 'inbox'), webPort: await freePort(8025) });
    inbox = own;
    environment.SMTP_URL = own.smtpUrl;
    // It passes nothing on, so a test mail may go to any address.
    environment.TEST_MAIL_ALLOWED = given.TEST_MAIL_ALLOWED || '*';
    started.push(`an SMTP inbox with its page at ${own.webUrl}`);
    stops.push(() => own.stop());
  }
  let upstream: UpstreamSimulator | undefined;
  if (!given.UPSTREAM_URL) {
    // Nothing is decided until somebody says so.
    const own = await UpstreamSimulator.start({
      port: await freePort(8026),
      otherwise: { status: 'processing' },
    });
    upstream = own;
    environment.UPSTREAM_URL = own.url;
    // Somebody waits for it.
    environment.UPSTREAM_EVERY = given.UPSTREAM_EVERY || '2s';
    environment.UPSTREAM_TIMEOUT = given.UPSTREAM_TIMEOUT || '2s';
    started.push(`the upstream, played, with its page at ${own.webUrl}`);
    stops.push(() => own.stop());
  }
  return { environment, inbox, upstream, hasOwnSqs: !given.SQS_ENDPOINT, started };
}

/** Every queue that must be there, as the settings call it. */
function queuesOf(given: Record<string, string | undefined>): string[] {
  return Object.values(readSettingsOf(queueSettings, given));
}
