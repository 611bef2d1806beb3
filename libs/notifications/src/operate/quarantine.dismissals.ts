import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { AuditTrail, NOBODY } from '../audit/audit.trail.js';
import type { Acting } from '../audit/audit.trail.js';
import { DISMISSED } from '../quarantine/quarantine.service.js';
import { NothingToActOn } from '../audit/refusal.js';

/** Ends what no replay will ever apply: somebody says that nothing is to be done with it. It is kept, and named by nobody's list. */
@Injectable()
export class QuarantineDismissals {
  constructor(
    private readonly prisma: PrismaService,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * One that has found its way meanwhile stays as it is.
   * @returns how many were dismissed.
   * @throws NothingToActOn when none of them waits.
   */
  dismiss(ids: string[], acting: Acting): Promise<number> {
    return this.prisma.$transaction((tx) => this.end(tx, ids, acting));
  }

  /** The dry run: what {@link dismiss} would return and refuse. */
  plan(ids: string[]): Promise<number> {
    return this.prisma.rehearsing((tx) => this.end(tx, ids, NOBODY));
  }

  private async end(tx: Transaction, ids: string[], acting: Acting): Promise<number> {
    const rows = await tx.quarantineEntry.updateManyAndReturn({
      where: { id: { in: ids }, resolvedAt: null },
      data: { resolvedAt: new Date(), resolution: DISMISSED },
      select: { id: true, kind: true, reason: true },
    });
    if (rows.length === 0) throw new NothingToActOn('Nothing of this id waits in quarantine.');
    await this.trail.record(
      tx,
      rows.map(({ id, kind, reason }) => ({
        ...acting,
        action: 'dismiss',
        kind: 'quarantine',
        target: id,
        before: { kind, reason },
        after: { resolution: DISMISSED },
      })),
    );
    return rows.length;
  }
}
