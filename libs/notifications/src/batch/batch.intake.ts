import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Behind, Prepared, PrismaService } from '#libs/platform/index.js';
import type { Session } from '#libs/platform/index.js';
import { lockNames } from '../returns/return.store.js';
import { workOf } from './batch.actions.js';
import { ListRefused } from './batch.refused.js';
import { BatchTurns } from './batch.turns.js';
import type { WorkingBatch } from './batch.turns.js';
import type { ListRow } from './list.row.js';

/** What a list says of itself, or its place does. */
export type Asked = Pick<WorkingBatch, 'action' | 'topic' | 'incident' | 'version' | 'filter'>;

/** Rows that are written together. */
const CHUNK = 2_000;
/** Rows that are deleted together: a million at once would take longer than a statement may. */
const PIECE = 20_000;
/** Rows of the longest list. */
const MOST_ROWS = 5_000_000;

/** Writes down the rows of a list, as they come, before any of them is looked at. */
@Injectable()
export class BatchIntake {
  constructor(
    private readonly prisma: PrismaService,
    private readonly turns: BatchTurns,
  ) {}

  /**
   * Reads a list to its end. What cannot be run is refused, with its reason, and leaves no row behind.
   * @throws TurnLost when another process has taken the batch over; whatever the list itself throws that is no fault of its own.
   */
  async load(batch: WorkingBatch, list: AsyncIterable<ListRow>): Promise<void> {
    const hash = createHash('sha256');
    // Of a step each row knows what was done before: the same list again is no repetition.
    if ('step' in workOf(batch.action)) hash.update(`${batch.id}\n`);
    const tally = { rows: 0, malformed: 0 };
    // The next rows are read while these are written.
    const writing = new Behind();
    try {
      await this.clear(batch);
      for await (const rows of chunksOf(list)) {
        tally.rows += rows.length;
        for (const { subject, receiptId = '', isMalformed } of rows) {
          hash.update(`${subject}\n${receiptId}\n`);
          tally.malformed += isMalformed ? 1 : 0;
        }
        if (tally.rows > MOST_ROWS)
          throw new ListRefused('unreadable', `A list may have ${MOST_ROWS} rows. Cut it in two.`);
        await writing.begin(() => this.write(batch, rows));
      }
      await writing.done();
      await this.conclude(batch, tally, hash.digest('hex'));
    } catch (error) {
      await writing.settled();
      if (!(error instanceof ListRefused)) throw error;
      await this.refuse(batch, error);
    }
  }

  /** Writes down what a list says of itself: it stays so, whoever goes on with it. */
  async note<Batch extends WorkingBatch>(batch: Batch, asked: Asked): Promise<Batch> {
    const { action, topic, incident, version, filter } = asked;
    await this.prisma.retryingPrepared(async (session) => {
      await this.turns.hold(session, batch);
      await NOTE.run(session, batch.id, action, topic, incident, version, filter && JSON.stringify(filter));
    });
    return { ...batch, ...asked };
  }

  /** Ends a batch that nothing can be run of. */
  async refuse(batch: WorkingBatch, { reason, message }: ListRefused, sameAs?: string): Promise<void> {
    await this.clear(batch);
    await this.prisma.retryingPrepared(async (session) => {
      await this.turns.hold(session, batch);
      await REFUSE.run(session, batch.id, reason, message, sameAs ?? null);
    });
  }

  private write(batch: WorkingBatch, rows: ListRow[]): Promise<void> {
    return this.prisma.retryingPrepared(async (session) => {
      await this.turns.hold(session, batch);
      await write(session, batch.id, rows);
    });
  }

  /** Takes out what was written of its list, a piece at a time: only whose turn it is, or the rows of whoever took it over would go. */
  private async clear(batch: WorkingBatch): Promise<void> {
    let last: number | undefined = 0;
    while (last !== undefined) {
      const after: number = last;
      last = await this.prisma.retryingPrepared(async (session) => {
        await this.turns.hold(session, batch);
        const [piece] = await DELETE_ROWS.run(session, batch.id, after, PIECE);
        return piece?.last ?? undefined;
      });
    }
  }

