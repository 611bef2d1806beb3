import { Prisma } from '#libs/platform/index.js';
import type { PrismaService } from '#libs/platform/index.js';
import type { KeptCodes } from './kept.codes.js';
import { IN_PLAIN_TEXT } from './kept.codes.js';
import type { ReturnWrites } from './return.writes.js';

const BATCH = 200;

/**
 * Rejection codes that a release of before the authority's words were sealed has written. They are read and compared as they are.
 * To seal them may be stopped at any time and begun again, and the service may run meanwhile.
 */
export class PlainCodes {
  constructor(
    private readonly prisma: PrismaService,
    private readonly writes: ReturnWrites,
  ) {}

  /** How many rows hold descriptions in plain text. */
  async count(): Promise<number> {
    const [row] = await this.prisma.$queryRaw<{ rows: number }[]>`
      SELECT count(*)::int AS rows FROM rejection_codes kept WHERE ${Prisma.raw(IN_PLAIN_TEXT)}`;
    return row?.rows ?? 0;
  }

  /** Seals what nobody holds just then. @returns how many rows. */
  async seal(): Promise<number> {
    let sealed = 0;
    for (let last = ''; ;) {
      const rows = await this.sealSome(last);
      const next = rows.at(-1);
      if (!next) return sealed;
      sealed += rows.length;
      last = next.submissionId;
    }
  }

  /** Never waits for a row that another holds, so that it is part of no deadlock. */
  private sealSome(after: string): Promise<KeptCodes[]> {
    return this.prisma.retrying(async (tx) => {
      const rows = await tx.$queryRaw<KeptCodes[]>`
        SELECT submission_id AS "submissionId", codes, full_codes AS "fullCodes" FROM rejection_codes kept
        WHERE submission_id > ${after} AND ${Prisma.raw(IN_PLAIN_TEXT)}
        ORDER BY submission_id LIMIT ${BATCH} FOR NO KEY UPDATE SKIP LOCKED`;
      await this.writes.sealCodes(tx, rows);
      return rows;
    });
  }
}
