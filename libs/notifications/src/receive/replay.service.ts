import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS } from '#libs/platform/index.js';
import type { QuarantineKind, Settings } from '#libs/platform/index.js';
import { ReceiptIntake } from '../receipts/receipt.intake.js';
import { ConfirmationService } from '../record/confirmation.service.js';
import type { EntryOutcome } from '../record/confirmation.service.js';
import { parse, readStatus } from './intake.service.js';
import { entrySource, isEntry, QuarantineService } from './quarantine.service.js';
import type { Quarantined } from './quarantine.service.js';
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
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Replays one. Undefined when there is no such entry. What fails again stays, with the newest reason. */
  async replay(id: string): Promise<EntryOutcome[] | undefined> {
    const parked = await this.quarantine.open(id);
    if (!parked) return undefined;
    const outcomes = await this.attempt(parked);
    const open = outcomes.find(({ outcome }) => outcome === 'parked' || outcome === 'refused');
    if (!open) {
      await this.quarantine.note(id, {
        resolution: outcomes.some(hasApplied) ? 'applied' : 'duplicate',
      });
    } else if (parked.kind !== 'unreadable' || open.reason === 'unreadable') {
      const kind: QuarantineKind =
        open.reason === 'unreadable'
          ? 'unreadable'
          : open.outcome === 'parked' && open.reason !== 'not-stored'
            ? 'unmatched'
            : 'refused';
      await this.quarantine.note(id, { kind, reason: open.reason ?? 'refused', detail: open.detail ?? '' });
    } else {
      // Its entries are parked one by one now.
      await this.quarantine.note(id, { resolution: 'taken-apart' });
    }
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

/** Now, or a moment ago by another worker that replayed the same entry at the same time. */
function hasApplied({ outcome, reason }: EntryOutcome): boolean {
  return outcome === 'applied' || (outcome === 'duplicate' && reason === 'same-entry');
}
