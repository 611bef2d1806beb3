import { Inject, Injectable, Logger } from '@nestjs/common';
import { Prepared, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { isStep } from './batch.actions.js';
import type { BatchAction } from './batch.actions.js';
import { DELETE_ROWS } from './batch.intake.js';
import { REMOVE_ROWS_WITH_MAILS } from './batch.row.mails.js';

/** Rows that are removed together: each step ends long before it holds up anybody. */
const PIECE = 5_000;

/**
 * Removes the rows of batches that have been over for long: whom they named. The batch stays, with its counts, what its content was
 * known by, and its trail. Several workers may do so at once, and one that is killed leaves the rest to the next.
 */
@Injectable()
export class BatchRetention {
  private readonly logger = new Logger(BatchRetention.name);

  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'BATCH_KEEP_FOR'>,
  ) {}

  /** Works until nothing is left to remove, or it is told to stop. */
  async work(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const [due] = await TAKE.run(this.prisma.pool, this.settings.BATCH_KEEP_FOR);
      if (!due) return;
      await this.remove(due, stop);
    }
  }

  private async remove({ id, action }: Due, stop: AbortSignal): Promise<void> {
    const remove = isStep(action) ? REMOVE_ROWS_WITH_MAILS : DELETE_ROWS;
    let last: number | null = 0;
    while (last !== null) {
      if (stop.aborted) return;
      const [piece] = await remove.run(this.prisma.pool, id, last, PIECE);
      last = piece?.last ?? null;
    }
    this.logger.log({ message: 'The rows of a batch that was over for long are removed', batch: id });
  }
}

interface Due {
  id: string;
  action: BatchAction;
}

/** From now on nobody is shown a part of them. */
const TAKE = new Prepared<[keptFor: number], Due>(
  'take batch rows to remove',
  `UPDATE batches SET rows_removed_at = coalesce(rows_removed_at, now())
   WHERE id = (
     SELECT b.id FROM batches b, LATERAL (SELECT 1 FROM batch_rows WHERE batch_id = b.id LIMIT 1) AS has_rows
     WHERE b.state IN ('finished', 'aborted', 'refused') AND b.ended_at < now() - $1::float8 * interval '1 millisecond' LIMIT 1)
   RETURNING id, action`,
);
