import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Sealer, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { KeptStatus } from './kept.status.js';
import { ReturnChanges } from './return.changes.js';
import type { ReturnChange } from './return.changes.js';
import { SharedAway, SharedStatuses } from './shared.statuses.js';
import { StatusService } from './status.service.js';
import type { KnownStatus } from './status.service.js';
import { StatusTrust } from './status.trust.js';

/** Answers that a process remembers by itself, where there is no Redis or while it is away. */
const REMEMBERED = 10_000;
/** Milliseconds that a read may take whose answer is kept: less than a change is remembered for. */
const LONGEST_READ = 10_000;
/** Milliseconds in which it is tried to agree with the other processes. */
const PATIENCE = 15_000;
/** Milliseconds until it is tried again. */
const PAUSE = 20;

/** Makes of a status the texts that are sent, each on one line. */
export type Write = (status: KnownStatus) => string[];

/** It cannot be told which answer is the newest. */
export class StatusUnavailable extends Error {}

/** Nothing has changed for whoever has this revision. */
interface Unchanged {
  revision: string;
  isUnchanged: true;
}

interface Asked {
  taxReturnId: string;
  /** Does the asker have the answer of this revision? Undefined where they said nothing. */
  has: ((revision: string) => boolean) | undefined;
  /** A revision that the asker knows to be committed, whatever Redis has: its writer may not have told. */
  atLeast?: bigint | undefined;
  /** Of the answers: what is kept in another one is not believed. */
  shape: number;
  write: Write;
}

/**
 * Answers what became of a return, for callers that ask often. In Redis, where there is one, an answer lies as it is sent; a reader that
 * had to look into Postgres has put it there before anybody sees it, and a writer takes the old one away before it says that it is
 * done. So nobody sees an answer that is older than one that was given, by whichever process. Without Redis, and while anybody
 * cannot reach it, Postgres is asked for the revision, and the process remembers the rest.
 */
@Injectable()
export class StatusAnswers implements OnApplicationBootstrap {
  private readonly own = new LRUCache<string, KeptStatus>({ max: REMEMBERED });

  constructor(
    private readonly statuses: StatusService,
    private readonly shared: SharedStatuses,
    private readonly trust: StatusTrust,
    private readonly sealer: Sealer,
    private readonly changes: ReturnChanges,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.shared.isUsed) return;
    this.shared.open();
    this.shared.leaveChanges();
    this.changes.listen((changes) => this.agreeOn(changes));
    this.statuses.beforeAnswers((changes) => this.agreeOn(changes));
  }

  /** Undefined when no submission of it is known. @throws StatusUnavailable */
  ofReturn(asked: Asked): Promise<KeptStatus | Unchanged | undefined> {
    return this.shared.isUsed
      ? this.agreed(asked, () => this.shared.find(asked.taxReturnId))
      : this.alone(asked);
  }

  /** By the authority's id of a submission, or our own. @throws StatusUnavailable */
  async ofSubmission(
    submissionId: string,
    asked: Omit<Asked, 'taxReturnId'>,
  ): Promise<KeptStatus | Unchanged | undefined> {
    const found = (await this.trusted()) ? await this.lookUp(submissionId) : undefined;
    if (found) {
      const { taxReturnId, value } = found;
      let first = value;
      const find = () => {
        const given = first;
        first = undefined;
        return given === undefined ? this.shared.find(taxReturnId) : Promise.resolve(given);
      };
      return this.agreed({ ...asked, taxReturnId }, find);
    }
    const owner = await this.statuses.ownerOf(submissionId);
    if (!owner) return undefined;
    // By our own id it is not kept: the authority may give the same to another.
    if (owner.isTheirs && (await this.trusted()))
      await this.shared.keepOwner(submissionId, owner.taxReturnId).catch(() => undefined);
    return this.ofReturn({ ...asked, taxReturnId: owner.taxReturnId });
  }

  /** From Redis, or from Postgres and by then in Redis; or in such a way that nobody uses Redis meanwhile. */
  private async agreed(
    asked: Asked,
    find: () => Promise<string | undefined>,
  ): Promise<KeptStatus | Unchanged | undefined> {
    for (const until = performance.now() + PATIENCE; performance.now() < until; await delay(PAUSE)) {
      const mark = await this.trust.mark();
      if (mark === undefined) {
        if (!(await this.trust.allDoWithout())) continue;
        const answer = await this.alone(asked);
        if (this.trust.isWithout()) return answer;
        continue;
      }
      const kept = `${mark}.${asked.shape}`;
      try {
        const known = KeptStatus.read(await find(), asked.taxReturnId, this.sealer);
        if (known?.mark === kept && isNewEnough(known, asked)) return unless(asked, known);
        const began = performance.now();
        const status = await this.statuses.recorded(asked.taxReturnId);
        if (!status) return undefined;
        if (performance.now() - began > LONGEST_READ) continue;
        const answer = KeptStatus.of(status, asked.write, kept);
        const newer = await this.shared.keep(
          asked.taxReturnId,
          answer.text(this.sealer),
          this.timeOf(status),
        );
        // Where it is newer it is read again: whoever knew of it knew it from Postgres.
        if (newer === undefined && (await this.trust.mark()) === mark) return unless(asked, answer);
      } catch (error) {
        if (!(error instanceof SharedAway)) throw error;
      }
    }
    throw new StatusUnavailable();
  }

  /** Right by itself: the revision is Postgres'. */
  private async alone({ taxReturnId, has, write }: Asked): Promise<KeptStatus | Unchanged | undefined> {
    const remembered = this.own.get(taxReturnId);
    if (has || remembered) {
      const found = await this.statuses.revisionOf(taxReturnId);
      if (!found) return undefined;
      if (has?.(found.revision)) return { revision: found.revision, isUnchanged: true };
      if (remembered?.revision === found.revision) return remembered;
    }
    const status = await this.statuses.recorded(taxReturnId);
    if (!status) return undefined;
    const answer = KeptStatus.of(status, write, '');
    this.own.set(taxReturnId, answer);
    return answer;
  }

  /** When it returns, nobody is answered by anything older; or all do without Redis. */
  private async agreeOn(changes: readonly ReturnChange[]): Promise<void> {
    for (const until = performance.now() + PATIENCE; performance.now() < until; await delay(PAUSE)) {
      // A Postgres that is busy or away for a moment is asked again: what is committed has to be told.
      const isAgreed = await this.areAgreedOn(changes).catch(() => false);
      if (isAgreed) return;
    }
    await this.shared.tell(changes).catch(() => undefined);
    throw new StatusUnavailable();
  }

  private async areAgreedOn(changes: readonly ReturnChange[]): Promise<boolean> {
    const mark = await this.trust.mark();
    if (mark === undefined) return this.trust.allDoWithout();
    await this.shared.tell(changes);
    return (await this.trust.mark()) === mark;
  }

  private async trusted(): Promise<boolean> {
    return this.shared.isUsed && (await this.trust.mark()) !== undefined;
  }

  private lookUp(submissionId: string) {
    return this.shared.findBySubmission(submissionId).catch(() => undefined);
  }

  private timeOf({ status }: KnownStatus): number {
    return status === 'Pending' ? this.settings.STATUS_KEPT_PENDING : this.settings.STATUS_KEPT_SETTLED;
  }
}

function isNewEnough({ revision }: KeptStatus, { atLeast }: Asked): boolean {
  return atLeast === undefined || BigInt(revision) >= atLeast;
}

function unless({ has }: Asked, answer: KeptStatus): KeptStatus | Unchanged {
  return has?.(answer.revision) ? { revision: answer.revision, isUnchanged: true } : answer;
}
