import { Inject, Injectable } from '@nestjs/common';
import { QUEUES, SETTINGS } from '#libs/platform/index.js';
import type { QueueSetting, Settings } from '#libs/platform/index.js';
import { ObjectArrivals } from '../batch/object.arrivals.js';
import { QuarantineService } from '../quarantine/quarantine.service.js';
import { HTTP_DOOR } from '../quarantine/entry.source.js';
import { ReceiptIntake } from '../receipts/receipt.intake.js';
import { AskedMailService } from '../record/asked-mail.service.js';
import { ConfirmationService } from '../record/confirmation.service.js';
import type { Door } from './door.js';
import { EntriesDoor } from './entries.door.js';
import { readObjectNews } from './object.message.js';
import { readSendMail } from './send-mail.message.js';
import { readStatus } from './status.message.js';

/** Which queue goes through which door: whether a worker listens to it, or what came on it is replayed. */
@Injectable()
export class Doors {
  /** A row for each queue; the compiler asks for one where a setting names a new queue. */
  private readonly byQueue: Record<QueueSetting, Door>;
  private readonly byName: Map<string, Door>;

  constructor(
    confirmations: ConfirmationService,
    mails: AskedMailService,
    receipts: ReceiptIntake,
    objects: ObjectArrivals,
    quarantine: QuarantineService,
    @Inject(SETTINGS) settings: Pick<Settings, QueueSetting>,
  ) {
    const statuses = new EntriesDoor(
      readStatus,
      {
        record: (entries) => confirmations.confirm(entries),
        recordIn: (tx, entries) => confirmations.confirmIn(tx, entries),
      },
      quarantine,
    );
    const askedMails = new EntriesDoor(
      readSendMail,
      {
        record: (entries) => mails.accept(entries),
        recordIn: (tx, entries) => mails.acceptIn(tx, entries),
      },
      quarantine,
    );
    this.byQueue = {
      CONFIRMATION_QUEUE: statuses,
      STATUS_CHANGE_QUEUE: statuses,
      SEND_MAIL_QUEUE: askedMails,
      MAIL_RECEIPTS_QUEUE: doorOfReceipts(receipts),
      JOB_FILES_QUEUE: new EntriesDoor(readObjectNews, objects, quarantine),
    };
    this.byName = new Map([
      ...QUEUES.map((queue): [string, Door] => [settings[queue], this.byQueue[queue]]),
      // Only statuses are parked of what comes over HTTP by entries.
      [HTTP_DOOR, statuses],
    ]);
  }

  /** The door of a queue. */
  at(queue: QueueSetting): Door {
    return this.byQueue[queue];
  }

  /** The queues that have a door, as they are called now, and HTTP. */
  names(): string[] {
    return [...this.byName.keys()];
  }

  /** The door of what once came on a queue of this name, or over HTTP. Undefined where nothing here reads such a queue. */
  named(queue: string): Door | undefined {
    return this.byName.get(queue);
  }
}

/** A receipt is no list of entries, and to read it may take a look at SNS. */
function doorOfReceipts(receipts: ReceiptIntake): Door {
  return {
    receive: (messages) => receipts.receive(messages),
    readAgain: async (parked) => {
      const document = await receipts.read(parked.body);
      return (tx) => receipts.takeIn(tx, parked, document);
    },
  };
}
