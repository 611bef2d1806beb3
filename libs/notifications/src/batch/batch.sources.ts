import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import { MailSearch } from '../standing/mail.search.js';
import type { KeptFilter } from './batch.filter.js';
import type { Asked } from './batch.intake.js';
import { brokenOff } from './batch.refused.js';
import { mailRows, parkedRows } from './batch.step.sources.js';
import type { WorkingBatch } from './batch.turns.js';
import { rowOf } from './list.row.js';
import type { ListRow } from './list.row.js';
import { ObjectLists } from './object.lists.js';

/** A list that is about to be read. */
export interface OpenList {
  /** What the list itself says is to be done. */
  asked?: Asked;
  rows: AsyncIterable<ListRow>;
  /** Ends it where it was left. */
  close?(): void;
}

/** Returns that are read together. */
const PAGE = 2_000;

/** Milliseconds that the database may take to find them. */
const PATIENCE = 10 * 60_000;

/** Opens the lists that the service reads by itself. Those that a person brings are written down as they come. */
@Injectable()
export class BatchSources {
  constructor(
    private readonly prisma: PrismaService,
    private readonly objects: ObjectLists,
    private readonly search: MailSearch,
  ) {}

  /** @throws ListRefused when there is nothing to read; ListAway when there is nothing just now. */
  async open(batch: WorkingBatch): Promise<OpenList> {
    const { filter, origin } = batch;
    if (filter) return { rows: this.known(filter) };
    if (origin === 'object') {
      const list = await this.objects.open(batch);
      return list.asked.filter ? { ...list, rows: this.known(list.asked.filter) } : list;
    }
    throw brokenOff(origin);
  }

  /** One reading of all: what is recorded meanwhile is not on the list. */
  private async *known(kept: KeptFilter): AsyncGenerator<ListRow> {
    if (kept.kind === 'mails') {
      yield* mailRows(this.search, kept.filter);
      return;
    }
    if (kept.kind === 'parked') {
      yield* parkedRows(this.prisma, kept.filter);
      return;
    }
    const { text, values } = kept.kind === 'unsubmitted' ? unsubmitted(kept.between) : concerned(kept.filter);
    const client = await this.prisma.pool.connect();
    let row = 0;
    let broken: Error | undefined;
    try {
      await client.query('BEGIN READ ONLY');
      await client.query(`SET LOCAL statement_timeout = ${PATIENCE}`);
      await client.query(`DECLARE listed NO SCROLL CURSOR FOR ${text}`, values);
      // The first may have to sort them all.
      const next = { text: `FETCH ${PAGE} FROM listed`, query_timeout: PATIENCE };
      for (;;) {
        const { rows } = await client.query<{ id: string }>(next);
        if (rows.length === 0) return;
        for (const { id } of rows) yield rowOf((row += 1), id, 'taxReturnId');
      }
    } finally {
      await client.query('ROLLBACK').catch((lost: Error) => (broken = lost));
      client.release(broken);
    }
  }
}

interface Statement {
  text: string;
  values: unknown[];
}

function unsubmitted({ from, to }: Extract<KeptFilter, { kind: 'unsubmitted' }>['between']): Statement {
  return {
    text: `SELECT t.id FROM tax_returns t
           WHERE t.created_at >= $1 AND t.created_at < $2 AND NOT EXISTS (SELECT 1 FROM submissions s WHERE s.tax_return_id = t.id)
           ORDER BY t.id`,
    values: [from, to],
  };
}

/** Returns that a failure, a mail, or both say something about. */
function concerned(filter: Extract<KeptFilter, { kind: 'known' }>['filter']): Statement {
  const { failureCategory, failureDetail, template, incident, since, until } = filter;
  const values: unknown[] = [];
  const whereAll = (conditions: [column: string, operator: string, value: unknown][]) =>
    conditions
      .filter(([, , value]) => value !== undefined)
      .map(([column, operator, value]) => `${column} ${operator} $${values.push(value)}`)
      .join(' AND ');
  const mails = whereAll([
    ['n.template', '=', template],
    ['n.incident', '=', incident],
    ['n.requested_at', '>=', since],
    ['n.requested_at', '<', until],
  ]);
  const ofMails = `SELECT n.tax_return_id AS id FROM notifications n WHERE ${mails}`;
  if (template !== undefined && failureCategory === undefined && failureDetail === undefined)
    return { text: `SELECT DISTINCT id FROM (${ofMails}) AS mails ORDER BY id`, values };
  if (template === undefined) values.length = 0;
  const failures = whereAll([
    ['e.failure_category', '=', failureCategory],
    ['e.failure_detail', '=', failureDetail],
    ['e.incident', '=', incident],
    ['e.recorded_at', '>=', since],
    ['e.recorded_at', '<', until],
  ]);
  const ofFailures = `SELECT s.tax_return_id AS id FROM submission_events e JOIN submissions s ON s.id = e.submission_uuid
    WHERE e.type IN ('error_xml', 'error_mef') AND ${failures}`;
  const both = template === undefined ? ofFailures : `${ofMails} INTERSECT ${ofFailures}`;
  return { text: `SELECT DISTINCT id FROM (${both}) AS listed ORDER BY id`, values };
}
