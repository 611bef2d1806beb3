import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Metrics } from '#libs/notifications/index.js';
import { listenProblem, SETTINGS, StartError } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';

/** Answers `/metrics` where METRICS_PORT says so, and nothing else. A port that is taken ends the start. */
@Injectable()
export class MetricsServer implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(MetricsServer.name);
  private server: Server | undefined;

  constructor(
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'HOST' | 'METRICS_PORT'>,
  ) {}

  async onModuleInit(): Promise<void> {
    const { HOST, METRICS_PORT } = this.settings;
    if (METRICS_PORT === undefined) return;
    this.metrics.begin();
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.listen(METRICS_PORT, HOST);
    try {
      await once(this.server, 'listening');
    } catch (error) {
      const problem = listenProblem(error, 'METRICS_PORT');
      throw problem ? new StartError([problem]) : error;
    }
  }

  beforeApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private async answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (method !== 'GET' || url?.split('?')[0] !== '/metrics') {
        response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Here is GET /metrics, and no more.\n');
        return;
      }
      const text = await this.metrics.text();
      response.writeHead(200, { 'Content-Type': this.metrics.contentType }).end(text);
    } catch (error) {
      this.logger.error({ message: 'The metrics could not be told', err: error });
      response.writeHead(500).end();
    }
  }
}
