import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Acting } from '../../audit/audit.trail.js';
import { BatchService } from '../../batch/batch.service.js';
import { keptOf } from '../../batch/batch.filter.js';
import { MOST_AT_ONCE } from '../many.js';
import type { MailFilter } from '../../standing/mail.filter.js';
import { MailSearch } from '../../standing/mail.search.js';
import type { Overridable } from './resend.rules.js';

/** How many are to be sent again. */
export interface ManyOrder extends Acting {
  override?: readonly Overridable[];
  cap?: number;
  /** Its batch ends with the report. */
  dryRun: boolean;
}

/** Re-sends of so many mails that nobody waits for them: a batch, with its report, its approval and its results. */
@Injectable()
export class ResendLists {
  constructor(
    private readonly prisma: PrismaService,
    private readonly search: MailSearch,
    private readonly batches: BatchService,
  ) {}

  /** The batch that is made where the filter finds more than {@link MOST_AT_ONCE}; undefined where it finds fewer. */
  async listed(filter: MailFilter, { actor, reason, ...ordered }: ManyOrder): Promise<string | undefined> {
    const where = await this.search.where(filter);
    const found = await this.prisma.notification.count({ where, take: MOST_AT_ONCE + 1 });
    if (found <= MOST_AT_ONCE) return undefined;
    const kept = keptOf(filter);
    return this.batches.find(
      { action: 'resend', ordered },
      { kind: 'mails', filter: kept },
      { actor, reason },
    );
  }
}
