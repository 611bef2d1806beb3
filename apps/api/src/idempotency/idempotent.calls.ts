import { Inject, Injectable } from '@nestjs/common';
import { v4 as uuid } from 'uuid';
import { Prisma, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';

/** What was answered to a call. */
export interface KeptAnswer {
  status: number;
  body: unknown;
}

/** How a call with a key begins: ours to run, answered before, running elsewhere, or another call under the same key. */
export type Begun =
  | { is: 'ours'; token: string }
  | { is: 'answered'; answer: KeptAnswer }
  | { is: 'running' }
  | { is: 'other-body' };

/** Seconds for which a call that runs keeps others out. One that takes longer, or whose process died, may be run again. */
const LEASE = 60;
/** Rows past their age that each new call removes: more than it adds, so that the table needs no other broom. */
const REMOVED_WITH_EACH = 10;

interface Row {
  bodyHash: string;
  status: number | null;
  answer: string | null;
}

/**
 * Answers of calls that carried an Idempotency-Key, so that a repeated call is given the same one. Losing a row loses no
 * more than that: the effect of a call is there once by its source.
 */
@Injectable()
export class IdempotentCalls {
  private readonly kept: Prisma.Sql;

  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.kept = Prisma.sql`now() - ${settings.IDEMPOTENCY_KEPT} * interval '1 millisecond'`;
  }

  async begin(id: string, bodyHash: string): Promise<Begun> {
    const token = uuid();
    const [ours] = await this.prisma.$queryRaw<unknown[]>`
      WITH removed AS (
        DELETE FROM idempotent_calls WHERE id IN (
          SELECT id FROM idempotent_calls WHERE begun_at < ${this.kept} AND id <> ${id}
          ORDER BY begun_at LIMIT ${REMOVED_WITH_EACH} FOR UPDATE SKIP LOCKED)
      )
      INSERT INTO idempotent_calls AS c (id, body_hash, token, lease_until)
      VALUES (${id}, ${bodyHash}, ${token}::uuid, now() + ${LEASE} * interval '1 second')
      ON CONFLICT (id) DO UPDATE
        SET body_hash = excluded.body_hash, token = excluded.token, lease_until = excluded.lease_until,
            begun_at = now(), status = NULL, answer = NULL
        WHERE c.begun_at < ${this.kept} OR (c.status IS NULL AND c.lease_until < now() AND c.body_hash = excluded.body_hash)
      RETURNING 1`;
    if (ours) return { is: 'ours', token };
    const row: Row | null = await this.prisma.idempotentCall.findUnique({ where: { id } });
    // Let go between the two statements: whoever held it failed, so the caller is to try again.
    if (!row) return { is: 'running' };
    if (row.bodyHash !== bodyHash) return { is: 'other-body' };
    if (row.status === null || row.answer === null) return { is: 'running' };
    return { is: 'answered', answer: { status: row.status, body: JSON.parse(row.answer) as unknown } };
  }

  /** Keeps what is answered, unless another has taken over meanwhile. */
  async finish(id: string, token: string, { status, body }: KeptAnswer): Promise<void> {
    await this.prisma.idempotentCall.updateMany({
      where: { id, token },
      data: { status, answer: JSON.stringify(body) },
    });
  }

  /** Lets go of a call that failed: it may be mended and sent again under the same key. */
  async release(id: string, token: string): Promise<void> {
    await this.prisma.idempotentCall.deleteMany({ where: { id, token } });
  }
}
