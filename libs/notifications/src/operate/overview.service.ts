import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { NotificationState, Settings } from '#libs/platform/index.js';
import { whereMails } from './mail.filter.js';
import { wordsFor } from './reason.words.js';

/** Mails that left their taxpayers untold for one reason. */
export interface UntoldGroup {
  template: string;
  state: NotificationState;
  reason: string | null;
  mails: number;
  /** When the oldest of them was opened. */
  oldest: Date;
  sentence: string;
  todo: string;
}

export interface Overview {
  /** The oldest first. */
  untold: UntoldGroup[];
  /** Mails on their way, inside their time box. */
  onTheirWay: number;
  /** Entries in quarantine. */
  parked: number;
}

/** What needs a person now. */
@Injectable()
export class OverviewService {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async now(): Promise<Overview> {
    const [now, box] = [new Date(), this.settings.TOLD_WITHIN];
    const [groups, onTheirWay, parked] = await Promise.all([
      this.prisma.notification.groupBy({
        by: ['template', 'state', 'reason'],
        where: whereMails({ standing: 'failure' }, now, box),
        _count: { _all: true },
        _min: { openedAt: true },
      }),
      this.prisma.notification.count({ where: whereMails({ standing: 'in-process' }, now, box) }),
      this.prisma.quarantineEntry.count({ where: { resolvedAt: null } }),
    ]);
    const untold = groups.map(({ template, state, reason, _count, _min }) => ({
      template,
      state,
      reason,
      mails: _count._all,
      oldest: _min.openedAt ?? now,
      ...untoldWords(state, reason),
    }));
    return { untold: untold.toSorted((a, b) => a.oldest.getTime() - b.oldest.getTime()), onTheirWay, parked };
  }
}

function untoldWords(state: NotificationState, reason: string | null): { sentence: string; todo: string } {
  if (state === 'queued' || state === 'sending')
    return {
      sentence: 'it has been on its way for longer than TOLD_WITHIN',
      todo: 'Look whether it is paused, whether workers run, and what the relay answers.',
    };
  const { sentence, todo } = wordsFor(reason ?? 'none');
  return { sentence, todo: todo ?? 'Read its last answer, mend the cause, then re-send it.' };
}
