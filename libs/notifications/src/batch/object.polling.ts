import { Inject, Injectable } from '@nestjs/common';
import { Prepared, ObjectStore, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { ObjectArrivals } from './object.arrivals.js';

/** Milliseconds that a process may take from one page of the bucket to the next. */
const LEASE = 60_000;

/** Looks for new lists where no notification of S3 tells of them: one process at a time, whichever looks first. */
@Injectable()
export class ObjectPolling {
  constructor(
    private readonly prisma: PrismaService,
    private readonly store: ObjectStore,
    private readonly arrivals: ObjectArrivals,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'BATCH_POLL' | 'BATCH_PREFIX'>,
  ) {}

  /** Looks through all of the bucket, if it is time. @throws ObjectError when S3 does not show it. */
  async poll(stop: AbortSignal): Promise<void> {
    const { BATCH_POLL: every, BATCH_PREFIX = '' } = this.settings;
    if (every === undefined) return;
    const [turn] = await TAKE.run(this.prisma.pool, every, LEASE);
    if (!turn) return;
    try {
      for await (const page of this.store.list(BATCH_PREFIX)) {
        if (stop.aborted) return;
        await this.arrivals.found(page);
        await KEEP.run(this.prisma.pool, turn.token, LEASE);
      }
    } finally {
      await END.run(this.prisma.pool, turn.token);
    }
  }
}

/** Not before `every` has passed since the last one began. */
const TAKE = new Prepared<[every: number, lease: number], { token: string }>(
  'take turn at the bucket',
  `INSERT INTO poll_turns AS turn (name, token, begun_at, lease_until)
   VALUES ('objects', gen_random_uuid(), now(), now() + $2::float8 * interval '1 millisecond')
   ON CONFLICT (name) DO UPDATE
   SET token = excluded.token, begun_at = excluded.begun_at, lease_until = excluded.lease_until
   WHERE turn.lease_until <= now() AND turn.begun_at <= now() - $1::float8 * interval '1 millisecond'
   RETURNING token`,
);

const KEEP = new Prepared<[token: string, lease: number], never>(
  'keep turn at the bucket',
  `UPDATE poll_turns SET lease_until = now() + $2::float8 * interval '1 millisecond' WHERE token = $1::uuid`,
);

const END = new Prepared<[token: string], never>(
  'end turn at the bucket',
  `UPDATE poll_turns SET lease_until = date_trunc('milliseconds', now()) WHERE token = $1::uuid`,
);
