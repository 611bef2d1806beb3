import { readJson } from '#libs/platform/index.js';
import type { QueueMessage, Transaction } from '#libs/platform/index.js';
import { entrySource, isEntry, messageSource } from '../quarantine/entry.source.js';
import type { QuarantineService } from '../quarantine/quarantine.service.js';
import type { Recorded } from '../send/send.queue.js';
import { UnreadableMessage } from '../terms/entries.js';
import type { EntryOutcome, ReadEntry } from '../terms/entries.js';
import { endingAs } from './door.js';
import type { Door, Parked, Recording } from './door.js';

/** Where an entry came from. */
type Place = Pick<Parked, 'queue' | 'source'> & { traceparent?: string };

/** An entry on its way in. */
type Incoming<T> = ReadEntry<T> & Place;

/** Takes a message apart. @throws UnreadableMessage */
type EntryReader<T> = (document: unknown) => ReadEntry<T>[];

/** Records entries, in transactions of its own or within one of the caller's. */
interface EntryRecorder<T> {
  record(entries: Incoming<T>[]): Promise<EntryOutcome[]>;
  recordIn(tx: Transaction, entries: Incoming<T>[]): Promise<Recorded>;
}

/** The door of messages that are JSON and hold one entry or many, each of which stands alone. */
export class EntriesDoor<T> implements Door {
  constructor(
    private readonly read: EntryReader<T>,
    private readonly recorder: EntryRecorder<T>,
    private readonly quarantine: QuarantineService,
  ) {}

  async receive(messages: QueueMessage[]): Promise<EntryOutcome[]> {
    const entries: Incoming<T>[] = [];
    for (const { queue, messageId, body, traceparent } of messages) {
      try {
        const message = messageSource(queue, messageId);
        const placeOf = (index: number) => ({ queue, source: entrySource(message, index), traceparent });
        entries.push(...this.entriesOf(body, placeOf));
      } catch (error) {
        // Whatever else a message breaks in its reader is its own fault too: its neighbours go on.
        const detail =
          error instanceof UnreadableMessage ? error.message : 'The message cannot be taken apart';
        await this.quarantine.keepUnreadable({ queue, messageId, body }, 'unreadable', detail);
      }
    }
    return this.recorder.record(entries);
  }

  readAgain({ queue, source, body }: Parked): Recording {
    // What was parked as one entry is still that one.
    const sourceOf = (index: number) => (isEntry(source) ? source : entrySource(source, index));
    try {
      const entries = this.entriesOf(body, (index) => ({ queue, source: sourceOf(index) }));
      return (tx) => this.recorder.recordIn(tx, entries);
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      return endingAs({ outcome: 'refused', reason: 'unreadable', detail: error.message });
    }
  }

  private entriesOf(body: string, placeOf: (index: number) => Place): Incoming<T>[] {
    return this.read(parse(body)).map((entry, index) => ({ ...entry, ...placeOf(index) }));
  }
}

/** Parser messages quote the text, which may hold an address: only the fact is kept. */
function parse(body: string): unknown {
  try {
    return readJson(body);
  } catch {
    throw new UnreadableMessage('The message is not JSON');
  }
}
