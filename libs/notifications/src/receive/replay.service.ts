import { Inject, Injectable, Logger } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { AuditTrail } from '../audit/audit.trail.js';
import type { Acting } from '../audit/audit.trail.js';
import { ReceiptIntake } from '../receipts/receipt.intake.js';
import { ConfirmationService } from '../record/confirmation.service.js';
import type { EntryOutcome } from '../record/confirmation.service.js';
import { parse, readStatus } from './intake.service.js';
import { entrySource, isEntry, QuarantineService } from './quarantine.service.js';
import type { Quarantined, ReplayEnd } from './quarantine.service.js';
import { SendMailService } from '../request/send-mail.service.js';
import { readSendMail } from './send-mail.message.js';
import { UnreadableMessage } from './status.message.js';

/** Puts parked entries through the door they came by, under their first source: replaying twice applies once. */
@Injectable()
export class ReplayService {
  private readonly logger = new Logger(ReplayService.name);

  constructor(
    private readonly quarantine: QuarantineService,
    private readonly confirmations: ConfirmationService,
    private readonly mails: SendMailService,
    private readonly receipts: ReceiptIntake,
    private readonly prisma: PrismaService,
    private readonly trail: AuditTrail,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Replays one. Undefined when there is no such entry. What fails again stays, with the newest reason.
   * @param acting the person who does it, if one does: it goes into the audit trail together with the outcome.
   */
  async replay(id: string, acting?: Acting): Promise<EntryOutcome[] | undefined> {
    const parked = await this.quarantine.open(id);
    if (!parked) return undefined;
    const outcomes = await this.attempt(parked);
    const end = endOf(parked, outcomes);
    await this.prisma.$transaction(async (tx) => {
      await this.quarantine.note(id, end, tx);
      const { kind, reason, resolvedAt } = parked;
      const before = { kind, reason, resolvedAt: resolvedAt?.toISOString() ?? null };
      const after =
        'resolution' in end ? { resolution: end.resolution } : { kind: end.kind, reason: end.reason };
      if (acting)
        await this.trail.record(tx, [
          { ...acting, action: 'replay', kind: 'quarantine', target: id, before, after },
        ]);
    });
    return outcomes;
  }

  /** Replays many, one by one, oldest first; one that fails does not keep the next from its turn. */
  async replayAll(ids: string[]): Promise<void> {
    for (const id of ids) {
      try {
        await this.replay(id);
      } catch (error) {
        this.logger.error({
          message: 'A parked entry could not be replayed; the sweep tries again',
          quarantineId: id,
          err: error,
        });
      }
    }
  }

  private async attempt({ queue, source, body }: Quarantined): Promise<EntryOutcome[]> {
    if (queue === this.settings.MAIL_RECEIPTS_QUEUE)
      return [await this.receipts.take({ queue, source, body })];
    const place = <T>(entry: T, index: number) => ({
      ...entry,
      queue,
      source: isEntry(source) ? source : entrySource(source, index),
    });
    try {
      const document = parse(body);
      if (queue === this.settings.SEND_MAIL_QUEUE) {
        return await this.mails.accept(readSendMail(document).map(place));
      }
      return await this.confirmations.confirm(readStatus(document).map(place));
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      return [{ outcome: 'refused', reason: 'unreadable', detail: error.message }];
    }
  }
}

function endOf(parked: Quarantined, outcomes: EntryOutcome[]): ReplayEnd {
  const open = outcomes.find(({ outcome }) => outcome === 'parked' || outcome === 'refused');
  if (!open) return { resolution: outcomes.some(hasApplied) ? 'applied' : 'duplicate' };
  const { outcome, reason = 'refused', detail = '' } = open;
  // Its entries are parked one by one now.
  if (parked.kind === 'unreadable' && reason !== 'unreadable') return { resolution: 'taken-apart' };
  if (reason === 'unreadable') return { kind: 'unreadable', reason, detail };
  return { kind: outcome === 'parked' && reason !== 'not-stored' ? 'unmatched' : 'refused', reason, detail };
}

/** Now, or a moment ago by another worker that replayed the same entry at the same time. */
function hasApplied({ outcome, reason }: EntryOutcome): boolean {
  return outcome === 'applied' || (outcome === 'duplicate' && reason === 'same-entry');
}
