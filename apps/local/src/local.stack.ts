import type { NestExpressApplication } from '@nestjs/platform-express';
import type { DynamicModule } from '@nestjs/common';
import { ApiModule } from '#apps/api/src/api.module.js';
import { serve } from '#apps/api/src/http.js';
import { INBOX_URL } from '#apps/api/src/start/start.controller.js';
import { WorkerModule } from '#apps/worker/src/worker.module.js';
import {
  endTracing,
  JsonLogger,
  PlatformModule,
  prepareServers,
  readSettings,
  startTracing,
} from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { dataFolder } from './data-folder.js';
import { freePort } from './embedded/free-port.js';
import type { Inbox } from './embedded/inbox.js';
import { startParts } from './embedded/parts.js';
import type { Parts } from './embedded/parts.js';

/** The whole service in one process, on parts of its own where the settings name none. */
export interface LocalStack {
  app: NestExpressApplication;
  settings: Settings;
  parts: Parts;
  /** Where the API answers. */
  url: string;
  /** What outlives it. */
  folder: string;
  stop(): Promise<void>;
}

/** @param defaults settings for whatever the environment leaves open. */
export async function startLocalStack(defaults: Record<string, string> = {}): Promise<LocalStack> {
  const folder = dataFolder();
  const parts = await startParts(folder, process.env);
  try {
    return { ...(await startService(parts, defaults)), parts, folder };
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

async function startService(
  parts: Parts,
  defaults: Record<string, string>,
): Promise<Omit<LocalStack, 'parts' | 'folder'>> {
  const environment = {
    PORT: String(await freePort(8080)),
    PREVIEW_OPEN: 'loopback',
    ...defaults,
    ...withoutEmpty(process.env),
    ...parts.environment,
  };
  // The AWS client looks for its credentials in the environment of the process.
  Object.assign(process.env, parts.environment);
  const settings = readSettings(environment);
  const logger = new JsonLogger(settings.LOG_LEVEL);
  await startTracing(settings);
  await prepareServers(settings, logger, true);
  const app = await serve(oneProcess(settings, parts.inbox), settings, logger);
  const stop = async () => {
    try {
      await app.close();
      await endTracing();
    } finally {
      await parts.stop();
    }
  };
  return { app, settings, url: await app.getUrl(), stop };
}

/** API and worker side by side, and for all modules where the inbox is. */
function oneProcess(settings: Settings, inbox: Inbox | undefined): DynamicModule {
  return {
    module: class LocalProcess {},
    global: true,
    imports: [PlatformModule.with(settings), ApiModule, WorkerModule],
    providers: [{ provide: INBOX_URL, useValue: inbox?.webUrl }],
    exports: [INBOX_URL],
  };
}

function withoutEmpty(environment: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((pair): pair is [string, string] => Boolean(pair[1])),
  );
}
