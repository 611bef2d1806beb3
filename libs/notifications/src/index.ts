// What doors and tests use, folder by folder, in the order of the floors.
export { ApproveModule } from './approve.module.js';
export { NotificationsModule } from './notifications.module.js';
export { OperateModule } from './operate.module.js';

export { AlarmService } from './watch/alarm.service.js';
export type { Alarm } from './watch/alarm.service.js';
export { GuardPauses } from './watch/guards/guard.pauses.js';
export type { GuardPause } from './watch/guards/guard.pauses.js';
export { saidOfGuard } from './watch/guards/guard.words.js';
export { Guards } from './watch/guards/guards.js';
export type { Instruments } from './watch/metrics/instruments.js';
export { Metrics } from './watch/metrics/metrics.js';
export { OutgoingService } from './watch/outgoing.service.js';
export type { IllOfTwo, IllRelay, LateMails, Outgoing } from './watch/outgoing.service.js';
export { MOST_WAITING } from './watch/outgoing.statements.js';
export { saidOfLate, saidOfRelay, saidOfTwo } from './watch/outgoing.words.js';
export { OverTimeService } from './watch/over.time.service.js';
export type { OverTime, Stretch } from './watch/over.time.service.js';
export { ServiceLevelCounting } from './watch/service-level/service-level.counting.js';
export {
  dayOf,
  daysBack,
  daysFrom,
  LEVEL_SPANS,
  MOST_DAYS,
  ServiceLevelService,
} from './watch/service-level/service-level.service.js';
export type {
  LevelSpan,
  ServiceLevel,
  ServiceLevelLook,
  ServiceLevelOfDay,
} from './watch/service-level/service-level.service.js';
export { BECAME_OF_DAY } from './watch/service-level/service-level.statements.js';
export { meetsAim, shareWords, waitWords } from './watch/service-level/service-level.words.js';
export { WatchService } from './watch/watch.service.js';
export type { NeedGroup, NeedyMail, ParkedGroup } from './watch/watch.service.js';

export { ErasureService } from './operate/erasure.service.js';
export type { Erased } from './operate/erasure.service.js';
export { KeyActions } from './operate/key.actions.js';
export { ImportReport } from './operate/import/import.report.js';
export type { ImportedRows } from './operate/import/import.report.js';
export { importedWords, isNotStored, isToBeMended } from './operate/import/import.words.js';
export { ListsService } from './operate/lists.service.js';
export { saidOf } from './operate/need.words.js';
export { NOTABLE, NoteService } from './operate/note.service.js';
export type { Notable, Note, Noted } from './operate/note.service.js';
export { parkedTodo } from './operate/quarantine.words.js';
export { PauseService } from './operate/pause.service.js';
export type { Pause } from './operate/pause.service.js';
export { QuarantineDismissals } from './operate/quarantine.dismissals.js';
export { DEFAULT_REPLAY_CAP, QuarantineReplays } from './operate/quarantine.replays.js';
export type { ReplayResult } from './operate/quarantine.replays.js';
export { LEFT_OUT_WORDS, OVERRIDABLE } from './operate/resend/resend.rules.js';
export type { LeftOut, Overridable } from './operate/resend/resend.rules.js';
export { DEFAULT_CAP, refuseSendsAbove, ResendService } from './operate/resend/resend.service.js';
export type { ManyOrder } from './operate/resend/resend.lists.js';
export { MOST_AT_ONCE } from './operate/many.js';
export { ReplayLists } from './operate/replay.lists.js';
export { ResendLists } from './operate/resend/resend.lists.js';
export type { LeftOutGroup, ResendCounts, SampleMail } from './operate/resend/resend.tally.js';
export { RESOLUTIONS, ResolutionService } from './operate/resolution.service.js';
export type { WhyMail } from './operate/why/why.mail.js';
export { receiptWords } from './operate/why/why.receipts.js';
export { UnreachableService } from './operate/unreachable/unreachable.service.js';
export { unknownWords } from './operate/unreachable/unreachable.words.js';
export type { UnreachableCount, UnreachableMail } from './operate/unreachable/unreachable.service.js';
export { WhyService } from './operate/why/why.service.js';
export type { Why, WhyMoment } from './operate/why/why.service.js';
export { eventSentence, fallbackSentence } from './operate/why/why.words.js';

