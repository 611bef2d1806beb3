import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import { BatchEngine } from './batch.engine.js';
import type { BatchState } from './batch.state.js';
import { BatchTurns, whyItFails } from './batch.turns.js';

/** Milliseconds between two looks at a batch that another process works on, or that waits for its mails. */
const LOOK = 200;

const FAR = {
  state: true,
  rows: true,
  checkedTo: true,
  appliedTo: true,
  reason: true,
  detail: true,
} as const;

/** How far a batch has come: the last row that was looked at, and the last that was run. */
export interface HowFar {
  state: string;
  rows: number;
  checkedTo: number;
  appliedTo: number;
  /** Why the work on it fails, in words; undefined while it does not. */
  whyItFails?: string;
}

/** Works on one batch in the process of whoever waits for it: no worker has to run. One that does may have it in hand as well. */
@Injectable()
export class BatchHand {
  constructor(
    private readonly prisma: PrismaService,
    private readonly turns: BatchTurns,
    private readonly engine: BatchEngine,
  ) {}

  /**
   * Until nothing is to be done on it without a person, or the person leaves.
   * @param onward hears after each turn how far it has come.
   * @returns how it stands then; undefined when there is no such batch.
   */
  async work(
    id: string,
    left: AbortSignal,
    onward: (far: HowFar) => void = () => undefined,
  ): Promise<BatchState | undefined> {
    for (;;) {
      const batch = left.aborted ? undefined : await this.turns.takeThis(id);
      const isForward = batch !== undefined && (await this.engine.turn(batch, left)).isForward;
      const now = await this.prisma.batch.findUnique({ where: { id }, select: FAR });
      const state = now?.state as BatchState | undefined;
      if (now) onward({ ...now, whyItFails: whyItFails(now) });
      if (left.aborted || (state !== 'validating' && state !== 'running')) return state;
      if (!isForward) await delay(LOOK, undefined, { signal: left }).catch(() => undefined);
    }
  }
}
