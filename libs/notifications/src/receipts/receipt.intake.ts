import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { concerning, PrismaService, SETTINGS, unlessRefused } from '#libs/platform/index.js';
import type { QueueMessage, Settings, Transaction } from '#libs/platform/index.js';
import { QuarantineService } from '../quarantine/quarantine.service.js';
import { SendQueue } from '../send/send.queue.js';
import type { QueuedRow, Recorded } from '../send/send.queue.js';
import { messageSource } from '../quarantine/entry.source.js';
import type { Quarantined } from '../quarantine/quarantine.service.js';
import { UnreadableMessage } from '../terms/entries.js';
import type { EntryOutcome } from '../terms/entries.js';
import { readMail } from './mailed.receipt.js';
import type { ReadReceipt } from './receipt.js';
import { ReceiptLedger } from './receipt.ledger.js';
import type { Waiting } from './receipt.ledger.js';
import { readSes, sesDocumentIn } from './ses.message.js';
import { SnsOpener } from './sns.opener.js';
import { looksEnveloped } from './sns.envelope.js';

/** Where a document came from, and the document. */
type Incoming = Pick<Quarantined, 'queue' | 'source' | 'body'>;

/** How a document ended, and the mail that goes out once more by it, to be queued after the commit. */
type Ended = EntryOutcome & { again?: QueuedRow };

/** What a document tells, and the document without the envelope that SNS had signed: what waits need not be checked again. */
export interface ReadDocument {
  read: ReadReceipt;
  body: string;
}

const waits: Record<Waiting, string> = {
  'unknown-notification': 'No mail of this Message-ID is known here. It is applied when one turns up.',
  'awaits-delivery': 'The mail is still in the hands of a worker. It is applied when the sending has ended.',
  'never-handed-over':
    'The mail is known here, but no relay is known to have taken it. It is applied when one has.',
};

/**
 * Where receipts come in, whatever the door: in an envelope of SNS, as SES made them, or as the mail of a relay or of a
 * feedback loop. When it returns, they are safe: applied, waiting for their mail, or quarantined with the reason.
 */
@Injectable()
export class ReceiptIntake {
  constructor(
    private readonly sns: SnsOpener,
    private readonly ledger: ReceiptLedger,
    private readonly quarantine: QuarantineService,
    private readonly prisma: PrismaService,
    private readonly queue: SendQueue,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * From the queue. One that cannot be applied does not keep the others.
   * @throws when one of them can neither be applied nor kept just now, after the others; doubles do no harm.
   */
  async receive(messages: QueueMessage[]): Promise<EntryOutcome[]> {
    const outcomes: EntryOutcome[] = [];
    const failures: unknown[] = [];
    for (const { queue, messageId, body, traceparent } of messages) {
      const incoming = { queue, source: messageSource(queue, messageId), body };
      try {
        outcomes.push(await concerning({ messageId, traceparent }, () => this.take(incoming)));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return outcomes;
  }

  /** Over HTTP. The same document has the same source, so that it is quarantined once. */
  accept(body: string): Promise<EntryOutcome> {
    const queue = this.settings.MAIL_RECEIPTS_QUEUE;
    const source = messageSource(queue, createHash('sha256').update(body).digest('base64url'));
    return this.take({ queue, source, body });
  }

  /**
   * Says what a document tells. May ask SNS for a certificate, or confirm a subscription, so it is no part of a transaction.
   */
  async read(body: string): Promise<ReadDocument> {
    try {
      return await this.readDocument(body);
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      return { read: { refused: 'unreadable', detail: error.message }, body };
    }
  }

  private async readDocument(body: string): Promise<ReadDocument> {
    const domain = this.settings.MESSAGE_ID_DOMAIN;
    if (!/^\s*(?:[{["]|Successfully )/.test(body)) return { read: await readMail(body, domain), body };
    const document = sesDocumentIn(body);
    if (!looksEnveloped(document)) return { read: readSes(document, domain), body };
    const opened = await this.sns.open(document);
    if ('refused' in opened) return { read: opened, body };
    if ('confirmed' in opened) return { read: { unheeded: 'subscription-confirmed' }, body };
    const { message } = opened;
    return { read: readSes(sesDocumentIn(message), domain), body: message };
  }

  /** Records what was read within a transaction of the caller's, who queues the mails; what was quarantined keeps its source. */
  async takeIn(tx: Transaction, incoming: Incoming, document: ReadDocument): Promise<Recorded> {
    const { again, ...outcome } = await this.orPark(
      incoming,
      document,
      () => this.prisma.apart(tx, () => this.record(tx, incoming, document)),
      tx,
    );
    return { outcomes: [outcome], mails: again ? [again] : [] };
  }

  private async take(incoming: Incoming): Promise<EntryOutcome> {
    const document = await this.read(incoming.body);
    const { again, ...outcome } = await this.orPark(incoming, document, () =>
      this.prisma.retrying((tx) => this.record(tx, incoming, document)),
    );
    if (again) await this.queue.enqueue([again]);
    return outcome;
  }

  private orPark(
    { queue, source }: Incoming,
    { body }: ReadDocument,
    record: () => Promise<Ended>,
    tx?: Transaction,
  ): Promise<Ended> {
    return unlessRefused(record, async (error) => {
      const kept = await this.quarantine.keepUnstorable({ queue, source, body }, error, tx);
      return { outcome: 'parked', ...kept };
    });
  }

  private async record(
    tx: Transaction,
    { queue, source }: Incoming,
    { read, body }: ReadDocument,
  ): Promise<Ended> {
    if ('unheeded' in read) return { outcome: 'applied', reason: read.unheeded };
    if ('refused' in read) {
      const { refused: reason, detail, notificationId } = read;
      const kind = reason === 'unreadable' ? 'unreadable' : 'refused';
      const about = notificationId === undefined ? {} : await this.ledger.mailOf(tx, notificationId);
      await this.quarantine.keep(tx, [{ kind, queue, source, body, reason, detail, ...about }]);
      return { outcome: 'refused', reason, detail };
    }
    const { notificationId } = read.receipt;
    const recorded = await this.ledger.record(tx, read.receipt);
    if (recorded === 'duplicate') return { outcome: 'duplicate', reason: 'same-entry' };
    if ('applied' in recorded) return { outcome: 'applied', again: recorded.again };
    const { waits: reason, taxReturnId } = recorded;
    const detail = waits[reason];
    const about = { notificationId, taxReturnId };
    await this.quarantine.keep(tx, [{ kind: 'unmatched', queue, source, body, reason, detail, ...about }]);
    if (taxReturnId) await this.quarantine.nameReturn(tx, source, taxReturnId);
    return { outcome: 'parked', reason, detail };
  }
}
