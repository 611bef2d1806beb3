import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings, Transaction } from '#libs/platform/index.js';
import { NOBODY } from '../../audit/audit.trail.js';
import { SendQueue } from '../../send/send.queue.js';
import type { MailFilter } from '../../standing/mail.filter.js';
import { MailSearch } from '../../standing/mail.search.js';
import { ActionRefused } from '../../audit/refusal.js';
import { LEFT_OUT_WORDS, originalOf } from './resend.rules.js';
import { occurrenceOf, ResendStep } from './resend.step.js';
import type { Judged, ResendOrder } from './resend.step.js';
import { ResendTally } from './resend.tally.js';
import type { ResendCounts } from './resend.tally.js';
import { ResendWrites } from './resend.writes.js';
import type { HeldMail } from './resend.writes.js';
import { counted } from '../../terms/counted.js';

/** Mails of a re-send that names no cap. */
export const DEFAULT_CAP = 1000;
/** Mails of one transaction: enough to save round trips, few enough to hold rows briefly. */
const CHUNK = 200;

/** A re-send of one mail. `n` is its number, where a relay accepted the last one. */
type OneOrder = Omit<ResendOrder, 'cap' | 'onProgress'> & { n?: number };

/** Tells taxpayers after all: finds mails, says what would be done, and does it once. */
@Injectable()
export class ResendService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly search: MailSearch,
    private readonly step: ResendStep,
    private readonly writes: ResendWrites,
    private readonly queue: SendQueue,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * The dry run: how many, a sample, who is left out and why. Changes nothing.
   * @throws ActionRefused `above-cap`, where a cap is named, as {@link resend} would.
   */
  async plan(
    filter: MailFilter,
    { override, source = '', cap, onProgress }: Partial<ResendOrder> = {},
  ): Promise<ResendCounts> {
    const tally = new ResendTally();
    for await (const ids of this.search.walk(filter, CHUNK)) {
      for (const judged of await this.step.judgeAll(this.prisma, ids, { source, override }, false))
        tally.add(judged);
      onProgress?.(tally.result.matching);
    }
    if (cap !== undefined) refuseSendsAbove(cap, tally.result.openedAgain + tally.result.madeNew);
    return tally.result;
  }

  /**
   * Sends again what the filter finds and nothing speaks against; what was never sent and is no longer true is withheld. Each part is committed by itself; one that broke off is
   * continued by repeating it under the same source.
   * @throws ActionRefused `above-cap` when more would be sent than the cap allows; nothing is changed then, but for what was sent
   *   before more mails failed than were counted.
   */
  async resend(filter: MailFilter, order: ResendOrder): Promise<ResendCounts> {
    // What is asked for from now on is none of this re-send's business.
    const fixed = { ...filter, until: filter.until ?? (await this.databaseTime()) };
    const cap = order.cap ?? DEFAULT_CAP;
    await this.refuseAbove(cap, fixed, order);
    const tally = new ResendTally();
    for await (const ids of this.search.walk(fixed, CHUNK)) {
      const { judged, rows } = await this.prisma.retrying((tx) =>
        this.step.act(tx, ids, order, (part) => stopAbove(cap, tally, part)),
      );
      await this.queue.enqueue(rows);
      for (const one of judged) tally.add(one);
      order.onProgress?.(tally.result.matching);
    }
    return tally.result;
  }

  /**
   * Sends one again: the newest of a mail and its re-sends.
   * @param n of the re-send, where a relay accepted the last one: the caller names it, so that two callers do not both.
   * @returns the mail that is sent, and whether this call did it.
   * @throws ActionRefused with `stale-n`, `names-no-n`, or why it is left out. Undefined when there is no such mail.
   */
  async resendOne(
    id: string,
    order: OneOrder,
  ): Promise<{ id: string; occurrence: string; done: boolean } | undefined> {
    const ended = await this.prisma.retrying((tx) => this.actOnOne(tx, id, order));
    if (!ended) return undefined;
    await this.queue.enqueue(ended.rows);
    return { id: ended.id, occurrence: ended.occurrence, done: ended.done };
  }

  /** The dry run: refuses what {@link resendOne} would. False when there is no such mail. */
  async planOne(
    id: string,
    { override, n }: Pick<ResendOrder, 'override'> & { n?: number },
  ): Promise<boolean> {
    const order = { ...NOBODY, override, n, source: `dry-run/${id}` };
    return (await this.prisma.rehearsing((tx) => this.actOnOne(tx, id, order))) !== undefined;
  }

  private async actOnOne(tx: Transaction, id: string, order: OneOrder) {
    const newest = await this.newestOf(tx, id);
    if (newest === undefined) return undefined;
    const { judged, rows } = await this.step.act(
      tx,
      [newest],
      order,
      ([one]) => one && refuseOne(one, order.n),
    );
    const [one] = judged;
    return one && { rows, ...(await this.outcomeOf(tx, one)) };
  }

  /** The clock that mails are dated by. */
  private async databaseTime(): Promise<Date | undefined> {
    const [row] = await this.prisma.$queryRaw<{ now: Date }[]>`SELECT now()`;
    return row?.now;
  }

  /** Counting is cheap; only where that is too many does it matter who is left out. */
  private async refuseAbove(cap: number, filter: MailFilter, order: ResendOrder): Promise<void> {
    const where = await this.search.where(filter);
    if ((await this.prisma.notification.count({ where })) <= cap) return;
    await this.plan(filter, { source: order.source, override: order.override, cap });
  }

  /** The id of the last re-send of a mail, or its own. */
  private async newestOf(tx: Transaction, id: string): Promise<string | undefined> {
    const [mail] = await this.writes.read(tx, [id], this.settings.TOLD_WITHIN, true);
    return mail && newestIn(mail).id;
  }

  private async outcomeOf(tx: Transaction, { mail, verdict }: Judged) {
    switch (verdict.does) {
      case 'make-new': {
        const occurrence = occurrenceOf(mail, verdict.n);
        const { taxReturnId, template } = mail;
        const { id } = await tx.notification.findUniqueOrThrow({
          where: { taxReturnId_template_occurrence: { taxReturnId, template, occurrence } },
          select: { id: true },
        });
        return { id, occurrence, done: true };
      }
      case 'open-again':
        return { id: mail.id, occurrence: mail.occurrence, done: true };
      case 'nothing-more':
      case 'leave-out':
        return { id: mail.id, occurrence: mail.occurrence, done: false };
    }
  }
}

