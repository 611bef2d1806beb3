import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { PrismaService, Sealer } from '#libs/platform/index.js';
import type { BackupStatus, Transaction } from '#libs/platform/index.js';
import { NotificationStates } from '../send/notification.state.js';
import { giveMailsTo } from '../request/notification.requests.js';
import { QuarantineService } from '../quarantine/quarantine.service.js';
import { ReplayService } from './replay.service.js';
import { lockNames } from '../returns/return.store.js';
import { SendQueue } from '../send/send.queue.js';

/** What the backend tells of a return. Absent members stay as they are, null takes away. */
export interface TaxReturnRegistration {
  userId?: string | null;
  email?: string | null;
  accountEmail?: string | null;
  language?: string | null;
  taxYear?: number | null;
  createdAt?: Date;
}

export interface SubmissionRegistration {
  submissionId?: string | null;
  receiptId?: string | null;
  createdAt?: Date;
  /** Where the backup path has it. Its id is set once; `accepted` stays, whatever comes later. */
  backup?: { id: string; status?: BackupStatus };
}

/** The registration contradicts what is known. The message says what to do. */
export class RegistrationConflict extends Error {}

/** No such tax return. */
export class UnknownTaxReturn extends Error {}

/** Mails without an address that one registration queues at most; the sweep does the rest. */
const ADDRESSLESS = 1000;

/** The contact directory: whose return it is, where and in which language they are told. Every call may be repeated. */
@Injectable()
export class DirectoryService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly sealer: Sealer,
    private readonly quarantine: QuarantineService,
    private readonly replays: ReplayService,
    private readonly states: NotificationStates,
    private readonly queue: SendQueue,
  ) {}

  /** Registers a return, then applies what waited for it and queues mails that had no address. */
  async registerTaxReturn(id: string, registration: TaxReturnRegistration): Promise<{ created: boolean }> {
    const { email, accountEmail, ...plain } = registration;
    const members = {
      ...plain,
      ...(email === undefined ? {} : { email: this.sealer.sealOptional(email, `tax_returns.email:${id}`) }),
      ...(accountEmail === undefined
        ? {}
        : { accountEmail: this.sealer.sealOptional(accountEmail, `tax_returns.account_email:${id}`) }),
    };
    const created = await this.prisma.$transaction(async (tx) => {
      await lockNames(tx, [id]);
      const known = await tx.taxReturn.findUnique({ where: { id }, select: { id: true } });
      await tx.taxReturn.upsert({ where: { id }, create: { id, ...members }, update: members });
      return !known;
    });
    if (email || accountEmail) await this.queue.enqueue(await this.states.releaseAddressed(ADDRESSLESS, id));
    await this.replays.replayAll(await this.quarantine.waitingFor(id));
    return { created };
  }

  /**
   * Registers a submission of a return and records `processing`, then applies what waited for it.
   * @throws UnknownTaxReturn when the return is not registered.
   * @throws RegistrationConflict when the submissionId belongs to another submission, or an id that is set once would change.
   */
  async registerSubmission(
    taxReturnId: string,
    key: string,
    registration: SubmissionRegistration,
  ): Promise<{ id: string; created: boolean }> {
    const { submissionId, receiptId, backup } = registration;
    const registered = await this.prisma.$transaction(async (tx) => {
      const [owner] = await tx.$queryRaw<
        unknown[]
      >`SELECT 1 FROM tax_returns WHERE id = ${taxReturnId}::uuid FOR NO KEY UPDATE`;
      if (!owner) throw new UnknownTaxReturn();
      if (submissionId) {
        await lockNames(tx, [submissionId]);
        const holder = await tx.submission.findUnique({
          where: { submissionId },
          select: { taxReturnId: true, key: true },
        });
        if (holder && (holder.taxReturnId !== taxReturnId || (holder.key ?? key) !== key)) {
          throw new RegistrationConflict(
            'This submissionId belongs to another submission already. Register each submission once, under one key.',
          );
        }
      }
      const known =
        (await tx.submission.findUnique({ where: { taxReturnId_key: { taxReturnId, key } } })) ??
        (await findKeyless(tx, taxReturnId, submissionId));
      if (!known) {
        const id = await openSubmission(tx, taxReturnId, key, registration);
        if (submissionId) await giveMailsTo(tx, [{ taxReturnId, id, submissionId }]);
        return { id, created: true };
      }
      if (submissionId && known.submissionId && submissionId !== known.submissionId) {
        throw new RegistrationConflict(
          'The submissionId of a submission is set once. Register a new submission under a key of its own.',
        );
      }
      if (backup && known.backupId && backup.id !== known.backupId) {
        throw new RegistrationConflict(
          'The id of the backup path is set once. Register a new submission under a key of its own.',
        );
      }
      await tx.submission.update({
        where: { id: known.id },
        data: {
          key,
          submissionId: known.submissionId ?? submissionId,
          receiptId: known.receiptId ?? receiptId,
          backupId: backup?.id,
          backupStatus: known.backupStatus === 'accepted' ? 'accepted' : backup?.status,
          createdAt: registration.createdAt,
        },
      });
      if (submissionId) await giveMailsTo(tx, [{ taxReturnId, id: known.id, submissionId }]);
      return { id: known.id, created: false };
    });
    await this.replays.replayAll(await this.quarantine.waitingFor(taxReturnId, submissionId));
    return registered;
  }
}

/** A submission that a failure opened before the backend registered it: the registration gives it its key. */
function findKeyless(tx: Transaction, taxReturnId: string, submissionId: string | null | undefined) {
  return tx.submission.findFirst({
    where: {
      taxReturnId,
      key: null,
      OR: [{ submissionId: null }, ...(submissionId ? [{ submissionId }] : [])],
    },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
}

async function openSubmission(
  tx: Transaction,
  taxReturnId: string,
  key: string,
  registration: SubmissionRegistration,
): Promise<string> {
  const id = uuid();
  const { backup } = registration;
  const createdAt = registration.createdAt ?? new Date();
  await tx.submission.create({
    data: {
      id,
      taxReturnId,
      key,
      submissionId: registration.submissionId,
      receiptId: registration.receiptId,
      backupId: backup?.id,
      backupStatus: backup?.status,
      createdAt,
      events: {
        create: { type: 'processing', occurrence: '', source: `registration/${id}`, occurredAt: createdAt },
      },
    },
  });
  return id;
}
