import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SealError, Sealer, SETTINGS } from '#libs/platform/index.js';
import type { Settings, SubmissionEventType, Transaction } from '#libs/platform/index.js';
import { AuditTrail } from '../audit/audit.trail.js';
import type { Acting, AuditAction } from '../audit/audit.trail.js';
import { ActionRefused, NothingToActOn } from '../audit/refusal.js';
import { problemOfUrl } from './call-back.url.js';
import { EventFeed } from './event.feed.js';
import { placeOf } from './feed.place.js';
import type { FeedPlace } from './feed.place.js';

/** What a backend asks for. */
export interface CallBackAsked {
  url: string;
  /** All where none is named. */
  kinds: SubmissionEventType[];
}

/** Each takes its own turns and calls: so many are enough, and a worker can do all of them at the same time. */
const MOST = 50;
/** Milliseconds for which calls are signed with the secret before as well. */
const BOTH_FOR = 24 * 3_600_000;

/** Registers who is told, and lets people mend what went wrong. What a worker has begun for it is not kept: it begins anew. */
@Injectable()
export class CallBacks {
  constructor(
    private readonly prisma: PrismaService,
    private readonly sealer: Sealer,
    private readonly trail: AuditTrail,
    private readonly feed: EventFeed,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'CALL_BACK_HOSTS'>,
  ) {}

  /** Why calls cannot go there, as a sentence; undefined when they can. */
  problemOf(url: string): string | undefined {
    return problemOfUrl(url, this.settings.CALL_BACK_HOSTS);
  }

