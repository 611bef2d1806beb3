import type { QueueMessage, Transaction } from '#libs/platform/index.js';
import type { Quarantined } from '../quarantine/quarantine.service.js';
import type { Recorded } from '../send/send.queue.js';
import type { EntryOutcome } from '../terms/entries.js';

/** Where it came from, and what it says. */
export type Parked = Pick<Quarantined, 'queue' | 'source' | 'body'>;

/** Records what was read, within a transaction of the caller's, who queues the mails. */
export type Recording = (tx: Transaction) => Promise<Recorded>;

/** Where what comes on a queue is read and recorded, when it comes and when it is replayed. */
export interface Door {
  /**
   * Takes in what came. When it returns, all of it is safe: recorded, or quarantined with the reason.
   * @throws when it can be neither just now; it is to come again then.
   */
  receive(messages: QueueMessage[]): Promise<EntryOutcome[]>;

  /** Reads what was parked. It keeps its source: what was applied before is a duplicate. */
  readAgain(parked: Parked): Recording | Promise<Recording>;
}

/** Records nothing: the entry ends so. */
export function endingAs(outcome: EntryOutcome): Recording {
  return () => Promise.resolve({ outcomes: [outcome], mails: [] });
}
