import { Inject, Injectable } from '@nestjs/common';
import type { KeyHolder } from '#libs/keys/index.js';
import { counted } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { Problem } from '../problems/problem.js';

/** Seconds after which somebody may have gone. */
const LATER = 30;

/** How many may wait in this process for what becomes of returns: on streams, or for one answer. Each holds a connection. */
@Injectable()
export class StatusPlaces {
  private taken = 0;
  private readonly takenBy = new Map<string, number>();

  constructor(
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'STATUS_STREAMS' | 'STATUS_STREAMS_PER_KEY'>,
  ) {}

  get inUse(): number {
    return this.taken;
  }

  /**
   * @returns gives the place back.
   * @throws Problem when there is none.
   */
  take(holder: KeyHolder): () => void {
    const { STATUS_STREAMS, STATUS_STREAMS_PER_KEY } = this.settings;
    const own = this.takenBy.get(holder.id) ?? 0;
    if (own >= STATUS_STREAMS_PER_KEY)
      throw Problem.of(
        'too-many-requests',
        `The key "${holder.name}" has ${counted(own, 'stream')} and waits open with this process, and may have no more. ` +
          'Close those that nobody reads, or ask for the status with If-None-Match instead.',
        { retryAfter: LATER },
      );
    if (this.taken >= STATUS_STREAMS)
      throw Problem.of(
        'unavailable',
        `This process has ${counted(this.taken, 'stream')} and waits open, and takes no more. ` +
          'Try again later, which may find another process, or ask for the status with If-None-Match instead.',
        { retryAfter: LATER },
      );
    this.taken += 1;
    this.takenBy.set(holder.id, own + 1);
    return () => this.giveBack(holder.id);
  }

  private giveBack(keyId: string): void {
    this.taken -= 1;
    const own = (this.takenBy.get(keyId) ?? 1) - 1;
    if (own === 0) this.takenBy.delete(keyId);
    else this.takenBy.set(keyId, own);
  }
}
