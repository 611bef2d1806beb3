import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { BatchService, csvRows, OperateModule, textOf } from '#libs/notifications/index.js';
import type { BatchAction } from '#libs/notifications/index.js';
import { PlatformModule, readSettings } from '#libs/platform/index.js';
import type { World } from './world.js';

const ACTING = { actor: 'bench', reason: 'to measure' };
/** Nobody has to approve what is measured, and nothing stops it. */
export const PEOPLE = { BATCH_APPROVAL_ABOVE: '5000000', BATCH_STOP_AT: '1000' };

/** What people do with lists, in this process, as the terminal does. */
export class Lists {
  private constructor(
    private readonly world: World,
    private readonly service: BatchService,
    readonly close: () => Promise<void>,
  ) {}

  static async of(world: World): Promise<Lists> {
    const settings = readSettings({ ...world.environment, ...PEOPLE });
    const app = await NestFactory.createApplicationContext(
      { module: class Bench {}, imports: [PlatformModule.with(settings), OperateModule] },
      { logger: ['error'] },
    );
    return new Lists(world, app.get(BatchService), () => app.close());
  }

  /** Writes down a list that comes as CSV. */
  async take(action: BatchAction, lines: readonly string[]): Promise<string> {
    const kind = action === 'submission-confirmations' ? 'submissionId' : 'taxReturnId';
    const rows = csvRows(await textOf(piecesOf(lines)), { kind });
    return this.service.take({ action }, 'terminal', rows, ACTING);
  }

  move(id: string, move: 'start-batch' | 'pause-batch' | 'resume-batch'): Promise<void> {
    return this.service.move(id, move, ACTING);
  }

  async isIn(id: string, state: string): Promise<void> {
    while ((await this.stateOf(id)).state !== state) await delay(20);
  }

  async hasApplied(id: string, rows: number): Promise<void> {
    while ((await this.stateOf(id)).applied < rows) await delay(20);
  }

  async stateOf(id: string): Promise<{ state: string; applied: number }> {
    const [row] = await this.world.sql<{ state: string; applied: number }>(
      `SELECT state, coalesce((counts->>'applied')::int, 0) AS applied FROM batches WHERE id = $1`,
      [id],
    );
    if (!row) throw new Error('no such batch');
    return row;
  }
}

async function* piecesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < lines.length; from += 1_000)
    yield await Promise.resolve(Buffer.from(lines.slice(from, from + 1_000).join('')));
}
