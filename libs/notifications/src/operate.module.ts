import { Module } from '@nestjs/common';
import { ObjectStore, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { AuditTrail } from './audit/audit.trail.js';
import { OPERATE_PROVIDERS } from './operate/operate.providers.js';
import { CALL_BACKS_PROVIDERS } from './call-backs/call-backs.providers.js';
import { POLL_PROVIDERS } from './poll/poll.providers.js';
import { QuarantineService } from './quarantine/quarantine.service.js';
import { AccountFallback } from './receipts/account.fallback.js';
import { KeptReceipts } from './receipts/kept.receipts.js';
import { ReceiptIntake } from './receipts/receipt.intake.js';
import { ReceiptLedger } from './receipts/receipt.ledger.js';
import { AddressRehash } from './receipts/address.rehash.js';
import { ReturnAddresses } from './receipts/return.addresses.js';
import { SnsCertificates } from './receipts/sns.certificates.js';
import { SnsOpener } from './receipts/sns.opener.js';
import { Suppressions } from './receipts/suppressions.js';
import { Doors } from './receive/doors.js';
import { ReplayService } from './receive/replay.service.js';
import { BatchAsking } from './batch/batch.asking.js';
import { BatchChecking } from './batch/batch.checking.js';
import { BatchEngine } from './batch/batch.engine.js';
import { BatchFacts } from './batch/batch.facts.js';
import { BatchGlances } from './batch/batch.glances.js';
import { BatchHand } from './batch/batch.hand.js';
import { BatchIntake } from './batch/batch.intake.js';
import { BatchMails } from './batch/batch.mails.js';
import { BatchReader } from './batch/batch.reader.js';
import { BatchRooms } from './batch/batch.room.js';
import { BatchRunning } from './batch/batch.running.js';
import { BatchService } from './batch/batch.service.js';
import { BatchSources } from './batch/batch.sources.js';
import { BatchSteps } from './batch/batch.steps.js';
import { BatchTurns } from './batch/batch.turns.js';
import { DuplicatesStep } from './batch/duplicates.step.js';
import { ObjectArrivals } from './batch/object.arrivals.js';
import { ObjectLists } from './batch/object.lists.js';
import { RemediateStep } from './batch/remediate.step.js';
import { AskedMailService } from './record/asked-mail.service.js';
import { ConfirmationService } from './record/confirmation.service.js';
import { BackfillService } from './remediate/backfill.service.js';
import { DuplicateService } from './remediate/duplicate.service.js';
import { RemediationService } from './remediate/remediation.service.js';
import { NotificationRequests } from './request/notification.requests.js';
import { ReturnChanges } from './returns/return.changes.js';
import { ReturnNews } from './returns/return.news.js';
import { ReturnStore } from './returns/return.store.js';
import { ReturnWatch } from './returns/return.watch.js';
import { ReturnWrites } from './returns/return.writes.js';
import { RETURN_XML_STORE, ReturnXml } from './returns/return.xml.js';
import { SharedStatuses } from './returns/shared.statuses.js';
import { StatusService } from './returns/status.service.js';
import { StatusTrust } from './returns/status.trust.js';
import { SubmissionService } from './returns/submission.service.js';
import { Addressee } from './send/addressee.js';
import { SeenClaims } from './send/seen.claims.js';
import { registerSendQueues, SendQueue } from './send/send.queue.js';
import { UrgentFirst } from './send/urgent.first.js';
import { MailSearch } from './standing/mail.search.js';
import { RowCounts } from './standing/row.counts.js';
import { StandingService } from './standing/standing.service.js';
import { WATCH_PROVIDERS } from './watch/watch.providers.js';

/** In the order of the floors. */
const providers = [
  ...WATCH_PROVIDERS,
  ...OPERATE_PROVIDERS,
  Doors,
  ReplayService,
  BatchAsking,
  BatchChecking,
  BatchEngine,
  BatchFacts,
  BatchGlances,
  BatchHand,
  BatchIntake,
  BatchMails,
  BatchReader,
  BatchRooms,
  BatchRunning,
  BatchService,
  BatchSources,
  BatchSteps,
  BatchTurns,
  DuplicatesStep,
  ObjectArrivals,
  ObjectLists,
  RemediateStep,
  {
    provide: ObjectStore,
    inject: [SETTINGS],
    useFactory: (settings: Settings) =>
      new ObjectStore(settings, { name: settings.BATCH_BUCKET, setting: 'BATCH_BUCKET' }),
  },
  AskedMailService,
  ConfirmationService,
  NotificationRequests,
  Addressee,
  SeenClaims,
  SendQueue,
  UrgentFirst,
  AccountFallback,
  KeptReceipts,
  ReceiptIntake,
  ReceiptLedger,
  AddressRehash,
  ReturnAddresses,
  SnsCertificates,
  SnsOpener,
  Suppressions,
  BackfillService,
  DuplicateService,
  RemediationService,
  ...POLL_PROVIDERS,
  ...CALL_BACKS_PROVIDERS,
  ReturnChanges,
  ReturnNews,
  ReturnStore,
  ReturnWatch,
  ReturnWrites,
  ReturnXml,
  RETURN_XML_STORE,
  SharedStatuses,
  StatusService,
  StatusTrust,
  SubmissionService,
  MailSearch,
  RowCounts,
  StandingService,
  AuditTrail,
  QuarantineService,
];

/** What a person may do, without what sends: no relay, no templates. For the terminal, and as the ground of the whole service. */
@Module({ imports: [registerSendQueues()], providers, exports: providers })
export class OperateModule {}
