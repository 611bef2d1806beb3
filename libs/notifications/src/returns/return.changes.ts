import { Injectable } from '@nestjs/common';
import { afterCommit } from '#libs/platform/index.js';
import type { Session } from '#libs/platform/index.js';

/** A return that has another revision than before. */
export interface ReturnChange {
  taxReturnId: string;
  revision: string;
}

/** Hears of changes that this process has committed. The writer waits for it, so it is quick, and it knows when to give up. */
type Listener = (changes: ReturnChange[]) => void | Promise<void>;

/**
 * Says which returns have changed, after the commit and once for each transaction: what is taken back is never told. A process that
 * dies right after the commit tells nobody; so whoever listens must come right without it, in time.
 */
@Injectable()
export class ReturnChanges {
  private readonly listeners = new Set<Listener>();

  /** @returns ends it. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** For the writer: revisions that a transaction has raised. */
  raised(tx: Session, changes: ReturnChange[]): void {
    if (changes.length === 0) return;
    afterCommit(tx, () => this.tell(changes));
  }

  private async tell(changes: ReturnChange[]): Promise<void> {
    await Promise.all([...this.listeners].map(async (listener) => listener(changes)));
  }
}
