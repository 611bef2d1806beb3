import { Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Mailer, TemplateArchive, TemplateCatalogue } from '#libs/email/index.js';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { BatchRetention } from './batch/batch.retention.js';
import { ObjectPolling } from './batch/object.polling.js';
import { ObjectResults } from './batch/object.results.js';
import { RegistrationService } from './receive/registration.service.js';
import { AskReader } from './receive/notification.ask.js';
import { NotificationService } from './request/notification.service.js';
import { ApproveModule } from './approve.module.js';
import { OperateModule } from './operate.module.js';
import { Retention } from './retain/retention.service.js';
import { NotificationWrites } from './send/notification.writes.js';
import { SendService } from './send/send.service.js';
import { SweepService } from './send/sweep.service.js';
import { PastMailService } from './show/past-mail.service.js';
import { TestMailService } from './show/test-mail.service.js';
import { TimelineService } from './show/timeline.service.js';

const doors = [
  AskReader,
  BatchRetention,
  RegistrationService,
  NotificationService,
  ObjectPolling,
  ObjectResults,
  PastMailService,
  Retention,
  SendService,
  SweepService,
  TestMailService,
  TimelineService,
];

/** The domain: what is owed to whom, once, and what became of it. */
@Module({
  imports: [OperateModule, ApproveModule],
  providers: [
    ...doors,
    NotificationWrites,
    { provide: Mailer, inject: [SETTINGS], useFactory: mailer },
    { provide: TemplateArchive, inject: [PrismaService, TemplateCatalogue], useFactory: archive },
  ],
  exports: [OperateModule, ApproveModule, ...doors, TemplateArchive],
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

/** Kept before anything can be rendered: workers begin when all providers are there. */
async function archive(prisma: PrismaService, templates: TemplateCatalogue): Promise<TemplateArchive> {
  const kept = new TemplateArchive(prisma, templates);
  await kept.keep();
  return kept;
}
