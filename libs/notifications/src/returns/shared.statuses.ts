import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Batcher, openHastyRedis, redisAddressOf, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { ReturnChanges } from './return.changes.js';
import type { ReturnChange } from './return.changes.js';

/** Milliseconds in which Redis answers, or is taken for gone. */
const ANSWERS_WITHIN = 500;
/** Milliseconds for which a revision is remembered that has no answer yet: longer than any read of an older one may take. */
const REMEMBERED = 60_000;
/** Revisions that are told by one call. */
const AT_ONCE = 500;
/** Answers that are found by one call. */
const FOUND_AT_ONCE = 100;
/** Returns of which it is remembered what could not be told. */
const MOST_UNTOLD = 20_000;

/** Redis does not answer, or not as it should. */
export class SharedAway extends Error {}

/** Whose a submission is, and what is kept of that return. */
interface FoundBySubmission {
  taxReturnId: string;
  value: string | undefined;
}

/** Commands that Redis carries out in one piece. */
interface Scripts {
  findStatusesOfSubmissions(
    count: number,
    ...aliasesAndPrefix: string[]
  ): Promise<[owner: string | null, value: string | null][]>;
  keepStatus(key: string, value: string, time: number): Promise<string | null>;
  tellStatuses(count: number, ...keysAndRevisions: (string | number)[]): Promise<null>;
}

/**
 * Answers in Redis, which all processes share. A value begins with the revision of its return, and none ever takes the place of one
 * with a higher revision; a change leaves its revision alone there, so that no read that began before it can put an old answer back.
 */
