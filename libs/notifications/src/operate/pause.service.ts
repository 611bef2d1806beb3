import { Injectable } from '@nestjs/common';
import { PrismaService, withoutAddresses } from '#libs/platform/index.js';
import { AuditTrail } from '../audit/audit.trail.js';
import type { Acting } from '../audit/audit.trail.js';
import { TEMPLATES } from '../request/notification.template.js';
import type { Template } from '../request/notification.template.js';
import { SendQueue } from '../send/send.queue.js';
import type { QueuedRow } from '../send/send.queue.js';

/** What can be paused: a template, or everything. */
export type Pausable = Template | 'all';
export const PAUSABLE: readonly Pausable[] = ['all', ...TEMPLATES];

/** Something that waits until a person resumes it. */
export interface Pause {
  template: Pausable;
  since: Date;
  actor: string;
  reason: string;
  /** Mails that it holds back: their time has come. */
  waiting: number;
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
      SELECT p.template, p.since, p.actor, p.reason,
             (SELECT count(*) FROM notifications n
              WHERE n.state = 'queued' AND n.due_at <= now() AND p.template IN (n.template, 'all'))::int AS waiting
      FROM pauses p ORDER BY p.since, p.template`;
  }

  /** @returns false when it was paused already; that pause stays as it is. */
  async pause(template: Pausable, { actor, reason }: Acting): Promise<boolean> {
    return this.prisma.$transaction(async (tx) => {
      const data = { template, actor, reason: withoutAddresses(reason) };
      const { count } = await tx.pause.createMany({ data, skipDuplicates: true });
      if (count === 1)
        await this.trail.record(tx, [
          {
            actor,
            reason,
            action: 'pause',
            kind: 'template',
            target: template,
            before: { paused: false },
            after: { paused: true },
          },
        ]);
      return count === 1;
    });
  }

  /**
   * Lets it go on. What waited is put before the workers; should that fail, the sweep does it.
   * @returns how many mails were queued, or undefined when it was not paused.
   */
  async resume(template: Pausable, { actor, reason }: Acting): Promise<number | undefined> {
    const resumed = await this.prisma.$transaction(async (tx) => {
      const { count } = await tx.pause.deleteMany({ where: { template } });
      if (count === 1)
        await this.trail.record(tx, [
          {
            actor,
            reason,
            action: 'resume',
            kind: 'template',
            target: template,
            before: { paused: true },
            after: { paused: false },
          },
        ]);
      return count === 1;
    });
    return resumed ? this.queueWaiting(template) : undefined;
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
      SELECT id, template, state::text AS state, attempt, 0::float8 AS wait FROM notifications n
      WHERE state = 'queued' AND due_at <= now() AND ${template} IN (template, 'all') AND id > ${id}::uuid
        AND NOT EXISTS (SELECT 1 FROM pauses p WHERE p.template IN (n.template, 'all'))
      ORDER BY id LIMIT ${CHUNK}`;
  }
}

/** Before every id. */
const NONE = '00000000-0000-0000-0000-000000000000';