export {
  RegistrationService,
  RegistrationConflict,
  UnknownTaxReturn,
} from './receive/registration.service.js';
export { Doors } from './receive/doors.js';
export { MESSAGES, messageSchema } from './receive/message.schemas.js';
export { AskReader, notificationAsk, templateName } from './receive/notification.ask.js';
export { ReplayService } from './receive/replay.service.js';
export { readNativeEntries, submissionStatusMessage } from './receive/status.message.js';

export { BATCH_ACTIONS, isBatchAction, isStep, subjectOf } from './batch/batch.actions.js';
export type { BatchAction } from './batch/batch.actions.js';
export { BatchApproval } from './batch/batch.approval.js';
export { batchAsk, hasItsState, NEEDS_STATE } from './batch/batch.ask.js';
export { BatchEngine } from './batch/batch.engine.js';
export { BatchHand } from './batch/batch.hand.js';
export { batchFilter } from './batch/batch.filter.js';
export type { BatchFilter } from './batch/batch.filter.js';
export { BatchGlances } from './batch/batch.glances.js';
export type { MailGlance, OddRow, WaitingBatches } from './batch/batch.glances.js';
export { CHECKED_OUTCOMES, leftToRun } from './batch/batch.outcome.js';
export type { MailCounts, RowOutcome } from './batch/batch.outcome.js';
export { refuseRowsAbove } from './batch/batch.move.rules.js';
export type { BatchMove, Moved, PlainMove } from './batch/batch.move.rules.js';
export { BatchReader, RowsRemoved } from './batch/batch.reader.js';
export type { FaultyRow } from './batch/batch.reader.js';
export { brokenOff, ListRefused } from './batch/batch.refused.js';
export { BatchRetention } from './batch/batch.retention.js';
export { BatchSamples } from './batch/batch.samples.js';
export type { BatchSample, ShownBatch } from './batch/batch.samples.js';
export { BatchService } from './batch/batch.service.js';
export type { BatchAsk } from './batch/batch.service.js';
export { BATCH_STATES } from './batch/batch.state.js';
export type { BatchState } from './batch/batch.state.js';
export { whyItFails } from './batch/batch.turns.js';
export type { SeenBatch } from './batch/batch.view.js';
export {
  DRY_RUN,
  MAIL_WORDS,
  noSampleWords,
  OUTCOME_WORDS,
  outcomeWords,
  ROWS_REMOVED,
  standingWords,
  STATE_WORDS,
  stateWords,
} from './batch/batch.words.js';
export { csvRows, rowsOf } from './batch/csv.list.js';
export type { ListRow, SubjectKind } from './batch/list.row.js';
export { textOf } from './batch/list.text.js';
export { partsOf as objectPartsOf } from './batch/object.name.js';
export { ObjectPolling } from './batch/object.polling.js';
export { ObjectResults } from './batch/object.results.js';

export { MailErased, PastMailService } from './show/past-mail.service.js';
export type { PastMail } from './show/past-mail.service.js';
export { TestMailRefused, TestMailService } from './show/test-mail.service.js';
export type { TestMail } from './show/test-mail.service.js';
export { TimelineService } from './show/timeline.service.js';

export { ConfirmationService } from './record/confirmation.service.js';

export type { AskedMail } from './request/mail.asks.js';
export { NotificationService } from './request/notification.service.js';

export { Retention } from './retain/retention.service.js';
export type { Retained } from './retain/retention.service.js';

export { LANE_QUEUES, SendQueue } from './send/send.queue.js';
export { UrgentFirst } from './send/urgent.first.js';
export type { RelayLimits, SendJob } from './send/send.queue.js';
export { SendService } from './send/send.service.js';
export { SweepService } from './send/sweep.service.js';

export { AddressRehash } from './receipts/address.rehash.js';
export type { Rehashed } from './receipts/address.rehash.js';
export { KeptReceipts } from './receipts/kept.receipts.js';
export type { KeptReceipt } from './receipts/kept.receipts.js';
export { ReceiptIntake } from './receipts/receipt.intake.js';
export { ReturnAddresses } from './receipts/return.addresses.js';
export { SUPPRESSION_REASONS, Suppressions } from './receipts/suppressions.js';

