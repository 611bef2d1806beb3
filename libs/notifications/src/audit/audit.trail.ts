import { Injectable } from '@nestjs/common';
import { Prisma, PrismaService, withoutAddresses } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';

/** What people do here. A closed list: each word is one kind of entry in the trail. */
export const AUDIT_ACTIONS = [
  'resend',
  'resolve-unknown',
  'tell-by-other-means',
  'withhold',
  'pause',
  'resume',
  'replay',
  'dismiss',
  'note',
  'remediate',
  'mark-unsuccessful',
  'mark-duplicate',
  'lift-suppression',
  'make-batch',
  'approve-batch',
  'start-batch',
  'pause-batch',
  'resume-batch',
  'pace-batch',
  'abort-batch',
  'register-call-back',
  'change-call-back',
  'remove-call-back',
  'rotate-secret',
  'replay-call-back',
  'resume-call-back',
  'erase',
  'create-key',
  'revoke-key',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What it is done to. */
export const AUDIT_KINDS = [
  'tax-return',
  'notification',
  'submission',
  'remediation',
  'quarantine',
  'template',
  'suppression',
  'batch',
  'call-back',
  'key',
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** Who acts, and why: every action that a person takes asks for both. */
export interface Acting {
  /** The name and the id of the key, or the name of the person at the terminal. */
  actor: string;
  /** In their own words; an address in it is taken out. */
  reason: string;
}

/** Who acts in a dry run: nobody. It is taken back together with the act. */
export const NOBODY: Acting = { actor: 'nobody', reason: 'a dry run' };

/** One thing that somebody did. */
export interface AuditRecord extends Acting {
  /** Default: when its transaction began. */
  at?: Date;
  action: AuditAction;
  kind: AuditKind;
  target: string;
  /** As much of the row as changed: ids, states and reasons, never an address. */
  before?: Prisma.InputJsonValue;
  after?: Prisma.InputJsonValue;
  /** The call that asks for it, where nothing else would know it again. What is in the trail under it is not written twice. */
  source?: string;
}

export interface AuditFilter {
  kind?: AuditKind;
  target?: string;
  /** The sequence of the last one of the page before. */
  after?: bigint;
  limit: number;
}

/** The trail of what people did: written in the transaction that does it, never changed. */
@Injectable()
export class AuditTrail {
  constructor(private readonly prisma: PrismaService) {}

  async record(tx: Transaction, records: AuditRecord[]): Promise<void> {
    if (records.length === 0) return;
    await tx.auditEntry.createMany({
      data: records.map((record) => ({ ...record, reason: withoutAddresses(record.reason) })),
      skipDuplicates: true,
    });
  }

  /** Whether a call did what it asked for already. */
  async has(tx: Transaction, source: string): Promise<boolean> {
    return (await tx.auditEntry.count({ where: { source } })) > 0;
  }

  /** Newest first. */
  page({ kind, target, after, limit }: AuditFilter) {
    return this.prisma.auditEntry.findMany({
      where: { kind, target, ...(after === undefined ? {} : { sequence: { lt: after } }) },
      omit: { source: true },
      orderBy: { sequence: 'desc' },
      take: limit,
    });
  }
}
