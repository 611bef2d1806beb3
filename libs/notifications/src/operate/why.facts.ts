import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { NotificationState } from '#libs/platform/index.js';

/** All that is on record about one return and its mails. */
export interface WhyFacts {
  taxReturnId: string;
  isRegistered: boolean;
  hasAddress: boolean;
  submissions: SubmissionFacts[];
  mails: MailFacts[];
  parked: ParkedFacts[];
  /** What people did to its mails, oldest first. */
  actions: ActionFacts[];
  /** What is paused now: templates, or `all`. */
  paused: { template: string; since: Date; actor: string; reason: string }[];
}

export interface SubmissionFacts {
  id: string;
  submissionId: string | null;
  createdAt: Date;
  /** In order of arrival. */
  events: { type: string; recordedAt: Date; failureCategory: string | null; failureDetail: string | null }[];
}

export interface MailFacts {
  id: string;
  template: string;
  stage: string | null;
  occurrence: string;
  submissionUuid: string | null;
  isAsked: boolean;
  isForced: boolean;
  state: NotificationState;
  reason: string | null;
  attempt: number;
  dueAt: Date;
  notAfter: Date | null;
  requestedAt: Date;
  openedAt: Date;
  settledAt: Date | null;
  bouncedAt: Date | null;
  bounceReason: string | null;
  deliveries: TryFacts[];
}

export interface TryFacts {
  attempt: number;
  outcome: string | null;
  reason: string | null;
  responseCode: number | null;
  response: string | null;
  openedAt: Date;
}

export interface ParkedFacts {
  id: string;
  kind: string;
  detail: string;
  receivedAt: Date;
  resolvedAt: Date | null;
}

export interface ActionFacts {
  at: Date;
  actor: string;
  action: string;
  target: string;
  reason: string;
}

/** Reads what the story of a return is told from. */
@Injectable()
export class WhyReader {
  constructor(private readonly prisma: PrismaService) {}

  /** Undefined when nothing of this id was ever heard of. */
  async read(taxReturnId: string): Promise<WhyFacts | undefined> {
    const [owner, submissions, mails, parked, paused] = await Promise.all([
      this.prisma.taxReturn.findUnique({
        where: { id: taxReturnId },
        select: { email: true, accountEmail: true },
      }),
      this.prisma.submission.findMany({
        where: { taxReturnId },
        include: { events: { orderBy: { sequence: 'asc' } } },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      }),
      this.prisma.notification.findMany({
        where: { taxReturnId },
        include: { deliveries: { orderBy: { attempt: 'asc' } } },
        orderBy: [{ requestedAt: 'asc' }, { id: 'asc' }],
        take: MOST,
      }),
      this.prisma.quarantineEntry.findMany({
        where: { taxReturnId },
        orderBy: { receivedAt: 'asc' },
        take: MOST,
      }),
      this.prisma.pause.findMany(),
    ]);
    if (!owner && submissions.length === 0 && mails.length === 0 && parked.length === 0) return undefined;
    const targets = [...mails, ...submissions, ...parked].map(({ id }) => id);
    const actions = await this.prisma.auditEntry.findMany({
      where: { kind: { in: ['notification', 'submission', 'quarantine'] }, target: { in: targets } },
      orderBy: { sequence: 'asc' },
      take: MOST,
    });
    return {
      taxReturnId,
      isRegistered: owner !== null,
      hasAddress: (owner?.email ?? owner?.accountEmail ?? null) !== null,
      submissions,
      mails,
      parked,
      actions,
      paused,
    };
  }
}

/** Of each kind: a return that has more is no story any more. */
const MOST = 500;
