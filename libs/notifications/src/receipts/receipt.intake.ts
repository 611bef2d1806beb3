import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  isTooDeep,
  PrismaService,
  readJson,
  SETTINGS,
  TOO_DEEP,
  unlessRefused,
} from '#libs/platform/index.js';
import type { QueueMessage, Settings, Transaction } from '#libs/platform/index.js';
import { QuarantineService } from '../quarantine/quarantine.service.js';
import { messageSource } from '../quarantine/entry.source.js';
import type { Quarantined } from '../quarantine/quarantine.service.js';
import { UnreadableMessage } from '../terms/entries.js';
import type { EntryOutcome } from '../terms/entries.js';
import { readMail } from './mailed.receipt.js';
import type { ReadReceipt } from './receipt.js';
import { ReceiptLedger } from './receipt.ledger.js';
import type { Waiting } from './receipt.ledger.js';
import { readSes } from './ses.message.js';
import { SnsOpener } from './sns.opener.js';
import { looksEnveloped } from './sns.envelope.js';

/** Where a document came from, and the document. */
type Incoming = Pick<Quarantined, 'queue' | 'source' | 'body'>;

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
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * From the queue. One that cannot be applied does not keep the others.
   * @throws when one of them can neither be applied nor kept just now, after the others; doubles do no harm.
   */
  async receive(messages: QueueMessage[]): Promise<EntryOutcome[]> {
    const outcomes: EntryOutcome[] = [];
    const failures: unknown[] = [];
    for (const { queue, messageId, body } of messages) {
      try {
        outcomes.push(await this.take({ queue, source: messageSource(queue, messageId), body }));
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
    if (!/^\s*[{[]/.test(body)) return { read: await readMail(body, domain), body };
    const document = parse(body);
    if (!looksEnveloped(document)) return { read: readSes(document, domain), body };
    const opened = await this.sns.open(document);
    if ('refused' in opened) return { read: opened, body };
    if ('confirmed' in opened) return { read: { unheeded: 'subscription-confirmed' }, body };
    return { read: readSes(parse(opened.message), domain), body: opened.message };
  }

  /** Records what was read within a transaction of the caller's; what was quarantined keeps its source. */
  takeIn(tx: Transaction, incoming: Incoming, document: ReadDocument): Promise<EntryOutcome> {
    return this.orPark(
      incoming,
      document,
      () => this.prisma.apart(tx, () => this.record(tx, incoming, document)),
      tx,
    );
  }

  private async take(incoming: Incoming): Promise<EntryOutcome> {
    const document = await this.read(incoming.body);
    return this.orPark(incoming, document, () =>
      this.prisma.retrying((tx) => this.record(tx, incoming, document)),
    );
  }

  private orPark(
    { queue, source }: Incoming,
    { body }: ReadDocument,
    record: () => Promise<EntryOutcome>,
    tx?: Transaction,
  ): Promise<EntryOutcome> {
    return unlessRefused(record, async (error) => {
      const kept = await this.quarantine.keepUnstorable({ queue, source, body }, error, tx);
      return { outcome: 'parked', ...kept };
    });
  }

  private async record(
    tx: Transaction,
    { queue, source }: Incoming,
    { read, body }: ReadDocument,
  ): Promise<EntryOutcome> {
    if ('unheeded' in read) return { outcome: 'applied', reason: read.unheeded };
    if ('refused' in read) {
      const { refused: reason, detail } = read;
      const kind = reason === 'unreadable' ? 'unreadable' : 'refused';
      await this.quarantine.keep(tx, [{ kind, queue, source, body, reason, detail }]);
      return { outcome: 'refused', reason, detail };
    }
    const { notificationId } = read.receipt;
    const recorded = await this.ledger.record(tx, read.receipt);
    if (recorded === 'applied') return { outcome: 'applied' };
    if (recorded === 'duplicate') return { outcome: 'duplicate', reason: 'same-entry' };
    const { waits: reason, taxReturnId } = recorded;
    const detail = waits[reason];
    const about = { notificationId, taxReturnId };
    await this.quarantine.keep(tx, [{ kind: 'unmatched', queue, source, body, reason, detail, ...about }]);
    if (taxReturnId) await this.quarantine.nameReturn(tx, source, taxReturnId);
    return { outcome: 'parked', reason, detail };
  }
}

/** Parser messages quote the text, which may hold an address: only the fact is kept. */
function parse(body: string): unknown {
  let document: unknown;
  try {
    document = readJson(body);
  } catch {
    throw new UnreadableMessage('The message is not JSON');
  }
  if (isTooDeep(document)) throw new UnreadableMessage(`The message ${TOO_DEEP}`);
  return document;
}