@Injectable()
export class SharedStatuses implements OnApplicationShutdown {
  private client: (Redis & Scripts) | undefined;
  /** The run id of the server of this connection; undefined while there is none. */
  server: string | undefined;
  /** How many connections there have been. */
  connections = 0;
  private firstConnection: Promise<void> = Promise.resolve();
  private readonly isThere: boolean;
  /** The newest revision of each return that Redis may not have heard of. */
  private readonly untold = new Map<string, string>();
  /** Who asks while a call is under way goes with the next: a call costs as much for one as for many. */
  private readonly finds = new Batcher((ids: string[]) => this.findAll(ids), FOUND_AT_ONCE);
  private readonly findsBySubmission = new Batcher(
    (ids: string[]) => this.findAllBySubmission(ids),
    FOUND_AT_ONCE,
  );

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    changes: ReturnChanges,
  ) {
    // A node of a cluster may take over from another without our connection saying so.
    this.isThere = settings.REDIS_URL !== undefined && redisAddressOf(settings).form !== 'cluster';
    if (this.isThere)
      // Where nobody hangs on it: who answers for what is told sees to it (StatusAnswers).
      this.unheard = changes.listen((some) => this.tell(some).catch(() => undefined));
  }

  private unheard: () => void = () => undefined;

  /** Somebody else tells of this process' changes. */
  leaveChanges(): void {
    this.unheard();
  }

  /** Is there a Redis to keep answers in, by the settings? */
  get isUsed(): boolean {
    return this.isThere;
  }

  /** Connects, if nobody has yet. */
  open(): Redis & Scripts {
    return (this.client ??= this.connect());
  }

  onApplicationShutdown(): void {
    this.server = undefined;
    this.client?.disconnect();
  }

  /** @throws SharedAway */
  find(taxReturnId: string): Promise<string | undefined> {
    return this.finds.call(taxReturnId);
  }

  /** By the authority's id of a submission. Whose it is never changes. @throws SharedAway */
  findBySubmission(submissionId: string): Promise<FoundBySubmission | undefined> {
    return this.findsBySubmission.call(submissionId);
  }

  private findAll(taxReturnIds: string[]): Promise<(string | undefined)[]> {
    return this.ask(async (client) => {
      const values = await client.mget(taxReturnIds.map((id) => this.keyOf(id)));
      return values.map((value) => value ?? undefined);
    });
  }

  private findAllBySubmission(submissionIds: string[]): Promise<(FoundBySubmission | undefined)[]> {
    return this.ask(async (client) => {
      const aliases = submissionIds.map((id) => this.aliasOf(id));
      const found = await client.findStatusesOfSubmissions(aliases.length, ...aliases, this.keyOf(''));
      return found.map(([taxReturnId, value]) =>
        taxReturnId === null ? undefined : { taxReturnId, value: value ?? undefined },
      );
    });
  }

  /** @returns what is there that has a higher revision, and stays. @throws SharedAway */
  keep(taxReturnId: string, value: string, time: number): Promise<string | undefined> {
    return this.ask(
      async (client) => (await client.keepStatus(this.keyOf(taxReturnId), value, time)) ?? undefined,
    );
  }

  /** Whose a submission is. @throws SharedAway */
  async keepOwner(submissionId: string, taxReturnId: string): Promise<void> {
    const time = this.settings.STATUS_KEPT_SETTLED;
    await this.ask((client) => client.set(this.aliasOf(submissionId), taxReturnId, 'PX', time));
  }

  /** From now on nothing older is found. What cannot be told is told again by the next connection. @throws SharedAway */
  async tell(changes: readonly ReturnChange[]): Promise<void> {
    for (let from = 0; from < changes.length; from += AT_ONCE) {
      const some = changes.slice(from, from + AT_ONCE);
      const keys = some.map(({ taxReturnId }) => this.keyOf(taxReturnId));
      const revisions = some.map(({ revision }) => revision);
      try {
        await this.ask((client) => client.tellStatuses(keys.length, ...keys, REMEMBERED, ...revisions));
      } catch (error) {
        this.remember(changes.slice(from));
        throw error;
      }
    }
  }

  /** Told late an older revision does no harm: Redis compares. */
  private remember(changes: readonly ReturnChange[]): void {
    for (const { taxReturnId, revision } of changes) {
      const known = this.untold.get(taxReturnId);
      if (known === undefined || BigInt(known) < BigInt(revision)) this.untold.set(taxReturnId, revision);
    }
    for (const taxReturnId of this.untold.keys()) {
      if (this.untold.size <= MOST_UNTOLD) break;
      this.untold.delete(taxReturnId);
    }
  }

  private async tellUntold(): Promise<void> {
    const changes = [...this.untold].map(([taxReturnId, revision]) => ({ taxReturnId, revision }));
    this.untold.clear();
    await this.tell(changes).catch(() => undefined);
  }

  private keyOf(taxReturnId: string): string {
    return `${this.settings.QUEUE_PREFIX}:status:${taxReturnId}`;
  }

  private aliasOf(submissionId: string): string {
    return `${this.settings.QUEUE_PREFIX}:status-of:${submissionId}`;
  }

  private connect(): Redis & Scripts {
    const client = openHastyRedis(this.settings);
    client.defineCommand('findStatusesOfSubmissions', { lua: FIND_BY_SUBMISSIONS });
    client.defineCommand('keepStatus', { numberOfKeys: 1, lua: KEEP });
    client.defineCommand('tellStatuses', { lua: TELL });
    client.on('close', () => (this.server = undefined));
    client.on('ready', () => void this.identify(client));
    this.firstConnection = new Promise((resolve) => {
      client.once('ready', () => setImmediate(resolve));
      client.once('close', resolve);
    });
    return client as unknown as Redis & Scripts;
  }

  /** A server that was started again has another one, and so has the one that takes over. */
  private async identify(client: Redis): Promise<void> {
    try {
      const [, server] = /^run_id:(\w+)/m.exec(await answered(client.info('server'))) ?? [];
      if (server === undefined) throw new SharedAway('it does not say which server it is');
      this.connections += 1;
      this.server = server;
    } catch {
      client.disconnect(true);
      return;
    }
    await this.tellUntold();
  }

  private async ask<T>(command: (client: Redis & Scripts) => Promise<T>): Promise<T> {
    const client = this.open();
    await this.firstMoment();
    if (this.server === undefined) throw new SharedAway('there is no connection');
    try {
      return await answered(command(client));
    } catch (error) {
      // What was sent and not answered may be carried out at any time; on another connection nobody waits behind it.
      if (this.server !== undefined) {
        this.server = undefined;
        client.disconnect(true);
      }
      throw new SharedAway('it does not answer as it should', { cause: error });
    }
  }

  /** A process that has just begun waits a moment for its first connection. */
  async firstMoment(): Promise<void> {
    if (this.server !== undefined || this.connections > 0) return;
    const end = performance.now() + ANSWERS_WITHIN;
    await Promise.race([this.firstConnection, delay(ANSWERS_WITHIN)]);
    while (this.server === undefined && this.client?.status === 'ready' && performance.now() < end)
      await delay(5);
  }
}

/** What comes in time. A busy process looks at its clock before it looks at what has come: it looks once more. */
function answered<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => setImmediate(() => reject(new SharedAway('no answer in time')));
    const timer = setTimeout(late, ANSWERS_WITHIN);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const FIND_BY_SUBMISSIONS = `
local found = {}
for place, alias in ipairs(KEYS) do
  local owner = redis.call('GET', alias)
  found[place] = { owner, owner and redis.call('GET', ARGV[1] .. owner) }
end
return found`;

const KEEP = `
local known = redis.call('GET', KEYS[1])
if known and tonumber(string.match(known, '^%d+')) > tonumber(string.match(ARGV[1], '^%d+')) then return known end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`;

const TELL = `
for place, key in ipairs(KEYS) do
  local revision = ARGV[place + 1]
  local known = redis.call('GET', key)
  if not known or tonumber(string.match(known, '^%d+')) < tonumber(revision) then
    redis.call('SET', key, revision, 'PX', ARGV[1])
  end
end
return false`;
