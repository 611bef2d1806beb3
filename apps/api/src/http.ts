import { NestFactory } from '@nestjs/core';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Settings } from '#libs/platform/index.js';

/** Starts a module that serves HTTP, with the limits that every process of ours has. */
export async function serve(
  module: DynamicModule,
  settings: Settings,
  logger: LoggerService,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    logger,
    abortOnError: false,
    bodyParser: false,
  });
  app.useBodyParser('json', { limit: '5mb', strict: false });
  app.disable('x-powered-by');
  await app.listen(settings.PORT, settings.HOST);
  // Longer than clients and load balancers keep idle connections, so that it is never us who closes one in use.
  app.getHttpServer().keepAliveTimeout = 75_000;
  return app;
}