/** @throws ActionRefused `above-cap` */
export function refuseSendsAbove(cap: number, sends: number): void {
  if (sends > cap)
    throw new ActionRefused(
      'above-cap',
      `${counted(sends, 'mail')} would be sent again, and the cap is ${cap}. Nothing was done. Narrow the filter, or raise the cap to ${sends}.`,
    );
}

/** More have failed since they were counted. @throws ActionRefused `above-cap`; what was sent so far stays. */
function stopAbove(cap: number, { sends }: ResendTally, part: Judged[]): void {
  const more = part.filter(
    ({ verdict }) => verdict.does === 'open-again' || verdict.does === 'make-new',
  ).length;
  if (sends + more > cap)
    throw new ActionRefused(
      'above-cap',
      `More mails failed meanwhile: ${counted(sends, 'mail was', 'mails were')} sent again, and with the next ${more} it would be more than the cap of ${cap}. Look again, and send the rest.`,
    );
}

/** What speaks against sending this one. @throws ActionRefused */
function refuseOne({ mail, verdict }: Judged, n: number | undefined): void {
  if (verdict.does === 'nothing-more') return;
  const next = mail.newest + 1;
  if (n !== undefined && n !== next)
    throw new ActionRefused(
      'stale-n',
      `n ${n} is not the next re-send of this mail: that is ${next}. Look at it again.`,
    );
  if (verdict.does === 'leave-out') {
    const { sentence, todo } = LEFT_OUT_WORDS[verdict.why];
    throw new ActionRefused(verdict.why, `${sentence} ${todo}`);
  }
  if (verdict.does === 'make-new' && n === undefined)
    throw new ActionRefused(
      'names-no-n',
      `A relay accepted this mail, so it is sent as a new one. Name its number, so that two people do not both: n ${next}.`,
    );
}

function newestIn({ id, occurrence, newest, chain }: HeldMail): { id: string; occurrence: string } {
  return (
    chain.find((relative) => relative.occurrence === `${originalOf(occurrence)}.resend-${newest}`) ?? {
      id,
      occurrence,
    }
  );
}
