import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import { BatchService } from '../../batch/batch.service.js';
import type { Calling } from '../../batch/batch.service.js';
import { keptOf } from '../../batch/batch.filter.js';
import { MOST_AT_ONCE } from '../many.js';
import type { MailFilter } from '../../standing/mail.filter.js';
import { MailSearch } from '../../standing/mail.search.js';
import type { Overridable } from './resend.rules.js';
import { DEFAULT_CAP } from './resend.service.js';

/** How many are to be sent again. */
export interface ManyOrder extends Calling {
  override?: readonly Overridable[];
  /** With more of them ready it is not started. Default {@link DEFAULT_CAP}. */
  cap?: number;
  /** Its batch ends with the report. */
  dryRun: boolean;
  /** A batch, however few they are: somebody was promised its report before anything is sent. */
  always?: boolean;
}

/** Re-sends of so many mails that nobody waits for them: a batch, with its report, its approval and its results. */
@Injectable()
export class ResendLists {
  constructor(
    private readonly prisma: PrismaService,
    private readonly search: MailSearch,
    private readonly batches: BatchService,
  ) {}

  /**
   * The batch that is made where the filter finds more than {@link MOST_AT_ONCE}; undefined where it finds fewer, unless `always`. What this very call
   * made before is that batch, however many it would find by now.
   */
  async listed(
    filter: MailFilter,
    { actor, reason, source, cap = DEFAULT_CAP, always = false, ...how }: ManyOrder,
  ): Promise<string | undefined> {
    const made = source === undefined ? undefined : await this.batches.madeBy(source);
    if (made !== undefined) return made;
    if (!always && (await this.found(filter, MOST_AT_ONCE + 1)) <= MOST_AT_ONCE) return undefined;
    return this.batches.find(
      { action: 'resend', ordered: { ...how, cap } },
      { kind: 'mails', filter: keptOf(filter) },
      { actor, reason, source },
    );
  }

  /** How many mails the filter finds; it counts no further than that. */
  async found(filter: MailFilter, most: number): Promise<number> {
    return this.prisma.notification.count({ where: await this.search.where(filter), take: most });
  }
}
