import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { LANES, templatesOf } from '../../terms/mail.kinds.js';
import { GuardPauses } from './guard.pauses.js';
import { aboveShare } from './guard.rules.js';
import { CAME_BACK } from './guard.statements.js';
import { REASONS } from './guard.words.js';

/** Pauses a lane of whose last mails too many came back or were complained about. */
@Injectable()
export class ReturnsGuard {
  constructor(
    private readonly prisma: PrismaService,
    private readonly pauses: GuardPauses,
    @Inject(SETTINGS)
    private readonly settings: Pick<
      Settings,
      'GUARD_RETURNS_LAST' | 'GUARD_RETURNS_SHARE' | 'GUARD_COMPLAINTS_SHARE'
    >,
  ) {}

  async look(): Promise<void> {
    const { GUARD_RETURNS_LAST, GUARD_RETURNS_SHARE, GUARD_COMPLAINTS_SHARE } = this.settings;
    for (const lane of LANES) {
      const [found] = await CAME_BACK.run(this.prisma.pool, templatesOf(lane), lane, GUARD_RETURNS_LAST);
      const above = found && aboveShare(found, this.settings);
      if (!above) continue;
      const of = { ...found, mails: Math.max(found.mails, GUARD_RETURNS_LAST) };
      const isComplaints = above === 'complaints';
      await this.pauses.pause({
        guard: 'returns',
        targets: [lane],
        reason: REASONS[above](of, isComplaints ? GUARD_COMPLAINTS_SHARE : GUARD_RETURNS_SHARE),
        counted: isComplaints ? found.complained : found.returned,
      });
    }
  }
}
