import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { JsonLogger } from './logger.js';
import { errorText } from './plain.errors.js';
import { prepareServers } from './servers.prepare.js';
import { readSettings } from './settings.js';
import type { Settings } from './settings.js';
import { endTracing, startTracing } from './tracing.js';
import { listenProblem, StartError } from './start.error.js';

/**
 * Runs a process that receives, without HTTP, until SIGTERM or SIGINT: settings, module, orderly end.
 * A start that fails ends in one clear sentence and exit code 1.
 */
export async function runProcess(module: (settings: Settings) => DynamicModule): Promise<void> {
  try {
    const settings = readSettings(process.env);
    const logger = new JsonLogger(settings.LOG_LEVEL);
    await startTracing(settings);
    await prepareServers(settings, logger, true);
    const app = await NestFactory.createApplicationContext(module(settings), { logger, abortOnError: false });
    endOnSignal(app, settings);
    logger.log('Ready', 'Process');
  } catch (error) {
    failToStart(error);
  }
}

/** First signal: finish what runs, exit 0. What is not finished in time is left to the sweep: exit 1. */
export function endOnSignal(app: Pick<INestApplicationContext, 'close'>, settings: Settings): void {
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    new Logger('Process').log('Stopping');
    setTimeout(() => process.exit(1), settings.SHUTDOWN_WITHIN).unref();
    const ended = app.close().then(endTracing);
    ended.then(
      () => process.exit(0),
      (error: unknown) => failToStart(error),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** One sentence where we know what is wrong, else the error with its causes. */
export function failToStart(error: unknown): never {
  const listen = listenProblem(error);
  const known = listen ? new StartError([listen]) : error;
  console.error(known instanceof StartError ? known.message : errorText(known));
  process.exit(1);
}
