import { Injectable } from '@nestjs/common';
import {
  announce,
  concerning,
  PrismaService,
  Sealer,
  since,
  stepBegins,
  unlessRefused,
} from '#libs/platform/index.js';
import type { NotificationState, Transaction } from '#libs/platform/index.js';
import { parkedForm, QuarantineService } from '../quarantine/quarantine.service.js';
import type { EntryOutcome, SendMailEntry, ReadEntry } from '../terms/entries.js';
import type { Recorded, QueuedRow } from '../send/send.queue.js';
import { NotificationRequests } from '../request/notification.requests.js';
import { requestsOf } from '../request/mail.asks.js';
import { TOLD_BY_OTHER_MEANS } from '../send/notification.reason.js';
import { beginsAnew } from '../send/reopening.js';
import { lockNames } from '../returns/return.store.js';
import { SendQueue } from '../send/send.queue.js';

export interface IncomingMail extends ReadEntry<SendMailEntry> {
  queue: string;
  source: string;
  /** The span that it came by. */
  traceparent?: string;
}

interface RecordedMail {
  outcome: EntryOutcome;
  row?: QueuedRow;
}

interface KnownMail {
  id: string;
  state: NotificationState;
  reason: string | null;
  /** Of the entries that asked for it, the last and those before. */
  sources: string[];
  taxReturnId: string;
  template: string;
  attempt: number;
  inBatch: boolean;
}

/** Mails that are queued together: those of a long message need not wait for its end. */
const CHUNK = 100;

/** Mails that others ask for by message. An emailId that is known re-opens that mail, an unknown one becomes its id. */
@Injectable()
export class AskedMailService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly requests: NotificationRequests,
    private readonly quarantine: QuarantineService,
    private readonly queue: SendQueue,
    private readonly sealer: Sealer,
  ) {}

  /**
   * Records each mail in a transaction of its own, so that none harms another.
   * @throws only when the database cannot be reached.
   */
  async accept(mails: IncomingMail[]): Promise<EntryOutcome[]> {
    const outcomes: EntryOutcome[] = [];
    let rows: QueuedRow[] = [];
    for (const mail of mails) {
      if (rows.length === CHUNK) {
        await this.queue.enqueue(rows);
        rows = [];
      }
      const { taxReturnId, traceparent } = mail;
      const { outcome, row } = await concerning({ taxReturnId, traceparent }, () => this.acceptOne(mail));
      outcomes.push(outcome);
      if (row) rows.push({ ...row, traceparent });
    }
    await this.queue.enqueue(rows);
    return outcomes;
  }

  private async acceptOne(mail: IncomingMail): Promise<RecordedMail> {
    const began = stepBegins();
    const recorded = await this.orPark(mail, () => this.prisma.retrying((tx) => this.record(tx, mail)));
    const { outcome } = recorded.outcome;
    if (began) announce({ step: 'recorded', id: mail.source, outcome, ms: since(began) });
    return recorded;
  }

  /** The same within a transaction of the caller's, who queues the mails. */
  async acceptIn(tx: Transaction, mails: IncomingMail[]): Promise<Recorded> {
    const recorded: Recorded = { outcomes: [], mails: [] };
    for (const mail of mails) {
      const { outcome, row } = await this.orPark(
        mail,
        () => this.prisma.apart(tx, () => this.record(tx, mail)),
        tx,
      );
      recorded.outcomes.push(outcome);
      if (row) recorded.mails.push(row);
    }
    return recorded;
  }

  private orPark(
    mail: IncomingMail,
    record: () => Promise<RecordedMail>,
    tx?: Transaction,
  ): Promise<RecordedMail> {
    return unlessRefused(record, async (error) => {
      const kept = await this.quarantine.keepUnstorable(parkedForm(mail), error, tx);
      return { outcome: { outcome: 'parked', ...kept } };
    });
  }

  private async record(tx: Transaction, mail: IncomingMail): Promise<RecordedMail> {
    const { content, source } = mail;
    if ('refused' in content) return this.refuse(tx, mail, 'not-understood', content.refused);
    const { entry } = content;
    // By its name too: two messages with one new id must not both find nothing.
    if (entry.emailId) await lockNames(tx, [entry.emailId]);
    const known = entry.emailId ? await lockMail(tx, entry.emailId) : undefined;
    if (known) return this.reopen(tx, mail, entry, known);
    const [row] = await this.requests.request(tx, await requestsOf(tx, [{ ...entry, source }]));
    if (row?.created) return { outcome: { outcome: 'applied' }, row };
    return { outcome: repeat(row?.source === source ? 'same-entry' : 'already-asked'), row };
  }

  /** Only what no relay ever accepted is sent again, and only once for each message that asks. */
  private async reopen(
    tx: Transaction,
    mail: IncomingMail,
    entry: SendMailEntry,
    known: KnownMail,
  ): Promise<RecordedMail> {
    if (known.sources.includes(mail.source))
      return { outcome: repeat('same-entry'), row: { ...known, wait: 0 } };
    if (known.taxReturnId !== entry.taxReturnId || known.template !== entry.template) {
      return this.refuse(
        tx,
        mail,
        'other-mail',
        'The emailId belongs to a mail of another tax return or template.',
      );
    }
    switch (known.state) {
      case 'handed_over':
        return { outcome: repeat('already-handed-over') };
      case 'queued':
      case 'sending':
        return { outcome: repeat('on-its-way') };
      case 'unknown':
        return this.refuse(
          tx,
          mail,
          'outcome-unknown',
          'The mail may have arrived. A person has to decide before it is sent again.',
        );
      case 'failed':
      case 'withheld':
      case 'no_address': {
        if (known.reason === TOLD_BY_OTHER_MEANS) return { outcome: repeat('told-by-other-means') };
        const { id } = known;
        await tx.$executeRaw`
          UPDATE notifications
          SET ${beginsAnew()}, erased_at = NULL, source = ${mail.source}, earlier_sources = array_append(earlier_sources, source),
              language = coalesce(${entry.language ?? null}, language),
              address = coalesce(${this.sealer.sealOptional(entry.address, `notifications.address:${id}`)}, address),
              to_account = to_account AND ${entry.address === undefined},
              context = coalesce(${this.sealer.sealOptional(entry.context && JSON.stringify(entry.context), `notifications.context:${id}`)}, context)
          WHERE id = ${id}::uuid`;
        return {
          outcome: { outcome: 'applied', reason: 'opened-again' },
          row: { ...known, state: 'queued', wait: 0 },
        };
      }
    }
  }

  private async refuse(
    tx: Transaction,
    mail: IncomingMail,
    reason: string,
    detail: string,
  ): Promise<RecordedMail> {
    await this.quarantine.keep(tx, [{ ...parkedForm(mail), kind: 'refused', reason, detail }]);
    return { outcome: { outcome: 'refused', reason, detail } };
  }
}

function repeat(reason: string): EntryOutcome {
  return { outcome: 'duplicate', reason };
}

async function lockMail(tx: Transaction, id: string): Promise<KnownMail | undefined> {
  const [row] = await tx.$queryRaw<KnownMail[]>`
    SELECT id, state::text AS state, reason, source || earlier_sources AS sources, tax_return_id AS "taxReturnId", template, attempt, batch_id IS NOT NULL AS "inBatch"
    FROM notifications WHERE id = ${id}::uuid FOR UPDATE`;
  return row;
}
