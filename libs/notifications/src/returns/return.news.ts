import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationShutdown } from '@nestjs/common';
import { DatabaseChannel, Prepared, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { ReturnChanges } from './return.changes.js';
import type { ReturnChange } from './return.changes.js';

/** Hears of changes that any process has committed, this one too. Neither may throw. */
export interface NewsReader {
  changed: (changes: ReturnChange[]) => void;
  /** Any return may have changed meanwhile: there was no connection, or there was too much to tell. The first connection says it too. */
  missed: () => void;
}

/** Milliseconds in which changes gather, so that a busy process tells of hundreds at once. */
const GATHER = 20;
/** Milliseconds until it is tried again when Postgres does not take it. */
const TRY_AGAIN = 1_000;
/** Changes that wait to be told; of more it is said that there were many. */
const MOST = 20_000;
const MANY = '*';
/** A payload of Postgres has less than 8,000 bytes: one change has at most 57. */
const IN_ONE_PAYLOAD = 130;

/**
 * Carries what has changed from process to process by Postgres' NOTIFY, after the commit and apart from it: a transaction that notifies
 * holds a lock of the whole database while it commits, and so would have every mail wait for every other. What a process that dies has
 * not told yet nobody hears: a reader comes right by itself, in time.
 */
@Injectable()
export class ReturnNews implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly waiting = new Map<string, string>();
  private areTooMany = false;
  private telling: Promise<void> | undefined;
  private readonly readers = new Set<NewsReader>();
  private channel: DatabaseChannel | undefined;
  private readonly ending = new AbortController();

  constructor(
    private readonly prisma: PrismaService,
    changes: ReturnChanges,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'DATABASE_URL'>,
  ) {
    changes.listen((some) => this.tell(some));
  }

  /** The first one opens the connection, which is Postgres' only one for it. @returns ends it. */
  read(reader: NewsReader): () => void {
    this.readers.add(reader);
    if (!this.ending.signal.aborted)
      this.channel ??= new DatabaseChannel(this.settings.DATABASE_URL, CHANNEL, {
        said: (payload) => this.hear(payload),
        missed: () => this.eachReader(({ missed }) => missed()),
      });
    return () => this.readers.delete(reader);
  }

  /** What is committed until here is told while there is a database. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort();
    await this.telling;
    await this.channel?.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.telling;
  }

  private tell(changes: ReturnChange[]): void {
    for (const { taxReturnId, revision } of changes) {
      const known = this.waiting.get(taxReturnId);
      if (known === undefined || BigInt(known) < BigInt(revision)) this.waiting.set(taxReturnId, revision);
    }
    if (this.waiting.size > MOST) {
      this.waiting.clear();
      this.areTooMany = true;
    }
    this.telling ??= this.tellAll().finally(() => (this.telling = undefined));
  }

  private async tellAll(): Promise<void> {
    await this.pause(GATHER);
    while (this.waiting.size > 0 || this.areTooMany) {
      const changes = [...this.waiting].map(([taxReturnId, revision]) => ({ taxReturnId, revision }));
      const payloads = [...(this.areTooMany ? [MANY] : []), ...payloadsOf(changes)];
      this.waiting.clear();
      this.areTooMany = false;
      try {
        await TELL.run(this.prisma.pool, payloads);
      } catch {
        if (this.ending.signal.aborted) return;
        this.areTooMany = true;
        await this.pause(TRY_AGAIN);
      }
    }
  }

  private hear(payload: string): void {
    if (payload === MANY) this.eachReader(({ missed }) => missed());
    const changes = changesOf(payload);
    if (changes.length > 0) this.eachReader(({ changed }) => changed(changes));
  }

  private eachReader(say: (reader: NewsReader) => void): void {
    for (const reader of [...this.readers]) say(reader);
  }

  private async pause(time: number): Promise<void> {
    await delay(time, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }
}

const CHANNEL = 'return_changes';

/** Nothing is lost with it that a crash would not lose anyway: it waits for no disk. */
export const TELL = new Prepared<[payloads: string[]], never>(
  'tell',
  `SELECT set_config('synchronous_commit', 'off', true), count(pg_notify('${CHANNEL}', said)) FROM unnest($1::text[]) AS said`,
);

export function payloadsOf(changes: ReturnChange[]): string[] {
  const said = changes.map(({ taxReturnId, revision }) => `${taxReturnId}:${revision}`);
  const payloads = [];
  for (let from = 0; from < said.length; from += IN_ONE_PAYLOAD)
    payloads.push(said.slice(from, from + IN_ONE_PAYLOAD).join(','));
  return payloads;
}

/** What is not like ours is left out: anybody who may connect may say something. */
export function changesOf(payload: string): ReturnChange[] {
  return [...payload.matchAll(/([\da-f-]{36}):(\d+)/g)].map(([, taxReturnId = '', revision = '']) => ({
    taxReturnId,
    revision,
  }));
}
