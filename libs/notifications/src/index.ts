export { AuditTrail } from './audit/audit.trail.js';
export { AUDIT_ACTIONS, AUDIT_KINDS } from './audit/audit.trail.js';
export type { Acting, AuditAction, AuditKind, AuditRecord } from './audit/audit.trail.js';
export { BACKFILL_OUTCOMES, BackfillService } from './remediate/backfill.service.js';
export type { BackfillAsked, BackfillOutcome } from './remediate/backfill.service.js';
export { DuplicateService } from './remediate/duplicate.service.js';
export { RemediationService } from './remediate/remediation.service.js';
export type { RemediationAsked } from './remediate/remediation.service.js';
export { deliveredOf, isDuplicate, isRemediated } from './standing/delivered.js';
export { countsWithoutReceipt, LISTED_SCOPES } from './standing/delivered.sql.js';
export type { ListedScope } from './standing/delivered.sql.js';
export type { DeliveryFacts } from './standing/delivered.js';
export { factsOfDelivery, StandingService } from './standing/standing.service.js';
export type {
  Audit,
  ScopedSubmission,
  StandingCounts,
  StandingSubmission,
} from './standing/standing.service.js';
export { TimelineService } from './show/timeline.service.js';
export type { TimelineItem } from './show/timeline.service.js';
export { ConfirmationService } from './record/confirmation.service.js';
export { OUTCOMES } from './terms/entries.js';
export type { EntryOutcome } from './terms/entries.js';
export type { IncomingEntry } from './record/confirmation.service.js';
export { DirectoryService, RegistrationConflict, UnknownTaxReturn } from './record/directory.service.js';
export { MESSAGES, messageSchema } from './receive/message.schemas.js';
export { IntakeService } from './receive/intake.service.js';
export { NotificationService } from './request/notification.service.js';
export type { AskedBy, NotificationAsked } from './request/notification.service.js';
export type { Lane } from './terms/mail.kinds.js';
export { LANES, templateByName, TEMPLATES, wireNameOf } from './terms/mail.kinds.js';
export { NotificationsModule } from './notifications.module.js';
export { PollService } from './poll/poll.service.js';
export { nextUndecided } from './poll/undecided.js';
export type { PollTally } from './poll/poll.tally.js';
export { entrySource, HTTP_DOOR, messageSource, QuarantineService } from './receive/quarantine.service.js';
export { ReceiptIntake } from './receipts/receipt.intake.js';
export { SUPPRESSION_REASONS, Suppressions } from './receipts/suppressions.js';
export { ReplayService } from './receive/replay.service.js';
export { LANE_QUEUES, SendQueue } from './send/send.queue.js';
export type { RelayLimits, SendJob } from './send/send.queue.js';
export { emailAddress } from './terms/fields.js';
export { SendService } from './send/send.service.js';
export { foreignId, instant, languageTag, rejectionCode } from './terms/fields.js';
export { readNativeEntries, submissionStatusMessage } from './receive/status.message.js';
export { SubmissionService } from './returns/submission.service.js';
export { SweepService } from './send/sweep.service.js';
export { STANDINGS, standingOf } from './standing/told.js';
export type { Standing } from './standing/told.js';
export { postalCodeOf } from './terms/state.code.js';
export { PastMailService } from './show/past-mail.service.js';
export type { PastMail } from './show/past-mail.service.js';
export { TestMailRefused, TestMailService } from './show/test-mail.service.js';
export type { TestMail } from './show/test-mail.service.js';
export { DEFAULT_CAP, refuseSendsAbove, ResendService } from './operate/resend/resend.service.js';
export type { ResendOrder } from './operate/resend/resend.step.js';
export { LEFT_OUT_WORDS, OVERRIDABLE } from './operate/resend/resend.rules.js';
export type { LeftOut, Overridable } from './operate/resend/resend.rules.js';
export type { LeftOutGroup, ResendCounts, SampleMail } from './operate/resend/resend.tally.js';
export { RESOLUTIONS, ResolutionService } from './operate/resolution.service.js';
export type { Resolution, ResolveOrder } from './operate/resolution.service.js';
export type { MailFilter } from './standing/mail.filter.js';
export { NOTABLE, NoteService } from './operate/note.service.js';
export type { Notable, Note, Noted } from './operate/note.service.js';
export { PAUSABLE, PauseService } from './operate/pause.service.js';
export type { Pausable, Pause } from './operate/pause.service.js';
export { QuarantineDismissals } from './operate/quarantine.dismissals.js';
export { DEFAULT_REPLAY_CAP, QuarantineReplays } from './operate/quarantine.replays.js';
export type {
  QuarantineFilter,
  ReplayOrder,
  ReplayPlan,
  ReplayResult,
} from './operate/quarantine.replays.js';
export { ListsService } from './operate/lists.service.js';
export { REASON_WORDS, wordsFor } from './operate/reason.words.js';
export type { ReasonWords } from './operate/reason.words.js';
export { KeyActions } from './operate/key.actions.js';
export { ActionRefused, NothingToActOn } from './audit/refusal.js';
export { eventSentence } from './operate/why/why.words.js';
export { receiptWords } from './operate/why/why.receipts.js';
export { KeptReceipts } from './receipts/kept.receipts.js';
export type { KeptReceipt } from './receipts/kept.receipts.js';
export { WhyService } from './operate/why/why.service.js';
export type { Why, WhyMoment } from './operate/why/why.service.js';
export type { WhyMail } from './operate/why/why.mail.js';
export { OperateModule } from './operate/operate.module.js';
export { NEEDS, needOf, needReasonOf } from './standing/need.js';
export type { Need } from './standing/need.js';
export { saidOf } from './operate/need.words.js';
export { parkedTodo } from './operate/parked.words.js';
export { AlarmService } from './watch/alarm.service.js';
export type { Alarm } from './watch/alarm.service.js';
export { OverTimeService } from './watch/over.time.service.js';
export type { Stretch } from './watch/over.time.service.js';
export { LASTS, spanOf } from './standing/span.js';
export type { Last, Span } from './standing/span.js';
export { WatchService } from './watch/watch.service.js';
export type { NeedGroup, NeedyMail, ParkedGroup } from './watch/watch.service.js';
