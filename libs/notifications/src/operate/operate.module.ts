import { Module } from '@nestjs/common';
import { AuditTrail } from '../audit/audit.trail.js';
import { POLL_DOORS, POLL_PARTS } from '../poll/poll.providers.js';
import { QuarantineService } from '../quarantine/quarantine.service.js';
import { KeptReceipts } from '../receipts/kept.receipts.js';
import { ReceiptIntake } from '../receipts/receipt.intake.js';
import { ReceiptLedger } from '../receipts/receipt.ledger.js';
import { SnsCertificates } from '../receipts/sns.certificates.js';
import { SnsDoor } from '../receipts/sns.door.js';
import { Suppressions } from '../receipts/suppressions.js';
import { ReplayService } from '../receive/replay.service.js';
import { ConfirmationService } from '../record/confirmation.service.js';
import { ReturnStore } from '../returns/return.store.js';
import { SubmissionService } from '../returns/submission.service.js';
import { BackfillService } from '../remediate/backfill.service.js';
import { DuplicateService } from '../remediate/duplicate.service.js';
import { RemediationService } from '../remediate/remediation.service.js';
import { NotificationRequests } from '../request/notification.requests.js';
import { AskedMailService } from '../record/asked-mail.service.js';
import { registerSendQueues, SendQueue } from '../send/send.queue.js';
import { Addressee } from '../send/addressee.js';
import { MailSearch } from '../standing/mail.search.js';
import { RowCounts } from '../standing/row.counts.js';
import { StandingService } from '../standing/standing.service.js';
import { WATCH_DOORS } from '../watch/watch.providers.js';
import { OPERATE_DOORS, OPERATE_PARTS } from './operate.providers.js';

const doors = [
  ...OPERATE_DOORS,
  ...POLL_DOORS,
  ...WATCH_DOORS,
  AuditTrail,
  BackfillService,
  DuplicateService,
  QuarantineService,
  RemediationService,
  StandingService,
  SubmissionService,
  Suppressions,
];

/** What a person may do, without what sends: no relay, no templates. For the terminal. */
@Module({
  imports: [registerSendQueues()],
  providers: [
    ...doors,
    ...OPERATE_PARTS,
    ...POLL_PARTS,
    Addressee,
    ConfirmationService,
    KeptReceipts,
    MailSearch,
    NotificationRequests,
    ReceiptIntake,
    ReceiptLedger,
    ReplayService,
    ReturnStore,
    RowCounts,
    AskedMailService,
    SendQueue,
    SnsCertificates,
    SnsDoor,
  ],
  exports: doors,
})
export class OperateModule {}
