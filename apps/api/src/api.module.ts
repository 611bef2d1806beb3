import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { MulterModule } from '@nestjs/platform-express';
import { KeysModule } from '#libs/keys/index.js';
import { BatchService, NotificationsModule, StatusAnswers } from '#libs/notifications/index.js';
import { DatabaseWatch, PlatformModule } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { RouteAccess } from './access/access.js';
import { Admission } from './access/admission.js';
import { FailedKeys } from './access/failed.keys.js';
import { KeyGuard } from './access/key.guard.js';
import { BatchesController } from './batches/batches.controller.js';
import { ImportsController } from './batches/imports.controller.js';
import { BatchMovesController } from './batches/batch-moves.controller.js';
import { CALL_BACKS_CONTROLLERS } from './call-backs/call-backs.controllers.js';
import { DocsController } from './docs/docs.controller.js';
import { HealthController } from './health.controller.js';
import { IdempotentCalls } from './idempotency/idempotent.calls.js';
import { MetricsController } from './metrics.controller.js';
import { NotificationAsks } from './notifications/notification.asks.js';
import { NotificationsController } from './notifications/notifications.controller.js';
import { OPERATE_CONTROLLERS } from './operate/operate.controllers.js';
import { ListUpload } from './on-call/batches/list.upload.js';
import { ON_CALL_CONTROLLERS } from './on-call/on-call.controllers.js';
import { PREVIEW_CONTROLLERS, PREVIEW_PROVIDERS } from './preview/preview.providers.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { QuarantineController } from './operate/quarantine.controller.js';
import { ReceiptsController } from './receipts/receipts.controller.js';
import { SuppressionsController } from './receipts/suppressions.controller.js';
import { BodyReader } from './contract/body.reader.js';
import { RequestValidation } from './contract/request.validation.js';
import { RouteTable } from './problems/route.table.js';
import { AuditController } from './standing/audit.controller.js';
import { RemediationsController } from './standing/remediations.controller.js';
import { ServiceLevelController } from './standing/service-level.controller.js';
import { TimelineController } from './standing/timeline.controller.js';
import { StartController } from './start/start.controller.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { StateApiController } from './returns/state-api.controller.js';
import { StatusController } from './returns/status.controller.js';
import { StatusPlaces } from './returns/status.places.js';
import { StatusStreamController } from './returns/status.stream.controller.js';
import { StatusStreams } from './returns/status.streams.js';
import { StatusWaits } from './returns/status.waiting.js';
import { SubmissionStatusController } from './returns/submission-status.controller.js';
import { SubmissionsController } from './returns/submissions.controller.js';
import { TaxReturnsController } from './returns/tax-returns.controller.js';

/** What is served over HTTP. It commits and queues; it sends nothing to a taxpayer. */
@Module({
  imports: [
    NotificationsModule,
    KeysModule,
    DiscoveryModule,
    MulterModule.registerAsync({
      imports: [NotificationsModule],
      inject: [BatchService],
      useFactory: (batches: BatchService) => ({
        storage: new ListUpload(batches),
        limits: { files: 1, fields: 20, fieldSize: 4 * 1024, parts: 21, fieldNestingDepth: 0 },
      }),
    }),
  ],
  controllers: [
    // What is asked most often comes first: routes are tried one after the other.
    StatusController,
    TaxReturnsController,
    SubmissionsController,
    StatusStreamController,
    StateApiController,
    SubmissionStatusController,
    NotificationsController,
    BatchesController,
    ImportsController,
    BatchMovesController,
    ...CALL_BACKS_CONTROLLERS,
    QuarantineController,
    ReceiptsController,
    SuppressionsController,
    RemediationsController,
    AuditController,
    ServiceLevelController,
    TimelineController,
    ...OPERATE_CONTROLLERS,
    StartController,
    SignInController,
    HealthController,
    MetricsController,
    DocsController,
    ...PREVIEW_CONTROLLERS,
    ...ON_CALL_CONTROLLERS,
  ],
  providers: [
    RouteAccess,
    FailedKeys,
    { provide: APP_GUARD, useClass: KeyGuard },
    DatabaseWatch,
    IdempotentCalls,
    NotificationAsks,
    Admission,
    StatusPlaces,
    StatusStreams,
    StatusWaits,
    StatusAnswers,
    RouteTable,
    ...PREVIEW_PROVIDERS,
    { provide: APP_INTERCEPTOR, useClass: BodyReader },
    { provide: APP_PIPE, useClass: RequestValidation },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class ApiModule {}

/** The API as a process of its own. */
export function apiProcess(settings: Settings): DynamicModule {
  return { module: class ApiProcess {}, imports: [PlatformModule.with(settings), ApiModule] };
}