  /**
   * Told from now on. Said again it changes what is new, and goes on where it was.
   * @returns the secret when it is new: it is shown this once.
   * @throws ActionRefused
   */
  async register(name: string, { url, kinds }: CallBackAsked, acting: Acting): Promise<{ secret?: string }> {
    const problem = this.problemOf(url);
    if (problem !== undefined) throw new ActionRefused('url', `The address ${problem}.`);
    const after = { url, kinds: [...new Set(kinds)].sort() };
    const place = await this.feed.now();
    return this.prisma.retrying(async (tx) => {
      // One after the other, so that there are never more than there may be.
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('call-backs'))`;
      const known = await tx.callBack.findUnique({
        where: { name },
        select: { url: true, kinds: true, state: true },
      });
      if (known) {
        if (
          known.state === 'active' &&
          JSON.stringify(after) === JSON.stringify({ url: known.url, kinds: known.kinds })
        )
          return {};
        await tx.callBack.update({ where: { name }, data: { ...after, ...AFRESH } });
        await this.record(tx, name, 'change-call-back', acting, known, { ...after, state: 'active' });
        return {};
      }
      if ((await tx.callBack.count()) >= MOST)
        throw new ActionRefused(
          'too-many',
          `There are ${MOST} call-backs, which is all there may be. Remove one.`,
        );
      const secret = newSecret();
      const sealed = this.sealer.seal(secret, `call_backs.secret:${name}`);
      const at = { afterXid: BigInt(place.xid), afterSequence: BigInt(place.sequence) };
      await tx.callBack.create({ data: { name, ...after, ...at, secret: sealed, madeBy: acting.actor } });
      await this.record(tx, name, 'register-call-back', acting, undefined, after);
      return { secret };
    });
  }

  /** Nobody is told any more, and what waited for it is gone. @throws NothingToActOn */
  async remove(name: string, acting: Acting): Promise<void> {
    await this.prisma.retrying(async (tx) => {
      const { url, kinds } = await this.held(tx, name);
      await tx.callBack.delete({ where: { name } });
      await this.record(tx, name, 'remove-call-back', acting, { url, kinds }, undefined);
    });
  }

  /**
   * Gives it another secret. Calls are signed with both for a day.
   * @returns the secret, shown this once. @throws NothingToActOn
   */
  async rotate(name: string, acting: Acting): Promise<{ secret: string; previousUntil: Date }> {
    const secret = newSecret();
    return this.prisma.retrying(async (tx) => {
      const known = await this.held(tx, name);
      const before = this.openedOrNot(known.secret, `call_backs.secret:${name}`);
      const previousUntil = new Date(before === undefined ? Date.now() : Date.now() + BOTH_FOR);
      const data = {
        secret: this.sealer.seal(secret, `call_backs.secret:${name}`),
        previousSecret:
          before === undefined ? null : this.sealer.seal(before, `call_backs.previous_secret:${name}`),
        previousUntil,
      };
      await tx.callBack.update({ where: { name }, data: { ...data, ...UNHELD } });
      await this.record(tx, name, 'rotate-secret', acting, undefined, {
        previousUntil: previousUntil.toISOString(),
      });
      return { secret, previousUntil };
    });
  }

  /** Undefined where its key is not here: another secret is the way on from there. */
  private openedOrNot(sealed: string, place: string): string | undefined {
    try {
      return this.sealer.open(sealed, place);
    } catch (error) {
      if (error instanceof SealError) return undefined;
      throw error;
    }
  }

  /** Tells all that comes after a place, again where that was told. @throws ActionRefused, NothingToActOn */
  async replay(name: string, after: string, acting: Acting): Promise<void> {
    const place = await this.reachedPlaceOf(after);
    await this.prisma.retrying(async (tx) => {
      const known = await this.held(tx, name);
      const at = { afterXid: BigInt(place.xid), afterSequence: BigInt(place.sequence) };
      await tx.callBack.update({ where: { name }, data: { ...at, ...AFRESH } });
      const before = { after: `${known.afterXid}.${known.afterSequence}` };
      await this.record(tx, name, 'replay-call-back', acting, before, {
        after: `${place.xid}.${place.sequence}`,
      });
    });
  }

  /**
   * It goes on now: whether it was stopped or waits, and with all that it was put on without, given up or not.
   * @returns how many of those there are. @throws NothingToActOn
   */
  resume(name: string, acting: Acting): Promise<number> {
    return this.prisma.retrying(async (tx) => {
      const { state } = await this.held(tx, name);
      await tx.callBack.update({ where: { name }, data: { ...AFRESH } });
      const again = await tx.$executeRaw`
        UPDATE call_back_asides SET due_at = now(), since = now() WHERE name = ${name}`;
      await this.record(tx, name, 'resume-call-back', acting, { state }, { state: 'active', asides: again });
      return again;
    });
  }

  /** What {@link resume} would do. @throws NothingToActOn */
  async planResume(name: string): Promise<{ state: string; again: number }> {
    const known = await this.prisma.callBack.findUnique({
      where: { name },
      select: { state: true, _count: { select: { asides: true } } },
    });
    if (!known) throw new NothingToActOn(NOT_THERE);
    return { state: known.state, again: known._count.asides };
  }

  /** Would {@link replay} be done? @throws ActionRefused, NothingToActOn */
  async planReplay(name: string, after: string): Promise<void> {
    await this.reachedPlaceOf(after);
    if ((await this.prisma.callBack.count({ where: { name } })) === 0) throw new NothingToActOn(NOT_THERE);
  }

  private async reachedPlaceOf(after: string): Promise<FeedPlace> {
    const place = placeOf(after);
    if (place && (await this.feed.hasReached(place))) return place;
    throw new ActionRefused('cursor', 'This is no cursor of this feed. Take one from GET /v1/events.');
  }

  /** Locks it: a worker that keeps something for it comes before or after. */
  private async held(tx: Transaction, name: string) {
    await tx.$queryRaw`SELECT name FROM call_backs WHERE name = ${name} FOR UPDATE`;
    const known = await tx.callBack.findUnique({ where: { name } });
    if (!known) throw new NothingToActOn(NOT_THERE);
    return known;
  }

  private record(
    tx: Transaction,
    target: string,
    action: AuditAction,
    acting: Acting,
    before: object | undefined,
    after: object | undefined,
  ): Promise<void> {
    return this.trail.record(tx, [{ ...acting, action, kind: 'call-back', target, before, after }]);
  }
}

const NOT_THERE = 'There is no call-back of this name.';

/** Out of the hands of whoever has it. */
const UNHELD = { leaseToken: null, leaseUntil: null };
/** As if nothing had gone wrong. */
const AFRESH = {
  ...UNHELD,
  state: 'active',
  reason: null,
  status: null,
  failures: 0,
  failingSince: null,
  // Long ago by any clock, so that the database's own need not be asked.
  dueAt: new Date(0),
};

/** As Standard Webhooks has them: 256 random bits. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
