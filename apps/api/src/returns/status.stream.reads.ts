import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { KnownStatus, StatusService } from '#libs/notifications/index.js';

/** Returns that one statement reads. */
const AT_ONCE = 100;

/** Reads what has changed, each return once however many streams are about it, and many in one statement. */
export class StreamReads {
  private readonly logger = new Logger(StreamReads.name);
  private readonly wanted = new Set<string>();
  private isReading = false;

  constructor(
    private readonly statuses: Pick<StatusService, 'ofEach'>,
    private readonly tell: (status: KnownStatus) => void,
  ) {}

  /** Reads it from now on, not earlier. */
  want(taxReturnId: string): void {
    this.wanted.add(taxReturnId);
    if (this.isReading) return;
    this.isReading = true;
    void this.readAll().finally(() => (this.isReading = false));
  }

  private async readAll(): Promise<void> {
    try {
      // What changes together is told together.
      await nextTurn();
      while (this.wanted.size > 0) {
        const ids = [...this.wanted].slice(0, AT_ONCE);
        for (const id of ids) this.wanted.delete(id);
        for (const status of (await this.statuses.ofEach(ids)).values()) this.tell(status);
      }
    } catch (error) {
      this.wanted.clear();
      this.logger.warn({ message: 'What has changed could not be read; the next look finds it', err: error });
    }
  }
}
