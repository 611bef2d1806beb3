import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';

/** What this process may still spend of a key's minute. */
interface Allowance {
  left: number;
  /** When the minute ends, by `performance.now()`. */
  until: number;
  /** Nothing is left in the database either. */
  isSpent: boolean;
}

/**
 * How many requests a key may make in a minute, whichever processes answer them. A process reserves a hundredth of the
 * limit in the database at a time, so hardly any request waits for it; what a process reserved and does not use is lost
 * to the others until the minute ends. Minutes begin with a key's first request, by the clock of the database.
 */
@Injectable()
export class KeyLimit {
  private readonly allowances = new Map<string, Allowance>();
  private readonly reserving = new Map<string, Promise<Allowance>>();

  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'REQUESTS_PER_MINUTE'>,
  ) {}

  /** Counts one request of a key. @returns 0 when it may go on, else the milliseconds after which it may come again. */
  async take(keyId: string): Promise<number> {
    for (;;) {
      const now = performance.now();
      const own = this.allowances.get(keyId);
      if (own && own.until > now) {
        if (own.left > 0) {
          own.left -= 1;
          return 0;
        }
        if (own.isSpent) return own.until - now;
      }
      await this.reserve(keyId);
    }
  }

  /** Requests that come together wait for one reservation. */
  private async reserve(keyId: string): Promise<void> {
    const reserving =
      this.reserving.get(keyId) ?? this.reserveSlice(keyId).finally(() => this.reserving.delete(keyId));
    this.reserving.set(keyId, reserving);
    this.allowances.set(keyId, await reserving);
  }

  private async reserveSlice(keyId: string): Promise<Allowance> {
    const limit = this.settings.REQUESTS_PER_MINUTE;
    const slice = Math.ceil(limit / 100);
    const [row] = await this.prisma.$queryRaw<{ reserved: number; remaining: number }[]>`
      INSERT INTO api_key_use AS use (key_id, since, reserved) VALUES (${keyId}, now(), ${slice})
      ON CONFLICT (key_id) DO UPDATE SET
        since = CASE WHEN use.since > now() - interval '1 minute' THEN use.since ELSE now() END,
        reserved = CASE WHEN use.since > now() - interval '1 minute' THEN use.reserved ELSE 0 END + ${slice}
      RETURNING reserved, extract(epoch FROM use.since + interval '1 minute' - now())::float8 * 1000 AS remaining`;
    const { reserved, remaining } = row ?? { reserved: Infinity, remaining: 0 };
    const left = Math.max(0, Math.min(slice, limit - (reserved - slice)));
    return { left, until: performance.now() + remaining, isSpent: left === 0 };
  }
}
