import { Inject, Injectable } from '@nestjs/common';
import { v4 as uuid } from 'uuid';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';

/** The right to ask the upstream, alone among all processes. */
export interface Turn {
  token: string;
  /** The backup id behind which the run before broke off; '' to begin at the beginning. */
  resumeAfter: string;
}

/** Milliseconds beyond an answer of the upstream that a process may need until it asks again. */
const MARGIN = 60_000;

/** Gives one process at a time its turn, by a lease: the turn of a process that died comes to an end by itself. */
@Injectable()
export class PollTurns {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'UPSTREAM_TIMEOUT'>,
  ) {}

  /**
   * Undefined while another process has its turn, or when one that came to its end began less than `every` ms ago. What was
   * cut off is due at once.
   */
  async take(name: string, every: number): Promise<Turn | undefined> {
    const token = uuid();
    const [row] = await this.prisma.$queryRaw<{ resumeAfter: string }[]>`
      INSERT INTO poll_turns AS turn (name, token, begun_at, lease_until)
      VALUES (${name}, ${token}::uuid, now(), now() + ${this.lease} * interval '1 millisecond')
      ON CONFLICT (name) DO UPDATE
      SET token = excluded.token, begun_at = excluded.begun_at, lease_until = excluded.lease_until, ended_at = NULL
      WHERE turn.lease_until <= now()
        AND (turn.ended_at IS NULL OR turn.begun_at <= now() - ${every} * interval '1 millisecond')
      RETURNING resume_after AS "resumeAfter"`;
    return row && { token, ...row };
  }

  /** Says that the process still lives. False when its turn was over and another has taken it. */
  async keep({ token }: Turn): Promise<boolean> {
    const kept = await this.prisma.$executeRaw`
      UPDATE poll_turns SET lease_until = now() + ${this.lease} * interval '1 millisecond' WHERE token = ${token}::uuid`;
    return kept === 1;
  }

  /** @param isCutOff there is more to ask, and no reason to wait with it. */
  async end({ token }: Turn, resumeAfter: string, isCutOff: boolean): Promise<void> {
    // Times are kept in whole milliseconds, and rounded: a lease that ends now would end in half a millisecond.
    await this.prisma.$executeRaw`
      UPDATE poll_turns SET lease_until = date_trunc('milliseconds', now()), resume_after = ${resumeAfter},
        ended_at = CASE WHEN ${isCutOff} THEN NULL ELSE now() END
      WHERE token = ${token}::uuid`;
  }

  private get lease(): number {
    return this.settings.UPSTREAM_TIMEOUT + MARGIN;
  }
}
