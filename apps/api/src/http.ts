import { NestFactory } from '@nestjs/core';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Settings } from '#libs/platform/index.js';
import { safeHeaders } from './access/safe.headers.js';
import { publishDocs } from './docs/publish.docs.js';
import { mustBeAcceptable } from './contract/negotiation.js';
import { hurryBodies } from './contract/slow.bodies.js';
import { inItsContext } from './request.context.js';
import { limitServer } from './server.limits.js';

/** Starts a module that serves HTTP, with the limits that every process of ours has. Bodies are read behind the guards: BodyReader. */
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
  app.use(inItsContext);
  app.use(safeHeaders);
  limitServer(app.getHttpServer());
  app.use(hurryBodies);
  app.use('/v1', mustBeAcceptable);
  app.disable('x-powered-by');
  publishDocs(app);
  await app.listen(settings.PORT, settings.HOST);
  return app;
}
