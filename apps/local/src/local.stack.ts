import type { NestExpressApplication } from '@nestjs/platform-express';
import type { DynamicModule } from '@nestjs/common';
import { ApiModule } from '#apps/api/src/api.module.js';
import { serve } from '#apps/api/src/http.js';
import { WorkerModule } from '#apps/worker/src/worker.module.js';
import { JsonLogger, PlatformModule, prepareServers, readSettings } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { dataFolder } from './data-folder.js';
import { freePort } from './embedded/free-port.js';
import { startParts } from './embedded/parts.js';
import type { Parts } from './embedded/parts.js';

/** The whole service in one process, on parts of its own where the settings name none. */
export interface LocalStack {
  app: NestExpressApplication;
  settings: Settings;
  parts: Parts;
  /** Where the API answers. */
  url: string;
  stop(): Promise<void>;
}

/** @param defaults settings for whatever the environment leaves open. */
export async function startLocalStack(defaults: Record<string, string> = {}): Promise<LocalStack> {
  const parts = await startParts(dataFolder(), process.env);
  const environment = {
    PORT: String(await freePort(8080)),
    ...defaults,
    ...withoutEmpty(process.env),
    ...parts.environment,
  };
  // The AWS client looks for its credentials in the environment of the process.
  Object.assign(process.env, parts.environment);
  const settings = readSettings(environment);
  const logger = new JsonLogger(settings.LOG_LEVEL);
  await prepareServers(settings, logger, true);
  const app = await serve(oneProcess(settings), settings, logger);
  const stop = async () => {
    await app.close();
    await parts.stop();
  };
  return { app, settings, parts, url: await app.getUrl(), stop };
}

/** API and worker side by side. */
function oneProcess(settings: Settings): DynamicModule {
  return { module: class LocalProcess {}, imports: [PlatformModule.with(settings), ApiModule, WorkerModule] };
}

function withoutEmpty(environment: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((pair): pair is [string, string] => Boolean(pair[1])),
  );
}
