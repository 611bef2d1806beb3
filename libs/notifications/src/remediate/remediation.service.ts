import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { PrismaService, withoutAddresses } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { AuditTrail } from '../audit/audit.trail.js';
import type { Acting, AuditAction } from '../audit/audit.trail.js';
import { ActionRefused } from '../operate/refusal.js';
import type { Standing } from '../request/told.js';
import { factsOfDelivery, StandingService } from '../standing/standing.service.js';

/** What a person did for a submission, and who it was. */
export interface RemediationAsked extends Acting {
  /** Chosen by the caller, so that the same asking makes one. */
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

/** What was asked for cannot be so. The message says why. */
export class RemediationRefused extends ActionRefused {
  constructor(message: string) {
    super('remediation-refused', message);
  }
}

const view = {
  id: true,
  submissionUuid: true,
  success: true,
  ignoredAsDuplicate: true,
  actor: true,
  evidence: true,
  createdAt: true,
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
   * @throws RemediationRefused for a blank context or actor, and for a duplicate that is no success.
   */
  remediate(submissionUuid: string, asked: RemediationAsked) {
    return this.prisma.retrying((tx) => this.add(tx, submissionUuid, asked, 'remediate'));
  }

  /** The same within a transaction of the caller's. Waits for whoever remediates the same submission. */
  async add(tx: Transaction, submissionUuid: string, asked: RemediationAsked, action: AuditAction) {
    const { success = true, ignoredAsDuplicate = false, evidence, actor, reason } = asked;
    const context = said(asked.context, 'the context');
    said(actor, 'the name of who acts');
    if (ignoredAsDuplicate && !success)
      throw new RemediationRefused(
        'A duplicate needs nothing more, so it is a success: leave `success` out.',
      );
    const at = await lockSubmission(tx, submissionUuid);
    const made = asked.id && (await tx.remediation.findUnique({ where: { id: asked.id }, select: view }));
    if (made) return made;
    const before = await this.standingOf(tx, submissionUuid);
    const row = await tx.remediation.create({
      data: {
        id: asked.id ?? uuid(),
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

  /** Those of a submission, the latest first, each with its notes. */
  of(submissionUuid: string) {
    return this.prisma.remediation.findMany({
      where: { submissionUuid },
      select: view,
      orderBy: [{ createdAt: 'desc' }, { sequence: 'desc' }],
    });
  }

  /**
   * Takes back that a remediation was a success; what it counted for is open again. Undefined when there is none of this id.
   * @throws RemediationRefused for a blank context, and for one that is unsuccessful already.
   */
  markAsUnsuccessful(id: string, { actor, reason, context }: Acting & { context: string }) {
    const note = said(context, 'the context');
    return this.prisma.retrying(async (tx) => {
      const known = await tx.remediation.findUnique({ where: { id }, select: { submissionUuid: true } });
      if (!known) return undefined;
      const { submissionUuid } = known;
      const at = await lockSubmission(tx, submissionUuid);
      const before = await this.standingOf(tx, submissionUuid);
      const { count } = await tx.remediation.updateMany({
        where: { id, success: true },
        data: { success: false, ignoredAsDuplicate: false },
      });
      if (count === 0) throw new RemediationRefused('This remediation is marked as unsuccessful already.');
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
        },
      ]);
      return tx.remediation.findUniqueOrThrow({ where: { id }, select: view });
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
  if (!row) throw new RemediationRefused('No submission of this id is known.');
  return row.at;
}

/** A text that says something, without addresses. */
function said(text: string, what: string): string {
  if (text.trim() === '') throw new RemediationRefused(`Say ${what}: it is blank.`);
  return withoutAddresses(text.trim());
}
