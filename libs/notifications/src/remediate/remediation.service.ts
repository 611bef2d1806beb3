import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { PrismaService, withoutAddresses } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { AuditTrail, NOBODY } from '../audit/audit.trail.js';
import type { Acting, AuditAction } from '../audit/audit.trail.js';
import type { Standing } from '../standing/told.js';
import { ActionRefused, NothingToActOn } from '../audit/refusal.js';
import { factsOfDelivery, StandingService } from '../standing/standing.service.js';

/** What a person did for a submission, and who it was. */
export interface RemediationAsked extends Acting {
  /** Names it, so that asked for twice it is made once. Default: a new one. */
  id?: string;
  /** The first note of its life, in their own words. */
  context: string;
  /** Default true. */
  success?: boolean;
  /** Default false; only with success. */
  ignoredAsDuplicate?: boolean;
  /** Where it can be looked up: a ticket, a list. */
  evidence?: string;
}

/** A remediation as it is shown, but for its notes. */
export const remediationView = {
  id: true,
  submissionUuid: true,
  success: true,
  ignoredAsDuplicate: true,
  actor: true,
  evidence: true,
  createdAt: true,
} as const;

const view = {
  ...remediationView,
  notes: { select: { at: true, actor: true, context: true }, orderBy: { sequence: 'asc' } },
} as const;

/**
 * What people do outside of the usual paths so that a submission reaches the authority. Only ever called for a named person:
 * a listener, the sweep or a mail makes none, or failures would vanish because somebody was told of them.
 */
@Injectable()
export class RemediationService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly standings: StandingService,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Keeps one more remediation of a submission, with its first note.
   * @param submissionUuid our id.
   * @throws ActionRefused for a blank context or actor, and for a duplicate that is no success.
   * @throws NothingToActOn when there is no such submission.
   */
  remediate(submissionUuid: string, asked: RemediationAsked) {
    return this.prisma.retrying((tx) => this.add(tx, submissionUuid, asked, 'remediate'));
  }

  /** The same within a transaction of the caller's. Waits for whoever remediates the same submission. */
  async add(tx: Transaction, submissionUuid: string, asked: RemediationAsked, action: AuditAction) {
    const { id = uuid(), success = true, ignoredAsDuplicate = false, evidence, actor, reason } = asked;
    const context = said(asked.context, 'the context');
    said(actor, 'the name of who acts');
    if (ignoredAsDuplicate && !success)
      throw new ActionRefused(
        'no-success',
        'A duplicate needs nothing more, so it is a success: leave `success` out.',
      );
    const at = await lockSubmission(tx, submissionUuid);
    const made = await tx.remediation.findFirst({ where: { id, submissionUuid }, select: view });
    if (made) return sameAs(made, { success, ignoredAsDuplicate, context });
    const before = await this.standingOf(tx, submissionUuid);
    const row = await tx.remediation.create({
      data: {
        id,
        submissionUuid,
        success,
        ignoredAsDuplicate,
        actor,
        evidence: evidence === undefined ? null : withoutAddresses(evidence),
        createdAt: at,
        notes: { create: { at, actor, context } },
      },
      select: view,
    });
    const after = await this.standingOf(tx, submissionUuid);
    await this.trail.record(tx, [
      {
        at,
        actor,
        reason,
        action,
        kind: 'submission',
        target: submissionUuid,
        before: { delivered: before },
        after: { delivered: after, remediation: row.id, success, ignoredAsDuplicate },
      },
    ]);
    return row;
  }

  /**
   * Takes back that a remediation was a success; what it counted for is open again. Undefined when there is none of this id.
   * @param asked.source of the call that asks, if it may be repeated: what it did itself is no reason to refuse it.
   * @throws ActionRefused for a blank context, and for one that is unsuccessful already.
   */
  markAsUnsuccessful(id: string, { context, ...acting }: Acting & { context: string; source?: string }) {
    const note = said(context, 'the context');
    return this.prisma.retrying(async (tx) => (await this.takeBack(tx, id, { ...acting, note }))?.row);
  }

  /**
   * The dry run: where its submission stands, and where it would. Undefined when there is no remediation of this id.
   * @throws ActionRefused as {@link markAsUnsuccessful} would.
   */
  async planUnsuccessful(id: string): Promise<{ before: Standing; after: Standing } | undefined> {
    const taken = await this.prisma.rehearsing((tx) =>
      this.takeBack(tx, id, { ...NOBODY, note: NOBODY.reason }),
    );
    return taken && { before: taken.before, after: taken.after };
  }

  private async takeBack(
    tx: Transaction,
    id: string,
    { actor, reason, note, source }: Acting & { note: string; source?: string },
  ) {
    const known = await tx.remediation.findUnique({ where: { id }, select: { submissionUuid: true } });
    if (!known) return undefined;
    const { submissionUuid } = known;
    const at = await lockSubmission(tx, submissionUuid);
    const before = await this.standingOf(tx, submissionUuid);
    const { count } = await tx.remediation.updateMany({
      where: { id, success: true },
      data: { success: false, ignoredAsDuplicate: false },
    });
    if (count === 0) {
      if (source === undefined || !(await this.trail.has(tx, source)))
        throw new ActionRefused('marked-before', 'This remediation is marked as unsuccessful already.');
      return {
        row: await tx.remediation.findUniqueOrThrow({ where: { id }, select: view }),
        before,
        after: before,
      };
    }
    await tx.remediationNote.create({ data: { remediationId: id, at, actor, context: note } });
    const after = await this.standingOf(tx, submissionUuid);
    await this.trail.record(tx, [
      {
        at,
        actor,
        reason,
        action: 'mark-unsuccessful',
        kind: 'remediation',
        target: id,
        before: { success: true, delivered: before },
        after: { success: false, delivered: after },
        source,
      },
    ]);
    return { row: await tx.remediation.findUniqueOrThrow({ where: { id }, select: view }), before, after };
  }

  /** Where a submission stands, and where it would stand with one more remediation. Writes nothing. */
  async plan(
    submissionUuid: string,
    { success = true, ignoredAsDuplicate = false }: Pick<RemediationAsked, 'success' | 'ignoredAsDuplicate'>,
  ): Promise<{ before: Standing; after: Standing }> {
    const facts = await this.prisma.submission.findUnique({
      where: { id: submissionUuid },
      select: factsOfDelivery,
    });
    if (!facts) throw unknownSubmission();
    // The latest counts, so that it alone stands for all of them.
    const latest = { createdAt: new Date(), sequence: 0n, success, ignoredAsDuplicate };
    return {
      before: this.standings.delivered(facts),
      after: this.standings.delivered({ ...facts, remediations: [latest] }),
    };
  }

  /** One of them with its notes. */
  find(id: string) {
    return this.prisma.remediation.findUnique({ where: { id }, select: view });
  }

  /** Those of a submission with their notes, the latest first: it is the one that counts. */
  of(submissionUuid: string) {
    return this.prisma.remediation.findMany({
      where: { submissionUuid },
      select: view,
      orderBy: [{ createdAt: 'desc' }, { sequence: 'desc' }],
    });
  }

  private async standingOf(tx: Transaction, id: string): Promise<Standing> {
    return this.standings.delivered(
      await tx.submission.findUniqueOrThrow({ where: { id }, select: factsOfDelivery }),
    );
  }
}