  private async conclude(
    batch: WorkingBatch,
    { rows, malformed }: { rows: number; malformed: number },
    contentHash: string,
  ): Promise<void> {
    if (rows === malformed)
      throw new ListRefused(
        'no-usable-row',
        rows === 0
          ? 'The list has no row.'
          : rows === 1
            ? 'The one row of the list holds no id.'
            : `None of the ${rows} rows of the list holds an id.`,
      );
    const first = await this.prisma.retryingPrepared(async (session) => {
      await this.turns.hold(session, batch);
      await lockNames(session, [`batch of ${contentHash}`]);
      const [ran] = await RAN_BEFORE.run(session, batch.id, contentHash);
      if (!ran) await LOADED.run(session, batch.id, contentHash, rows, malformed);
      return ran?.id;
    });
    if (first === undefined) return;
    const same = new ListRefused(
      'same-content',
      `The same list was run before, as batch ${first}. Nothing is done again. If it is meant anew, name another incident with it.`,
    );
    await this.refuse(batch, same, first);
  }
}

async function* chunksOf(list: AsyncIterable<ListRow>): AsyncGenerator<ListRow[]> {
  let rows: ListRow[] = [];
  for await (const row of list) {
    rows.push(row);
    if (rows.length < CHUNK) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

async function write(session: Session, id: string, rows: ListRow[]): Promise<void> {
  await WRITE_ROWS.run(
    session,
    id,
    rows.map(({ row }) => row),
    rows.map(({ subject }) => subject),
    rows.map(({ receiptId }) => receiptId ?? null),
    rows.map(({ isMalformed }) => (isMalformed ? 'malformed' : null)),
  );
}

export const WRITE_ROWS = new Prepared<
  [id: string, rows: number[], subjects: string[], receipts: (string | null)[], outcomes: (string | null)[]],
  never
>(
  'write batch rows',
  `INSERT INTO batch_rows (batch_id, row, subject, receipt_id, outcome)
   SELECT $1::uuid, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[])`,
);

export const DELETE_ROWS = new Prepared<[id: string, after: number, most: number], { last: number | null }>(
  'delete batch rows',
  `WITH piece AS (
     SELECT row FROM batch_rows WHERE batch_id = $1::uuid AND row > $2::int ORDER BY row LIMIT $3::int
   ), deleted AS (
     DELETE FROM batch_rows WHERE batch_id = $1::uuid AND row = ANY(ARRAY(SELECT row FROM piece))
   )
   SELECT max(row) AS last FROM piece`,
);

export const RAN_BEFORE = new Prepared<[id: string, contentHash: string], { id: string }>(
  'batch ran before',
  `SELECT first.id FROM batches this JOIN batches first
     ON first.content_hash = $2::text AND first.action = this.action AND coalesce(first.topic, '') = coalesce(this.topic, '')
    AND coalesce(first.incident, '') = coalesce(this.incident, '') AND first.id <> this.id
   WHERE this.id = $1::uuid AND first.state NOT IN ('refused', 'aborted')
     AND NOT coalesce((first.ordered ->> 'dryRun')::boolean, false) LIMIT 1`,
);

const NOTE = new Prepared<
  [
    id: string,
    action: string,
    topic: string | null,
    incident: string | null,
    version: string | null,
    filter: string | null,
  ],
  never
>(
  'note what a list says',
  `UPDATE batches SET action = $2::text, topic = $3::text, incident = $4::text, version = $5::text, filter = $6::jsonb
   WHERE id = $1::uuid`,
);

const LOADED = new Prepared<[id: string, contentHash: string, rows: number, malformed: number], never>(
  'batch is loaded',
  `UPDATE batches SET loaded_at = now(), detail = NULL, content_hash = $2::text, campaign = coalesce(incident, left($2::text, 16)), rows = $3::int,
          counts = jsonb_strip_nulls(jsonb_build_object('malformed', nullif($4::int, 0)))
   WHERE id = $1::uuid`,
);

const REFUSE = new Prepared<[id: string, reason: string, detail: string, sameAs: string | null], never>(
  'refuse batch',
  `UPDATE batches SET state = 'refused', reason = $2::text, detail = $3::text, same_as = $4::uuid, ended_at = now()
   WHERE id = $1::uuid`,
);
