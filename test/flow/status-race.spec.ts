import { describe, expect, it } from 'vitest';
import type { ApiProcess } from '../support/api.process.js';
import { eventually } from '../support/eventually.js';
import { proved } from '../support/proved.js';
import { findRedis } from '../support/redis.js';
import { aCountedReturn, read, write, type CountedReturn } from '../support/rejected.returns.js';
import { ownRedis } from '../support/servers.js';
import { isEndurance } from '../support/sizes.js';
import { Stack } from '../support/stack.js';

const RETURNS = 3;
const READERS = 6;
/** Answers between two things that happen to Redis. */
const STRETCH = isEndurance ? 4_000 : 300;

/** Readers against writers, on two processes. */
class Race {
  answers = 0;
  writes = 0;
  unchanged = 0;
  readonly faults: string[] = [];
  private isOver = false;
  /** The newest that anybody was given, or a writer was told to be kept, of each return. */
  private readonly given = new Map<string, number>();
  private readonly running: Promise<void>[];

  constructor(
    private readonly apis: ApiProcess[],
    owners: CountedReturn[],
  ) {
    this.running = [
      ...owners.map((owner, index) => this.writing(owner, index)),
      ...Array.from({ length: READERS }, (_, index) => this.reading(owners, index)),
    ];
  }

  /** Until so many answers more were given. */
  async goesOn(answers: number): Promise<void> {
    const until = this.answers + answers;
    await eventually(() => this.answers >= until || this.isOver, { because: 'answers' });
  }

  async ends(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.running);
  }

  private async writing(owner: CountedReturn, index: number): Promise<void> {
    for (let n = 1; !this.isOver; n += 1) {
      await this.noting(() => write(this.apis[(n + index) % this.apis.length] as ApiProcess, owner, n));
      this.note(owner, n);
      this.writes += 1;
    }
  }

  private async reading(owners: CountedReturn[], index: number): Promise<void> {
    const ways = ['return', 'submission', 'eligibility'] as const;
    let tag: string | undefined;
    for (let turn = index; !this.isOver; turn += 1) {
      const owner = owners[index % owners.length] as CountedReturn;
      const api = this.apis[turn % this.apis.length] as ApiProcess;
      const atLeast = this.given.get(owner.taxReturnId) ?? 0;
      await this.noting(async () => {
        const found = await read(api, owner, { by: ways[turn % 3], tag: turn % 2 ? tag : undefined });
        if (found.n < atLeast)
          this.faults.push(`${found.n} (${found.status}) was answered after ${atLeast} was`);
        this.note(owner, found.n);
        tag = found.tag;
        this.answers += 1;
        if (found.status === 304) this.unchanged += 1;
      });
    }
  }

  private note({ taxReturnId }: CountedReturn, n: number): void {
    this.given.set(taxReturnId, Math.max(n, this.given.get(taxReturnId) ?? 0));
  }

  private async noting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.faults.push(String(error));
      this.isOver = true;
    }
  }
}

async function startRace(label: string, redisUrl?: string): Promise<Race> {
  const stack = await Stack.start(label, { worker: false, redisUrl });
  const owners = await Promise.all(Array.from({ length: RETURNS }, () => aCountedReturn(stack)));
  const apis = await Promise.all([stack.startApi().ready(), stack.startApi().ready()]);
  return new Race(apis, owners);
}

describe('nobody is answered by anything older than an answer that was given before they asked', () => {
  it.runIf(findRedis())(
    'by two processes that share a Redis, which is killed, comes back with what it held, and freezes',
    async () => {
      const server = await ownRedis({ appendOnly: true });
      const race = await startRace('status-race-redis', server.url);
      await race.goesOn(STRETCH);
      await server.kill();
      await race.goesOn(STRETCH);
      await server.start();
      await race.goesOn(STRETCH * 3);
      server.freeze();
      await race.goesOn(STRETCH);
      server.thaw();
      await race.goesOn(STRETCH * 3);
      await race.ends();
      expect(race.faults).toEqual([]);
      expect(race.unchanged).toBeGreaterThan(0);
      proved(
        `Status, two processes and a Redis that is killed and frozen: ${race.answers} answers beside ${race.writes} writes, none older than one before.`,
      );
    },
  );

  it('by two processes without a Redis', async () => {
    const race = await startRace('status-race');
    await race.goesOn(STRETCH * 2);
    await race.ends();
    expect(race.faults).toEqual([]);
    proved(
      `Status, two processes without Redis: ${race.answers} answers beside ${race.writes} writes, none older.`,
    );
  });
});