export { BACKFILL_OUTCOMES, BackfillService } from './remediate/backfill.service.js';
export type { BackfillAsked, BackfillOutcome } from './remediate/backfill.service.js';
export { DuplicateService } from './remediate/duplicate.service.js';
export { RemediationService } from './remediate/remediation.service.js';

export { PlainCodes } from './returns/plain.codes.js';
export { ReturnChanges } from './returns/return.changes.js';
export type { ReturnChange } from './returns/return.changes.js';
export { ReturnNews } from './returns/return.news.js';
export type { NewsReader } from './returns/return.news.js';
export { ReturnWatch } from './returns/return.watch.js';
export { ReturnWrites } from './returns/return.writes.js';
export type { StatusValue } from './returns/return.status.js';
export type { KeptStatus } from './returns/kept.status.js';
export { SharedStatuses } from './returns/shared.statuses.js';
export { StatusAnswers, StatusUnavailable } from './returns/status.answers.js';
export { StatusService } from './returns/status.service.js';
export type { KnownStatus, Revision } from './returns/status.service.js';
export { NotExportable, NoXml, ReturnXml } from './returns/return.xml.js';
export { SubmissionService } from './returns/submission.service.js';

export { AcknowledgementPolls, BackupPolls } from './poll/poll.service.js';
export type { PollTally } from './poll/poll.tally.js';
export { nextUndecided } from './poll/undecided.js';

export { CALL_REASONS, CALL_WORDS } from './call-backs/call-back.answer.js';
export { CallBackEngine } from './call-backs/call-back.engine.js';
export { CallBackLooks } from './call-backs/call-back.looks.js';
export type { SeenAside, SeenCallBack } from './call-backs/call-back.looks.js';
export { CallBacks } from './call-backs/call-backs.service.js';
export { EventFeed } from './call-backs/event.feed.js';
export { BEGINNING, cursorOf as feedCursorOf, placeOf } from './call-backs/feed.place.js';
export type { FeedPlace } from './call-backs/feed.place.js';

export { BECAME } from './standing/became.js';
export type { Became } from './standing/became.js';
export { deliveredOf, isDuplicate, isRemediated } from './standing/delivered.js';
export type { DeliveryFacts } from './standing/delivered.js';
export { countsWithoutReceipt, LISTED_SCOPES } from './standing/delivered.sql.js';
export type { ListedScope } from './standing/delivered.sql.js';
export type { MailFilter } from './standing/mail.filter.js';
export { needOf, needReasonOf, NEEDS } from './standing/need.js';
export type { Need } from './standing/need.js';
export { LASTS } from './standing/span.js';
export type { Last } from './standing/span.js';
export { factsOfDelivery, StandingService } from './standing/standing.service.js';
export type {
  Audit,
  ScopedSubmission,
  StandingCounts,
  StandingSubmission,
} from './standing/standing.service.js';
export { ADDRESS_OWNERS } from './standing/unreachable.js';
export { standingOf, STANDINGS } from './standing/told.js';
export type { Standing } from './standing/told.js';

export { counted, wordsFor } from './terms/counted.js';
export type { Wording } from './terms/counted.js';
export { OUTCOMES } from './terms/entries.js';
export type { EntryOutcome } from './terms/entries.js';
export { emailAddress, foreignId, languageTag, rejectionCode, soughtText } from './terms/fields.js';
export { happenedAt, instant } from './terms/instants.js';
export { LANES, PAUSABLE, templateByName, TEMPLATES } from './terms/mail.kinds.js';
export type { Lane, Pausable } from './terms/mail.kinds.js';

export { AUDIT_ACTIONS, AUDIT_KINDS, AuditTrail } from './audit/audit.trail.js';
export { ActionRefused, NothingToActOn } from './audit/refusal.js';

export type { QuarantineFilter } from './quarantine/quarantine.filter.js';
export { QuarantineService } from './quarantine/quarantine.service.js';
export { entrySource, HTTP_DOOR, messageSource } from './quarantine/entry.source.js';