/** Waits for its turn, then tells the time: who comes later is later. */
export async function lockSubmission(tx: Transaction, submissionUuid: string): Promise<Date> {
  const [row] = await tx.$queryRaw<{ at: Date }[]>`
    SELECT clock_timestamp() AS at FROM (
      SELECT 1 FROM submissions WHERE id = ${submissionUuid}::uuid FOR NO KEY UPDATE) AS locked`;
  if (!row) throw unknownSubmission();
  return row.at;
}

/** Several of them, in one order, so that nobody waits in a circle. */
export async function lockSubmissions(tx: Transaction, ids: string[]): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM submissions WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
}

function unknownSubmission(): NothingToActOn {
  return new NothingToActOn('No submission of this id is known.');
}

/** A text that says something, without addresses. */
function said(text: string, what: string): string {
  if (text.trim() === '') throw new ActionRefused('nothing-said', `Say ${what}: it is blank.`);
  return withoutAddresses(text.trim());
}

/** What was made under this id, if it says the same. @throws ActionRefused */
function sameAs<Made extends { success: boolean; ignoredAsDuplicate: boolean; notes: { context: string }[] }>(
  made: Made,
  asked: { success: boolean; ignoredAsDuplicate: boolean; context: string },
): Made {
  const isSame =
    made.success === asked.success &&
    made.ignoredAsDuplicate === asked.ignoredAsDuplicate &&
    made.notes[0]?.context === asked.context;
  if (isSame) return made;
  throw new ActionRefused(
    'other-content',
    'This form was kept before, with other words. Open the page of the submission again: what was kept can be taken back there, and another kept.',
  );
}
