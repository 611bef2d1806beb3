import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { BackupStatus, NotificationState, Prisma } from '#libs/platform/index.js';
import { KeptReceipts } from '../../receipts/kept.receipts.js';
import type { KeptReceipt } from '../../receipts/kept.receipts.js';
import { deliveryView, notificationView } from '../../request/notification.view.js';
import { hasNoAddressLeft } from '../../standing/unreachable.js';
import { AddressesLeft } from '../unreachable/addresses.left.js';
import { AddressesNow } from '../resend/addresses.now.js';
import type { AddressedMail, AddressNow } from '../resend/addresses.now.js';

/** All that is on record about one return and its mails. */
export interface WhyFacts {
  taxReturnId: string;
  isRegistered: boolean;
  hasAddress: boolean;
  submissions: SubmissionFacts[];
  mails: MailFacts[];
  parked: ParkedFacts[];
  /** What people did to its mails, submissions and messages, oldest first. */
  actions: ActionFacts[];
  /** What is paused now: templates, lanes, or `all`. */
  paused: { template: string; since: Date; actor: string; reason: string }[];
  /** There is more than is read: only the newest {@link MOST} of a kind are here. */
  isCut: boolean;
}

export interface SubmissionFacts {
  id: string;
  submissionId: string | null;
  createdAt: Date;
  /** In order of arrival. */
  events: { type: string; recordedAt: Date; failureCategory: string | null; failureDetail: string | null }[];
  /** What the backup path decided. */
  verdicts: { status: BackupStatus; word: string; recordedAt: Date }[];
}

export interface MailFacts {
  id: string;
  template: string;
  stage: string | null;
  occurrence: string;
  batchId: string | null;
  submissionUuid: string | null;
  isAsked: boolean;
  overruled: string[];
  /** When it fell back to the account's address by itself. */
  fellBackAt: Date | null;
  state: NotificationState;
  reason: string | null;
  attempt: number;
  dueAt: Date;
  notAfter: Date | null;
  requestedAt: Date;
  openedAt: Date;
  settledAt: Date | null;
  deliveredAt: Date | null;
  bouncedAt: Date | null;
  bounceReason: string | null;
  deliveries: TryFacts[];
  /** What came back, in the order in which it happened. */
  receipts: KeptReceipt[];
  addressNow: AddressNow;
  /** It has nowhere to go, whoever re-sends it. */
  hasNoAddressLeft: boolean;
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
  /** The mail that a receipt is about. */
  notificationId: string | null;
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

/** Contents and bodies stay where they are: they may be large, and no story tells them. */
const submissionView = {
  id: true,
  submissionId: true,
  createdAt: true,
  events: {
    select: { type: true, recordedAt: true, failureCategory: true, failureDetail: true },
    orderBy: { sequence: 'asc' },
  },
  verdicts: { select: { status: true, word: true, recordedAt: true }, orderBy: { sequence: 'asc' } },
  remediations: { select: { id: true } },
} as const satisfies Prisma.SubmissionSelect;

const mailView = {
  ...notificationView,
  address: true,
  submissionUuid: true,
  isAsked: true,
  overruled: true,
  toAccount: true,
  deliveries: { select: deliveryView, orderBy: { attempt: 'asc' } },
} as const satisfies Prisma.NotificationSelect;

/** Reads what the story of a return is told from. */
@Injectable()
export class WhyReader {
  constructor(
    private readonly prisma: PrismaService,
    private readonly addresses: AddressesNow,
    private readonly left: AddressesLeft,
    private readonly receipts: KeptReceipts,
  ) {}

  /** Undefined when nothing of this id was ever heard of. */
  async read(taxReturnId: string): Promise<WhyFacts | undefined> {
    const [owner, submissions, rows, parked, paused, suppressions] = await Promise.all([
      this.prisma.taxReturn.findUnique({
        where: { id: taxReturnId },
        select: { email: true, accountEmail: true },
      }),
      this.prisma.submission.findMany({
        where: { taxReturnId },
        select: submissionView,
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      }),
      this.prisma.notification.findMany({
        where: { taxReturnId },
        select: mailView,
        orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
        take: MOST,
      }),
      this.prisma.quarantineEntry.findMany({
        where: { taxReturnId },
        select: {
          id: true,
          notificationId: true,
          kind: true,
          detail: true,
          receivedAt: true,
          resolvedAt: true,
        },
        orderBy: [{ receivedAt: 'desc' }, { id: 'desc' }],
        take: MOST,
      }),
      this.prisma.pause.findMany(),
      this.prisma.suppression.findMany({ where: { taxReturnId }, select: { id: true }, take: MOST }),
    ]);
    if (!owner && submissions.length === 0 && rows.length === 0 && parked.length === 0) return undefined;
    const { email = null, accountEmail = null } = owner ?? {};
    const mails = await this.withWhatCameBack(
      rows.toReversed().map((row) => ({ ...row, email, accountEmail })),
    );
    const remediations = submissions.flatMap((submission) => submission.remediations);
    const parts = [...mails, ...submissions, ...remediations, ...parked, ...suppressions];
    const targets = [taxReturnId, ...parts.map(({ id }) => id)];
    const actions = await this.prisma.auditEntry.findMany({
      where: {
        kind: {
          in: ['tax-return', 'notification', 'submission', 'remediation', 'quarantine', 'suppression'],
        },
        target: { in: targets },
      },
      omit: { source: true },
      orderBy: { sequence: 'desc' },
      take: MOST,
    });
    return {
      taxReturnId,
      isRegistered: owner !== null,
      hasAddress: (email ?? accountEmail) !== null,
      submissions,
      mails,
      parked: parked.toReversed(),
      actions: actions.toReversed(),
      paused,
      isCut: [rows, parked, actions].some(({ length }) => length === MOST),
    };
  }

  private async withWhatCameBack<T extends AddressedMail>(mails: T[]) {
    const receipts = await this.receipts.of(mails.map(({ id }) => id));
    const addresses = await this.addresses.of(this.prisma, mails);
    const left = await this.left.of(this.prisma, mails);
    return mails.map((mail, place) => ({
      ...mail,
      receipts: receipts.filter(({ notificationId }) => notificationId === mail.id),
      addressNow: addresses[place] ?? { is: 'missing' as const },
      hasNoAddressLeft: hasNoAddressLeft(left[place] ?? []),
    }));
  }
}

/** Of each kind, the newest: what happened last is what somebody asks about. */
export const MOST = 500;
