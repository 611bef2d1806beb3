import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { NotificationWrites } from '../send/notification.writes.js';
import { giveMailsTo } from '../request/notification.requests.js';
import { QuarantineService } from '../quarantine/quarantine.service.js';
import { ReplayService } from './replay.service.js';
import { lockNames } from '../returns/return.store.js';
import { ReturnWrites } from '../returns/return.writes.js';
import type { SubmissionRegistration, TaxReturnRegistration } from '../returns/return.writes.js';
import { SendQueue } from '../send/send.queue.js';

/** The registration contradicts what is known. The message says what to do. */
export class RegistrationConflict extends Error {}

/** No such tax return. */
export class UnknownTaxReturn extends Error {}

/** Mails without an address that one registration queues at most; the sweep does the rest. */
const ADDRESSLESS = 1000;

/** The contact directory: whose return it is, where and in which language they are told. Every call may be repeated. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly writes: ReturnWrites,
    private readonly quarantine: QuarantineService,
    private readonly replays: ReplayService,
    private readonly mails: NotificationWrites,
    private readonly queue: SendQueue,
  ) {}

  /** Registers a return, then applies what waited for it and queues mails that had no address. */
  async registerTaxReturn(id: string, registration: TaxReturnRegistration): Promise<{ created: boolean }> {
    const { created } = await this.prisma.retrying(async (tx) => {
      await lockNames(tx, [id]);
      return this.writes.registerReturn(tx, id, registration);
    });
    const { email, accountEmail } = registration;
    if (email || accountEmail) await this.queue.enqueue(await this.mails.releaseAddressed(ADDRESSLESS, id));
    await this.replays.replayAll(await this.quarantine.waitingFor(id));
    return { created };
  }

  /**
   * Registers a submission of a return and records `processing`, then applies what waited for it.
   * @throws UnknownTaxReturn when the return is not registered.
   * @throws RegistrationConflict when the submissionId or the id of the backup path belongs to another submission, or one of them,
   * which are set once, would change.
   */
  async registerSubmission(
    taxReturnId: string,
    key: string,
    registration: SubmissionRegistration,
  ): Promise<{ id: string; created: boolean }> {
    const { submissionId, backup } = registration;
    const registered = await this.prisma.retrying(async (tx) => {
      const [owner] = await tx.$queryRaw<
        unknown[]
      >`SELECT 1 FROM tax_returns WHERE id = ${taxReturnId}::uuid FOR NO KEY UPDATE`;
      if (!owner) throw new UnknownTaxReturn();
      const names = [submissionId, backup?.id].filter((name) => typeof name === 'string');
      if (names.length > 0) await lockNames(tx, names);
      const holder = submissionId ? await tx.submission.findUnique({ where: { submissionId } }) : null;
      if (holder && (holder.taxReturnId !== taxReturnId || (holder.key ?? key) !== key)) {
        throw new RegistrationConflict(
          'This submissionId belongs to another submission already. Register each submission once, under one key.',
        );
      }
      const known =
        (await tx.submission.findUnique({ where: { taxReturnId_key: { taxReturnId, key } } })) ??
        holder ??
        (await findKeyless(tx, taxReturnId));
      if (holder && holder.id !== known?.id) {
        throw new RegistrationConflict(
          'This submissionId belongs to another submission of the return, which was known before it was registered. Register that one under a key of its own, with this submissionId; the one under this key stays without.',
        );
      }
      if (backup && known?.backupId !== backup.id && (await isOnBackup(tx, backup.id))) {
        throw new RegistrationConflict(
          'This id of the backup path belongs to another submission already. Ask the backup path which of them it has.',
        );
      }
      if (!known) {
        const id = await this.writes.openSubmission(tx, taxReturnId, key, registration);
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
      await this.writes.completeSubmission(tx, known, key, registration);
      if (submissionId) await giveMailsTo(tx, [{ taxReturnId, id: known.id, submissionId }]);
      return { id: known.id, created: false };
    });
    await this.replays.replayAll(await this.quarantine.waitingFor(taxReturnId, submissionId));
    return registered;
  }
}

/** Of those that had one id before it was kept unique, one is not marked as repeated: it is found by the index. */
async function isOnBackup(tx: Transaction, backupId: string): Promise<boolean> {
  const found = await tx.submission.findFirst({
    where: { backupId, backupIdRepeated: false },
    select: { id: true },
  });
  return found !== null;
}

/** A submission that a failure opened before the backend registered it: the registration gives it its key. */
function findKeyless(tx: Transaction, taxReturnId: string) {
  return tx.submission.findFirst({
    where: { taxReturnId, key: null, submissionId: null },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
}
