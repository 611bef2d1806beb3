import { Inject, Injectable } from '@nestjs/common';
import { SealError, SETTINGS } from '#libs/platform/index.js';
import type { Settings, Transaction } from '#libs/platform/index.js';
import { AuditTrail } from '../../audit/audit.trail.js';
import type { Acting, AuditRecord } from '../../audit/audit.trail.js';
import { ReturnStore } from '../../returns/return.store.js';
import type { QueuedRow } from '../../send/send.queue.js';
import { AddressesNow } from './addresses.now.js';
import { judge, originalOf } from './resend.rules.js';
import type { Overridable, ResendVerdict } from './resend.rules.js';
import { ResendWrites, traceOf } from './resend.writes.js';
import type { HeldMail } from './resend.writes.js';

/** How a re-send is to be done. */
export interface ResendOrder extends Acting {
  /** Names the re-send: repeated under one source, it does what is left and nothing twice. */
  source: string;
  /** Refusals that its reason overrules. Default: none. */
  override?: readonly Overridable[];
  /** Refused whole when more mails than this would be sent. Default {@link DEFAULT_CAP}. */
  cap?: number;
  /** Hears how many mails have been looked at so far. */
  onProgress?: (seen: number) => void;
}

/** A mail, and what a re-send does with it. */
export interface Judged {
  mail: HeldMail;
  verdict: ResendVerdict;
  /** It goes to the address registered for the return: its own takes nothing any more. */
  toRegistered: boolean;
}

/** What a part of a re-send did. */
export interface Resent {
  judged: Judged[];
  /** What is to be queued once it is committed. */
  rows: QueuedRow[];
  /** The new mails, by those that they were made of. */
  sentAs: Map<string, string | undefined>;
}

type Deciding = Pick<ResendOrder, 'source' | 'override'>;

/** One part of a re-send: judged and written in one transaction. */
@Injectable()
export class ResendStep {
  constructor(
    private readonly returns: ReturnStore,
    private readonly writes: ResendWrites,
    private readonly addresses: AddressesNow,
    private readonly trail: AuditTrail,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Decides and writes under lock: mails, and who did it and why, in one transaction. */
  async act(
    tx: Transaction,
    ids: string[],
    order: ResendOrder,
    check: (judged: Judged[]) => void = () => undefined,
  ): Promise<Resent> {
    const judged = await this.judgeAll(tx, ids, order, true);
    check(judged);
    const opened = judged.flatMap(({ mail, verdict, toRegistered }) =>
      verdict.does === 'open-again' ? [{ mail, toRegistered, overruled: verdict.overruled }] : [],
    );
    const made = judged.flatMap(({ mail, verdict, toRegistered }) =>
      verdict.does === 'make-new' ? [{ mail, toRegistered, n: verdict.n, overruled: verdict.overruled }] : [],
    );
    const overtaken = judged.flatMap(({ mail, verdict }) =>
      verdict.does === 'leave-out' && verdict.superseded && mail.standing === 'failure'
        ? [{ mail, reason: verdict.superseded }]
        : [],
    );
    await this.writes.overtake(tx, [
      ...overtaken.map(({ mail, reason }) => ({ id: mail.id, reason })),
      ...made.map(({ mail }) => ({ id: mail.id, reason: 'superseded-by-resend' as const })),
    ]);
    const rows: QueuedRow[] = await this.writes.openAgain(
      tx,
      opened.map(({ mail, ...round }) => ({ id: mail.id, ...round })),
      order.source,
    );
    const fresh = await this.writes.makeNew(tx, made, order.source);
    await this.trail.record(tx, [
      ...overtaken.map(({ mail, reason }) => ({
        ...entryOf(order, mail, { state: mail.state === 'handed_over' ? mail.state : 'withheld', reason }),
        action: 'withhold' as const,
      })),
      ...opened.map(({ mail, toRegistered }) =>
        entryOf(order, mail, { state: 'queued', ...(toRegistered ? TO_REGISTERED : {}) }),
      ),
      ...made.map(({ mail, n, toRegistered }, place) =>
        entryOf(order, mail, {
          sentAs: fresh[place]?.id ?? null,
          occurrence: occurrenceOf(mail, n),
          ...(toRegistered ? TO_REGISTERED : {}),
        }),
      ),
    ]);
    const sentAs = new Map(made.map(({ mail }, place) => [mail.id, fresh[place]?.id]));
    return { judged, rows: [...rows, ...fresh], sentAs };
  }

  /** @param lock true holds the rows until the transaction ends. */
  async judgeAll(
    tx: Transaction,
    ids: string[],
    { source, override = [] }: Deciding,
    lock: boolean,
  ): Promise<Judged[]> {
    const mails = await this.writes.read(tx, ids, this.settings.TOLD_WITHIN, lock);
    const histories = await this.returns.readAll(
      tx,
      mails.map(({ taxReturnId }) => taxReturnId),
    );
    const addresses = await this.addresses.of(tx, mails);
    const now = new Date();
    return mails.map((mail, place) => {
      const history = histories[place] ?? { taxReturnId: mail.taxReturnId, submissions: [] };
      const address = addresses[place];
      const is = address?.is;
      const toRegistered = address?.is === 'open' && address.toRegistered;
      const candidate = { ...mail, hasAddress: is !== 'missing', isSuppressed: is === 'suppressed' };
      const verdict = judge(candidate, history, { now, source, override });
      const isSent = verdict.does === 'open-again' || verdict.does === 'make-new';
      const cannot = is === 'unreadable' || (verdict.does === 'make-new' && !this.opens(mail));
      return {
        mail,
        toRegistered: toRegistered && isSent,
        verdict: isSent && cannot ? { does: 'leave-out', why: 'unreadable' } : verdict,
      };
    });
  }

  /** What a new mail is made from. */
  private opens(mail: HeldMail): boolean {
    try {
      this.writes.opened(mail);
      return true;
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return false;
    }
  }
}

/** What the trail says of a mail that no longer goes to the address of its own. */
const TO_REGISTERED = { to: 'the address registered for the return' };

/** Of the n-th re-send of a mail. */
export function occurrenceOf({ occurrence }: HeldMail, n: number): string {
  return `${originalOf(occurrence)}.resend-${n}`;
}

function entryOf(
  { actor, reason, source, override = [] }: ResendOrder,
  mail: HeldMail,
  after: object,
): AuditRecord {
  return {
    actor,
    reason,
    action: 'resend',
    kind: 'notification',
    target: mail.id,
    before: traceOf(mail),
    after: { ...after, source, ...(override.length > 0 ? { override: [...override] } : {}) },
  };
}
