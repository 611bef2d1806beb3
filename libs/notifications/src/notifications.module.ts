import { Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Mailer, TemplateArchive, TemplateCatalogue, TemplateError } from '#libs/email/index.js';
import { PrismaService, SETTINGS, StartError } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { AuditTrail } from './audit/audit.trail.js';
import { Addressee } from './send/addressee.js';
import { ConfirmationService } from './record/confirmation.service.js';
import { DirectoryService } from './receive/directory.service.js';
import { IntakeService } from './receive/intake.service.js';
import { NotificationRequests } from './request/notification.requests.js';
import { NotificationService } from './request/notification.service.js';
import { NotificationStates } from './send/notification.state.js';
import { OPERATE_DOORS, OPERATE_PARTS } from './operate/operate.providers.js';
import { POLL_DOORS, POLL_PARTS } from './poll/poll.providers.js';
import { QuarantineService } from './quarantine/quarantine.service.js';
import { KeptReceipts } from './receipts/kept.receipts.js';
import { ReceiptIntake } from './receipts/receipt.intake.js';
import { ReceiptLedger } from './receipts/receipt.ledger.js';
import { SnsCertificates } from './receipts/sns.certificates.js';
import { SnsDoor } from './receipts/sns.door.js';
import { Suppressions } from './receipts/suppressions.js';
import { ReplayService } from './receive/replay.service.js';
import { ReturnStore } from './returns/return.store.js';
import { registerSendQueues, SendQueue } from './send/send.queue.js';
import { AskedMailService } from './record/asked-mail.service.js';
import { SendService } from './send/send.service.js';
import { SubmissionService } from './returns/submission.service.js';
import { SweepService } from './send/sweep.service.js';
import { BackfillService } from './remediate/backfill.service.js';
import { DuplicateService } from './remediate/duplicate.service.js';
import { RemediationService } from './remediate/remediation.service.js';
import { MailSearch } from './standing/mail.search.js';
import { RowCounts } from './standing/row.counts.js';
import { StandingService } from './standing/standing.service.js';
import { PastMailService } from './show/past-mail.service.js';
import { TestMailService } from './show/test-mail.service.js';
import { TimelineService } from './show/timeline.service.js';
import { WATCH_DOORS } from './watch/watch.providers.js';

const doors = [
  AuditTrail,
  BackfillService,
  ConfirmationService,
  DirectoryService,
  DuplicateService,
  IntakeService,
  KeptReceipts,
  NotificationService,
  PastMailService,
  QuarantineService,
  ReceiptIntake,
  RemediationService,
  ReplayService,
  SendService,
  StandingService,
  SubmissionService,
  Suppressions,
  SweepService,
  TestMailService,
  TimelineService,
  ...OPERATE_DOORS,
  ...POLL_DOORS,
  ...WATCH_DOORS,
];

/** The domain: what is owed to whom, once, and what became of it. */
@Module({
  imports: [registerSendQueues()],
  providers: [
    ...doors,
    Addressee,
    MailSearch,
    NotificationRequests,
    NotificationStates,
    ReceiptLedger,
    ReturnStore,
    RowCounts,
    AskedMailService,
    SendQueue,
    SnsCertificates,
    SnsDoor,
    ...OPERATE_PARTS,
    ...POLL_PARTS,
    { provide: Mailer, inject: [SETTINGS], useFactory: mailer },
    { provide: TemplateCatalogue, inject: [SETTINGS], useFactory: catalogue },
    { provide: TemplateArchive, inject: [PrismaService, TemplateCatalogue], useFactory: archive },
  ],
  exports: [...doors, SendQueue, TemplateArchive, TemplateCatalogue],
})
export class NotificationsModule implements OnApplicationShutdown {
  constructor(private readonly mailer: Mailer) {}

  /** After the workers, which are closed before this by their processors. */
  onApplicationShutdown(): void {
    this.mailer.close();
  }
}

function mailer(settings: Settings): Mailer {
  return new Mailer({
    url: settings.SMTP_URL,
    from: settings.MAIL_FROM,
    connections: settings.SMTP_CONNECTIONS,
    timeout: settings.SMTP_TIMEOUT,
  });
}

async function catalogue(settings: Settings): Promise<TemplateCatalogue> {
  const site = { name: settings.SITE_NAME, url: settings.SITE_URL, helpUrl: settings.HELP_URL };
  try {
    return await TemplateCatalogue.load(settings.TEMPLATES_DIR, site);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new StartError([`TEMPLATES_DIR (${settings.TEMPLATES_DIR}): ${error.message}`]);
  }
}

/** Kept before anything can be rendered: workers begin when all providers are there. */
async function archive(prisma: PrismaService, templates: TemplateCatalogue): Promise<TemplateArchive> {
  const kept = new TemplateArchive(prisma, templates);
  await kept.keep();
  return kept;
}
