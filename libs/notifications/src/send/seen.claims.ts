import { Injectable } from '@nestjs/common';
import type { ClaimedNotification } from './claim.js';

/** A mail that is tried for the first time, and that neither a batch nor a person explains. */
export interface FirstTry {
  template: string;
  askedAt: Date;
}

/** A person sent again what was accepted, with a reason. What no relay accepted is no first try when it is sent again. */
const RESENT = /\.resend-\d+$/;

/** First tries that a process may claim and nobody has looked at. */
export const MOST_UNSEEN = 50;

/**
 * Whoever looks sees every {@link MOST_UNSEEN} first tries of this process before the next one is claimed. So what is decided on them is
 * decided by count: at two thousand mails a second, a look every ten seconds would come too late for twenty thousand of them.
 */
@Injectable()
export class SeenClaims {
  private readonly unseen: FirstTry[] = [];
  private look: ((tries: readonly FirstTry[]) => Promise<void>) | undefined;
  private looking: Promise<void> | undefined;

  /** @param look when it throws, nothing more is claimed until it does not. */
  shownTo(look: (tries: readonly FirstTry[]) => Promise<void>): void {
    this.look = look;
  }

  /** Before so many are claimed, {@link MOST_UNSEEN} at most. */
  async makeRoom(claims: number): Promise<void> {
    while (this.unseen.length + claims > MOST_UNSEEN) await this.show();
  }

  add(claimed: readonly ClaimedNotification[]): void {
    if (!this.look) return;
    for (const { template, occurrence, attempt, isOfABatch, openedAt } of claimed)
      if (attempt === 1 && !isOfABatch && !RESENT.test(occurrence))
        this.unseen.push({ template, askedAt: openedAt });
  }

  /** Shows what nobody has looked at yet. Two looks never run at once. */
  show(): Promise<void> {
    this.looking ??= this.showAll().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async showAll(): Promise<void> {
    const shown = [...this.unseen];
    if (shown.length > 0) await this.look?.(shown);
    this.unseen.splice(0, shown.length);
  }
}
