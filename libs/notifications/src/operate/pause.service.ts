import { Injectable } from '@nestjs/common';
import { Prisma, PrismaService, withoutAddresses } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { AuditTrail, NOBODY } from '../audit/audit.trail.js';
import type { Acting } from '../audit/audit.trail.js';
import { HELD_BY_PAUSE, laneSql } from '../terms/mail.kinds.js';
import type { Pausable } from '../terms/mail.kinds.js';
import { GOES_ON } from '../send/notification.statements.js';
import { SendQueue } from '../send/send.queue.js';
import type { QueuedRow } from '../send/send.queue.js';

/** Something that waits until a person resumes it. */
export interface Pause {
  template: Pausable;
  since: Date;
  actor: string;
  reason: string;
  /** Which guard paused it; null where a person did. */
  guard: string | null;
  /** Mails that it holds back: their time has come. */
  waiting: number;
}

/** What a guard leaves on its pause. */
export interface GuardMark {
  guard: string;
  /** What it had counted. */
  counted: number;
}

/** Mails that are queued in one step after a pause. */
const CHUNK = 1000;

/** Holds mails back without failing them. What a worker has begun goes on; what it has not begun waits. */
@Injectable()
export class PauseService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly trail: AuditTrail,
    private readonly queue: SendQueue,
  ) {}

  async list(): Promise<Pause[]> {
    return this.prisma.$queryRaw<Pause[]>`
      SELECT p.template, p.since, p.actor, p.reason, p.guard,
             (SELECT count(*) FROM notifications n
              WHERE n.state = 'queued' AND n.due_at <= now() AND ${Prisma.raw(HELD_BY_PAUSE)})::int AS waiting
      FROM pauses p ORDER BY p.since, p.template`;
  }

  /**
   * @param mark where a guard does it and no person.
   * @returns false when it was paused already; that pause stays as it is.
   */
  pause(template: Pausable, acting: Acting, mark?: GuardMark): Promise<boolean> {
    return this.prisma.$transaction((tx) => this.hold(tx, template, acting, mark));
  }

  /** The dry run: what {@link pause} would return, and how many mails whose time has come would wait. */
  planPause(template: Pausable): Promise<{ created: boolean; waiting: number }> {
    return this.prisma.rehearsing(async (tx) => {
      const waiting = await countOf(tx, goesOn(template));
      return { created: await this.hold(tx, template, NOBODY), waiting };
    });
  }

  /**
   * Lets it go on. What waited is put before the workers; should that fail, the sweep does it.
   * @returns how many mails were queued, or undefined when it was not paused.
   */
  async resume(template: Pausable, acting: Acting): Promise<number | undefined> {
    const resumed = await this.prisma.$transaction((tx) => this.letGo(tx, template, acting));
    return resumed ? this.queueWaiting(template) : undefined;
  }

  /** The dry run: what {@link resume} would return. */
  planResume(template: Pausable): Promise<number | undefined> {
    return this.prisma.rehearsing(async (tx) =>
      (await this.letGo(tx, template, NOBODY)) ? countOf(tx, goesOn(template)) : undefined,
    );
  }

  private async hold(
    tx: Transaction,
    template: Pausable,
    { actor, reason }: Acting,
    mark?: GuardMark,
  ): Promise<boolean> {
    const data = { template, actor, reason: withoutAddresses(reason), ...mark };
    const { count } = await tx.pause.createMany({ data, skipDuplicates: true });
    return count === 1 && this.recorded(tx, { actor, reason, target: template, paused: true, mark });
  }

  private async letGo(tx: Transaction, template: Pausable, acting: Acting): Promise<boolean> {
    const [ended] = await tx.$queryRaw<{ at: Date }[]>`
      WITH ended AS (DELETE FROM pauses WHERE template = ${template} RETURNING template, counted)
      INSERT INTO resumes (target, at, counted) SELECT template, clock_timestamp(), counted FROM ended
      ON CONFLICT (target) DO UPDATE SET at = EXCLUDED.at, counted = EXCLUDED.counted RETURNING at`;
    return ended !== undefined && this.recorded(tx, { ...acting, target: template, paused: false });
  }

  private async recorded(
    tx: Transaction,
    { paused, mark, ...act }: Acting & { target: Pausable; paused: boolean; mark?: GuardMark },
  ): Promise<true> {
    const action = paused ? 'pause' : 'resume';
    await this.trail.record(tx, [
      { ...act, action, kind: 'template', before: { paused: !paused }, after: { paused, ...mark } },
    ]);
    return true;
  }

  private async queueWaiting(template: Pausable): Promise<number> {
    let queued = 0;
    let rows = await this.waitingAfter(template, NONE);
    while (rows.length > 0) {
      if (!(await this.queue.enqueue(rows))) return queued;
      queued += rows.length;
      rows = await this.waitingAfter(template, rows.at(-1)?.id ?? NONE);
    }
    return queued;
  }

  private waitingAfter(template: Pausable, id: string): Promise<QueuedRow[]> {
    return this.prisma.$queryRaw<QueuedRow[]>`
      SELECT id, template, state::text AS state, attempt, batch_id IS NOT NULL AS "inBatch", 0::float8 AS wait FROM notifications n
      WHERE ${goesOn(template)} AND id > ${id}::uuid
      ORDER BY id LIMIT ${CHUNK}`;
  }
}

/** Mails of a template, of a lane, or of all, whose time has come and that nothing holds back: of `notifications n`. */
function goesOn(template: Pausable): Prisma.Sql {
  return Prisma.sql`n.state = 'queued' AND n.due_at <= now() AND ${template} IN (n.template, 'all', ${Prisma.raw(laneSql('n'))}) AND ${Prisma.raw(GOES_ON)}`;
}

async function countOf(tx: Transaction, which: Prisma.Sql): Promise<number> {
  const [row] = await tx.$queryRaw<{ mails: number }[]>`
    SELECT count(*)::int AS mails FROM notifications n WHERE ${which}`;
  return row?.mails ?? 0;
}

/** Before every id. */
const NONE = '00000000-0000-0000-0000-000000000000';
