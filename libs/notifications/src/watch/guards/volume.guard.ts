import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import type { FirstTry } from '../../send/seen.claims.js';
import { isTemplate } from '../../terms/mail.kinds.js';
import type { Template } from '../../terms/mail.kinds.js';
import { GuardPauses } from './guard.pauses.js';
import { volumeLimit } from './guard.rules.js';
import { BUSIEST, COUNT_MAILS, FORGET_MINUTES, MARK_UNUSUAL } from './guard.statements.js';
import type { Counted } from './guard.statements.js';
import { REASONS } from './guard.words.js';

const MINUTE = 60_000;
/** Milliseconds for which what is usual is not read again: it is of an hour ago and older. */
const STAYS_USUAL = 10 * MINUTE;

/** Mails of a template that were asked for in one minute. */
interface Tally {
  template: Template;
  minute: Date;
  mails: number;
}

/** Counts the mails of each template, for all guards, and pauses one of which far more are asked for than is usual. */
@Injectable()
export class VolumeGuard {
  private readonly usual = new Map<Template, { busiest: number; readAt: number }>();

  constructor(
    private readonly prisma: PrismaService,
    private readonly pauses: GuardPauses,
    @Inject(SETTINGS)
    private readonly settings: Pick<Settings, 'GUARDS' | 'GUARD_VOLUME_FLOOR' | 'GUARD_VOLUME_FACTOR'>,
  ) {}

  async look(tries: readonly FirstTry[]): Promise<void> {
    const tallies = talliesOf(tries);
    const counted = await COUNT_MAILS.run(
      this.prisma.pool,
      tallies.map(({ template }) => template),
      tallies.map(({ minute }) => minute.toISOString()),
      tallies.map(({ mails }) => mails),
    );
    if (!this.settings.GUARDS.includes('volume')) return;
    for (const one of counted) await this.judge(one, tallies);
  }

  /** Minutes that nobody looks back to. */
  async forget(): Promise<void> {
    await FORGET_MINUTES.run(this.prisma.pool);
  }

  private async judge({ template, mails, explained }: Counted, tallies: readonly Tally[]): Promise<void> {
    // Below the floor, which is nearly always, what is usual is not asked.
    if (!isTemplate(template) || mails <= volumeLimit({ busiest: 0, explained }, this.settings)) return;
    const limit = volumeLimit({ busiest: await this.busiest(template), explained }, this.settings);
    if (mails <= limit) return;
    const reason = REASONS.volume(mails, limit);
    await this.pauses.pause({ guard: 'volume', targets: [template], reason, counted: mails });
    const first = Math.min(
      ...tallies.filter((tally) => tally.template === template).map(({ minute }) => minute.getTime()),
    );
    await MARK_UNUSUAL.run(this.prisma.pool, template, new Date(first));
  }

  private async busiest(template: Template): Promise<number> {
    const known = this.usual.get(template);
    if (known && performance.now() - known.readAt < STAYS_USUAL) return known.busiest;
    const [row] = await BUSIEST.run(this.prisma.pool, template);
    const busiest = row?.mails ?? 0;
    this.usual.set(template, { busiest, readAt: performance.now() });
    return busiest;
  }
}

function talliesOf(tries: readonly FirstTry[]): Tally[] {
  const tallies = new Map<string, Tally>();
  for (const { template, askedAt } of tries) {
    if (!isTemplate(template)) continue;
    const minute = Math.floor(askedAt.getTime() / MINUTE) * MINUTE;
    const name = `${template} ${minute}`;
    const tally = tallies.get(name) ?? { template, minute: new Date(minute), mails: 0 };
    tally.mails += 1;
    tallies.set(name, tally);
  }
  return [...tallies.values()];
}
