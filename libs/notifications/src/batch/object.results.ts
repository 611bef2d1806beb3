import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable, Logger } from '@nestjs/common';
import { v4 as uuid } from 'uuid';
import { ObjectStore, Prepared, PrismaService } from '#libs/platform/index.js';
import { AuditTrail } from '../audit/audit.trail.js';
import { BatchReader } from './batch.reader.js';
import type { SeenBatch } from './batch.view.js';
import { partsOf, RESULT_NAMES } from './object.name.js';
import { isLeftOver, summaryOf } from './object.summary.js';

/** Milliseconds after which another process goes on where one died, and what could not be written is tried again. */
const LEASE = 15_000;
/** Milliseconds between two looks while a batch runs, while its last mails settle, and while somebody holds it back. */
const AT_LEAST = { running: 10_000, settling: 2_000, held: 60_000 };
/** Milliseconds after its end for which what comes back late is still written: most of it does within three days. */
const COMES_BACK_FOR = 7 * 24 * 3_600_000;
/** And as many times what the last one took: no more than a twentieth of the time goes into it. */
const TIMES = 20;
/** As many of the last things that people did as a summary tells. */
const ACTS = 500;

const TYPES = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const;

/** Writes what becomes of a list beside its object, as it goes on. Any process may; a failure costs the batch nothing. */
@Injectable()
export class ObjectResults {
  private readonly logger = new Logger(ObjectResults.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly store: ObjectStore,
    private readonly reader: BatchReader,
    private readonly trail: AuditTrail,
  ) {}

  /** Writes those that are due. */
  async work(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const token = uuid();
      const [due] = await TAKE.run(this.prisma.pool, token, LEASE);
      if (!due) return;
      const alive = setInterval(() => {
        KEEP.run(this.prisma.pool, token, LEASE).catch(() => undefined);
      }, LEASE / 3);
      try {
        const { wait, mails } = await this.write(due, stop);
        await WRITTEN.run(this.prisma.pool, token, due.standing, wait ?? null, mails ?? null);
      } catch (error) {
        if (stop.aborted) return;
        this.logger.warn({
          message: 'The results of a batch could not be written beside its list; they will be tried again',
          batchId: due.id,
          err: error,
        });
        await KEEP.run(this.prisma.pool, token, LEASE);
      } finally {
        clearInterval(alive);
      }
    }
  }

  private async write({ id, isLast, isNew, mails: before }: DueResults, stop: AbortSignal): Promise<Written> {
    const began = Date.now();
    const batch = await this.reader.find(id);
    const key = partsOf(batch?.name ?? '')?.key;
    // What the first run of the same list left there is the truth of this one, too; and a newer list of this name has its own.
    if (!batch || key === undefined || !isLast || batch.reason === 'same-content') return {};
    const mails = mailsOf(batch);
    if (!isNew && mails === before) return { wait: waitAfter(batch, Date.now() - began), mails };
    const folder = await mkdtemp(join(tmpdir(), 'return-receipt-results-'));
    try {
      const send = async (name: keyof typeof RESULT_NAMES, parts: AsyncIterable<string> | string[]) => {
        const file = join(folder, name);
        await pipeline(Readable.from(parts), createWriteStream(file), { signal: stop });
        const type = RESULT_NAMES[name].endsWith('.json') ? TYPES.json : TYPES.csv;
        await this.store.put(`${key}${RESULT_NAMES[name]}`, file, (await stat(file)).size, type);
      };
      if (batch.state !== 'refused' && !batch.rowsRemovedAt) {
        await send('results', this.reader.results(id));
        // Somebody might run what is about to run.
        if (isLeftOver(batch)) await send('remaining', this.reader.remaining(id, batch.action));
        else await this.store.remove(`${key}${RESULT_NAMES.remaining}`);
      }
      const acts = await this.trail.page({ kind: 'batch', target: id, limit: ACTS });
      await send('summary', [`${JSON.stringify(summaryOf(batch, acts.reverse()), undefined, 2)}\n`]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return { wait: waitAfter(batch, Date.now() - began), mails };
  }
}

/** Looked at ever less often: a mail may come back days after its relay took it. */
function waitAfter({ state, counts, startedAt, endedAt }: SeenBatch, took: number): number | undefined {
  if (state === 'running') return Math.max(AT_LEAST.running, took * TIMES);
  if (!startedAt) return undefined;
  if (!endedAt) return Math.max(AT_LEAST.held, took * TIMES);
  const age = Date.now() - endedAt.getTime();
  if (counts.waiting === 0 && age > COMES_BACK_FOR) return undefined;
  return Math.max(AT_LEAST.settling, took * TIMES, age / TIMES);
}

/** What is counted of its mails: where it is the same, so are the results. */
function mailsOf({ counts: { told, failed, uncertain, waiting } }: SeenBatch): string {
  return [told, failed, uncertain, waiting].join();
}

/** What was written. */
interface Written {
  /** Milliseconds until it is looked at again; undefined when it stays as it is. */
  wait?: number;
  /** How its mails stood. */
  mails?: string;
}

interface DueResults {
  id: string;
  /** What is written if it is written now: where it stands, and how far it has come. */
  standing: string;
  /** No newer list has its name. */
  isLast: boolean;
  /** It stands elsewhere than when it was written, or it runs. */
  isNew: boolean;
  /** How its mails stood then. */
  mails: string | null;
}

/** It changes whenever there is something else to be written; while a batch runs, time alone says when. */
const STANDING = `(CASE state WHEN 'running' THEN 'running' ELSE state || '@' || applied_to::text END)`;

/** As the index has it. */
const DUE = `origin = 'object' AND state <> 'validating'
     AND (results_of IS DISTINCT FROM ${STANDING} OR results_due_at IS NOT NULL)`;

const TAKE = new Prepared<[token: string, lease: number], DueResults>(
  'take results to write',
  `UPDATE batches b SET results_token = $1::uuid, results_lease = now() + $2::float8 * interval '1 millisecond'
   WHERE id = (
     SELECT id FROM batches
     WHERE ${DUE} AND (results_of IS DISTINCT FROM ${STANDING} OR results_due_at <= now())
       AND (results_lease IS NULL OR results_lease <= now())
     ORDER BY results_due_at NULLS FIRST, id LIMIT 1 FOR UPDATE SKIP LOCKED)
   RETURNING id, ${STANDING} AS standing, results_mails AS mails, state = 'running' OR results_of IS DISTINCT FROM ${STANDING} AS "isNew", NOT EXISTS (
     SELECT 1 FROM batches later
     WHERE later.origin = 'object' AND later.name = b.name AND later.made_at > b.made_at AND later.state NOT IN ('validating', 'refused')) AS "isLast"`,
);

const KEEP = new Prepared<[token: string, lease: number], never>(
  'keep results to write',
  `UPDATE batches SET results_lease = now() + $2::float8 * interval '1 millisecond' WHERE results_token = $1::uuid`,
);

const WRITTEN = new Prepared<
  [token: string, standing: string, wait: number | null, mails: string | null],
  never
>(
  'results are written',
  `UPDATE batches SET results_of = $2::text, results_due_at = now() + $3::float8 * interval '1 millisecond', results_lease = NULL, results_token = NULL,
          results_mails = $4::text
   WHERE results_token = $1::uuid`,
);
