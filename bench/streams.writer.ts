import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { v7 as uuid } from 'uuid';
import {
  ConfirmationService,
  HTTP_DOOR,
  OperateModule,
  readNativeEntries,
  ReturnChanges,
} from '#libs/notifications/index.js';
import { PlatformModule, readSettings } from '#libs/platform/index.js';
import type { MadeReturn } from '../test/support/make.js';
import type { World } from './world.js';

/** Entries that are recorded in one transaction. */
const AT_ONCE = 100;

/** Records what happens to returns, in this process, and knows when it was committed. */
export class Writer {
  /** By `performance.now()`, by return: of the last change. */
  readonly committed = new Map<string, number>();

  private constructor(
    private readonly confirmations: ConfirmationService,
    changes: ReturnChanges,
    readonly close: () => Promise<void>,
  ) {
    changes.listen((some) => {
      for (const { taxReturnId } of some) this.committed.set(taxReturnId, performance.now());
    });
  }

  static async of(world: World): Promise<Writer> {
    const settings = readSettings(world.environment);
    const app = await NestFactory.createApplicationContext(
      { module: class Bench {}, imports: [PlatformModule.with(settings), OperateModule] },
      { logger: ['error'] },
    );
    return new Writer(app.get(ConfirmationService), app.get(ReturnChanges), () => app.close());
  }

  async change(owners: MadeReturn[]): Promise<void> {
    for (let from = 0; from < owners.length; from += AT_ONCE) {
      const messages = owners
        .slice(from, from + AT_ONCE)
        .map(({ taxReturnId, submissionId }) => ({ taxReturnId, submissionId, status: 'error_mef' }));
      const entries = readNativeEntries(messages).map((entry) => ({
        ...entry,
        queue: HTTP_DOOR,
        source: uuid(),
      }));
      await this.confirmations.confirm(entries);
    }
  }

  /** One after another. @param rate changes a second */
  async changeEvenly(owners: MadeReturn[], rate: number): Promise<void> {
    const began = performance.now();
    for (const [index, owner] of owners.entries()) {
      await delay(began + (index * 1_000) / rate - performance.now());
      await this.change([owner]);
    }
  }
}
