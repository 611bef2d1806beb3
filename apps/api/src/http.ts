import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Settings } from '#libs/platform/index.js';
import { safeHeaders } from './access/safe.headers.js';
import { publishDocs } from './docs/publish.docs.js';
import { mustBeAcceptable, mustBeReadable, takeLines } from './contract/negotiation.js';

/** Milliseconds that a request may take to come in: a stream of lines is as slow as the database. */
const LONGEST_REQUEST = 3_600_000;
/** Milliseconds after which a connection on which nothing moves is closed. */
const LONGEST_SILENCE = 120_000;

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
  app.use(safeHeaders);
  app.use('/v1', mustBeAcceptable, mustBeReadable, takeLines);
  app.useBodyParser('json', { limit: '5mb', strict: false });
  app.useBodyParser('text', { limit: '5mb', type: ['text/plain', 'message/rfc822'] });
  app.disable('x-powered-by');
  publishDocs(app);
  await app.listen(settings.PORT, settings.HOST);
  const server: Server = app.getHttpServer();
  // Longer than clients and load balancers keep idle connections, so that it is never us who closes one in use.
  server.keepAliveTimeout = 75_000;
  // But what answers while the server closes would be kept idle that long too, and the process with it.
  server.on('request', (_request: IncomingMessage, response: ServerResponse) =>
    response.once('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    }),
  );
  server.requestTimeout = LONGEST_REQUEST;
  server.setTimeout(LONGEST_SILENCE);
  return app;
}
