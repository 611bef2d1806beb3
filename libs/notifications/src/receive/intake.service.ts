import { Injectable } from '@nestjs/common';
import type { QueueMessage } from '#libs/platform/index.js';
import { ConfirmationService } from '../record/confirmation.service.js';
import type { EntryOutcome, ReadEntry, StatusEntry } from '../terms/entries.js';
import { isDirectFileMessage, openEnvelope, readDirectFileStatus } from './direct-file.message.js';
import { entrySource, messageSource, QuarantineService } from '../quarantine/quarantine.service.js';
import { AskedMailService } from '../record/asked-mail.service.js';
import { readSendMail } from './send-mail.message.js';
import { readNativeEntries } from './status.message.js';
import { UnreadableMessage } from '../terms/entries.js';

/** Where queue messages come in: read, or quarantined with the reason. When it returns, they are safe. */
@Injectable()
export class IntakeService {
  constructor(
    private readonly confirmations: ConfirmationService,
    private readonly mails: AskedMailService,
    private readonly quarantine: QuarantineService,
  ) {}

  /** Native and Direct File's confirmations and status changes. */
  async receiveStatus(messages: QueueMessage[]): Promise<EntryOutcome[]> {
    return this.confirmations.confirm(await this.read(messages, readStatus));
  }

  /** Direct File's send-mail messages. */
  async receiveSendMail(messages: QueueMessage[]): Promise<EntryOutcome[]> {
    return this.mails.accept(await this.read(messages, readSendMail));
  }

  private async read<T>(messages: QueueMessage[], reader: (document: unknown) => ReadEntry<T>[]) {
    const entries: (ReadEntry<T> & { queue: string; source: string })[] = [];
    for (const { queue, messageId, body } of messages) {
      try {
        entries.push(
          ...reader(parse(body)).map((entry, index) => ({
            ...entry,
            queue,
            source: entrySource(messageSource(queue, messageId), index),
          })),
        );
      } catch (error) {
        // Whatever else a message breaks in its reader is its own fault too: its neighbours go on.
        const detail =
          error instanceof UnreadableMessage ? error.message : 'The message cannot be taken apart';
        await this.quarantine.keepUnreadable({ queue, messageId, body }, 'unreadable', detail);
      }
    }
    return entries;
  }
}

/** Reads a status message in any of its formats. */
export function readStatus(document: unknown): ReadEntry<StatusEntry>[] {
  if (isDirectFileMessage(document)) return readDirectFileStatus(openEnvelope(document));
  if (typeof document !== 'object' || document === null)
    throw new UnreadableMessage('The message is not an object or a list');
  return readNativeEntries(document);
}

/** Parser messages quote the text, which may hold an address: only the fact is kept. */
export function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new UnreadableMessage('The message is not JSON');
  }
}
