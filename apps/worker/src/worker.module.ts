import { SQSClient } from '@aws-sdk/client-sqs';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { NotificationsModule } from '#libs/notifications/index.js';
import { PlatformModule, SETTINGS, sqsClient } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { AlarmTimer } from './alarm.timer.js';
import { BatchRetentionTimer } from './batch-retention.timer.js';
import { BatchTimer } from './batch.timer.js';
import { CallBackTimer } from './call-back.timer.js';
import { GuardTimer } from './guard.timer.js';
import { MetricsServer } from './metrics.server.js';
import { ObjectPollTimer, ObjectResultsTimer } from './object.timers.js';
import { PollTimer } from './poll.timer.js';
import { QueueGauges } from './queue.gauges.js';
import { QueueListeners } from './queue.listener.js';
import { ErasureTimer, RetentionTimer } from './retention.timers.js';
import { SendBulkProcessor, SendUrgentProcessor } from './send.processor.js';
import { ServiceLevelTimer } from './service-level.timer.js';
import { SweepTimer } from './sweep.timer.js';

/** What runs in a worker: receive loops, one processor for each lane, the sweep, the poll. */
@Module({
  imports: [NotificationsModule],
  providers: [
    { provide: SQSClient, inject: [SETTINGS], useFactory: (settings: Settings) => sqsClient(settings) },
    QueueListeners,
    SendUrgentProcessor,
    SendBulkProcessor,
    SweepTimer,
    PollTimer,
    CallBackTimer,
    BatchTimer,
    BatchRetentionTimer,
    RetentionTimer,
    ErasureTimer,
    ObjectPollTimer,
    ObjectResultsTimer,
    AlarmTimer,
    ServiceLevelTimer,
    GuardTimer,
    MetricsServer,
    QueueGauges,
  ],
})
export class WorkerModule {}

/** The worker as a process of its own. */
export function workerProcess(settings: Settings): DynamicModule {
  return { module: class WorkerProcess {}, imports: [PlatformModule.with(settings), WorkerModule] };
}
