import { BullModule } from '@nestjs/bullmq';
import { Global, Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { PrismaService } from './prisma.service.js';
import { connectQueueBackend } from './send-queue.backend.js';
import type { QueueBackend } from './send-queue.backend.js';
import { Sealer } from './sealing.js';
import { SETTINGS } from './settings.js';
import type { SettingsWithoutRelay } from './settings.js';

const QUEUE_BACKEND = Symbol('queue backend');

/** What every process needs: settings, Postgres, the send queue's backend, sealing. */
@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(@Inject(QUEUE_BACKEND) private readonly backend: QueueBackend) {}

  static with(settings: SettingsWithoutRelay): DynamicModule {
    const backend = connectQueueBackend(settings);
    return {
      module: PlatformModule,
      imports: [BullModule.forRoot(backend.options)],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: QUEUE_BACKEND, useValue: backend },
        PrismaService,
        Sealer,
      ],
      exports: [SETTINGS, PrismaService, Sealer],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.backend.close();
  }
}
