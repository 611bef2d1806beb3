import { Injectable } from '@nestjs/common';
import { Prepared, PrismaService } from '#libs/platform/index.js';
import { BATCH_ABORTED } from '../send/notification.reason.js';
import { SendQueue } from '../send/send.queue.js';
import type { QueuedRow } from '../send/send.queue.js';
import { mailsOf } from './batch.mails.sql.js';

/** Mails of one step. */
const CHUNK = 1_000;

/** What becomes of the mails of a batch that have not begun, when somebody resumes or ends it. What has begun goes on. */
@Injectable()
export class BatchMails {
  constructor(
    private readonly prisma: PrismaService,
    private readonly queue: SendQueue,
  ) {}

  /** Puts those that were held back before the workers. What cannot be queued now the sweep queues. */
  async goOn(id: string): Promise<void> {
    // No more than may be on their way, and wait for a later try.
    const rows = await HELD_BACK.run(this.prisma.pool, id);
    for (let from = 0; from < rows.length; from += CHUNK)
      if (!(await this.queue.enqueue(rows.slice(from, from + CHUNK)))) return;
  }

  /** Ends them, in small steps. One that is in other hands now is ended when it would be tried again. */
  async withdraw(id: string): Promise<void> {
    let withdrawn: { id: string }[];
    do {
      withdrawn = await WITHDRAW.run(this.prisma.pool, id, CHUNK);
    } while (withdrawn.length > 0);
  }
}

export const HELD_BACK = new Prepared<[id: string], QueuedRow>(
  'held back mails of a batch',
  `SELECT id, template, state::text AS state, attempt, true AS "inBatch", 0::float8 AS wait FROM notifications n
   WHERE ${mailsOf('n')} AND settled_at IS NULL AND state::text = 'queued' AND due_at - interval '0' <= now()`,
);

/** A round that a person begins later goes. */
export const WITHDRAW = new Prepared<[id: string, most: number], { id: string }>(
  'withdraw mails of a batch',
  `WITH piece AS (
     SELECT id FROM notifications n WHERE ${mailsOf('n')} AND settled_at IS NULL AND state::text = 'queued'
       AND opened_at <= (SELECT ended_at FROM batches WHERE id = $1::uuid)
     LIMIT $2::int FOR NO KEY UPDATE SKIP LOCKED
   )
   UPDATE notifications n SET state = 'withheld', reason = '${BATCH_ABORTED}', settled_at = now()
   WHERE ${mailsOf('n')} AND settled_at IS NULL AND id = ANY(ARRAY(SELECT id FROM piece))
   RETURNING id`,
);
