import { BullModule } from '@nestjs/bullmq';
import { Global, Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { PrismaService } from './prisma.service.js';
import { connectSendQueue } from './send-queue.backend.js';
import type { SendQueueBackend } from './send-queue.backend.js';
import { Sealer } from './sealing.js';
import { SETTINGS } from './settings.js';
import type { SettingsWithoutRelay } from './settings.js';

const SEND_QUEUE_BACKEND = Symbol('send queue backend');

/** What every process needs: settings, Postgres, the send queue's backend, sealing. */
@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(@Inject(SEND_QUEUE_BACKEND) private readonly backend: SendQueueBackend) {}

  static with(settings: SettingsWithoutRelay): DynamicModule {
    const backend = connectSendQueue(settings);
    return {
      module: PlatformModule,
      imports: [BullModule.forRoot(backend.options)],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: SEND_QUEUE_BACKEND, useValue: backend },
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
