import type { Prisma, QuarantineKind } from '#libs/platform/index.js';

/** Which parked entries are meant: only those that have not found their way yet. */
export interface QuarantineFilter {
  ids?: string[];
  kind?: QuarantineKind;
  /** One of a closed list: see GET /v1/quarantine. */
  reason?: string;
  queue?: string;
  taxReturnId?: string;
  /** Received at or after this instant. */
  since?: Date;
  /** Received before this instant. */
  until?: Date;
}

export function whereParked({
  ids,
  kind,
  reason,
  queue,
  taxReturnId,
  since,
  until,
}: QuarantineFilter): Prisma.QuarantineEntryWhereInput {
  return {
    id: ids && { in: ids },
    kind,
    reason,
    queue,
    taxReturnId,
    receivedAt: { gte: since, lt: until },
    resolvedAt: null,
  };
}
