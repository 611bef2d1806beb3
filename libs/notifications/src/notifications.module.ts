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
import { RelayUseService } from './send/relay.use.service.js';
import { Relays } from './send/relays.js';
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
    RelayUseService,
    { provide: Relays, inject: [SETTINGS], useFactory: relays },
    { provide: TemplateArchive, inject: [PrismaService, TemplateCatalogue], useFactory: archive },
  ],
  exports: [OperateModule, ApproveModule, ...doors, TemplateArchive],
})
export class NotificationsModule implements OnApplicationShutdown {
  constructor(private readonly relays: Relays) {}

  /** After the workers, which are closed before this by their processors. */
  onApplicationShutdown(): void {
    this.relays.close();
  }
}

function relays({ SMTP_URL, SMTP_SECOND_URL, ...settings }: Settings): Relays {
  const mailerTo = (url: string) =>
    new Mailer({
      url,
      from: settings.MAIL_FROM,
      connections: settings.SMTP_CONNECTIONS,
      timeout: settings.SMTP_TIMEOUT,
    });
  return new Relays(mailerTo(SMTP_URL), SMTP_SECOND_URL ? mailerTo(SMTP_SECOND_URL) : undefined);
}

/** Kept before anything can be rendered: workers begin when all providers are there. */
async function archive(prisma: PrismaService, templates: TemplateCatalogue): Promise<TemplateArchive> {
  const kept = new TemplateArchive(prisma, templates);
  await kept.keep();
  return kept;
}
