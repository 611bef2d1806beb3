import { readFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { atEnd } from './at-end.js';
import { makeCertificate } from './certificate.js';
import { runFolder } from './run-folder.js';

/** A call as it came in. */
export interface Call {
  path: string;
  id: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What a backend reads of a call. */
export interface Told {
  type: string;
  timestamp: string;
  data: {
    cursor: string;
    kind: string;
    taxReturnId: string;
    submissionId: string | null;
    status: string | null;
  };
}

/** How a call is answered. */
export type Answering = (response: ServerResponse, call: Call) => void | Promise<void>;

const ok: Answering = (response) => void response.writeHead(204).end();

/** A backend that is called back: a real server with TLS, which answers as a test tells it to. */
export class CalledServer {
  readonly calls: Call[] = [];
  answer: Answering = ok;
  connections = 0;

  private constructor(
    private readonly server: Server,
    private readonly port: number,
    /** Who vouches for it. */
    readonly caFile: string,
  ) {
    server.on('request', (request, response) => void this.take(request, response));
    server.on('connection', () => (this.connections += 1));
  }

  /** It ends with the file of tests. */
  static async start(): Promise<CalledServer> {
    const { key, certificate } = makeCertificate(mkdtempSync(join(runFolder(), 'called-')));
    const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const called = new CalledServer(server, (server.address() as AddressInfo).port, certificate);
    atEnd(() => called.stop());
    return called;
  }

  /** Settings by which it may be called. */
  get settings(): Record<string, string> {
    return {
      CALL_BACK_HOSTS: '127.0.0.1:*',
      CALL_BACK_NETWORKS: '127.0.0.1/32',
      CALL_BACK_CA_FILE: this.caFile,
      CALL_BACK_EVERY: '100ms',
    };
  }

  url(path: string): string {
    return `https://127.0.0.1:${this.port}/${path}`;
  }

  to(path: string): Call[] {
    return this.calls.filter((call) => call.path === `/${path}`);
  }

  /** What calls to a path said. */
  told(path: string): Told[] {
    return this.to(path).map(({ body }) => JSON.parse(body) as Told);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { headers, url: path = '' } = request;
    const call = { path, headers, id: String(headers['webhook-id']), body: Buffer.concat(parts).toString() };
    this.calls.push(call);
    await this.answer(response, call);
  }
}

/** Is a call signed with a secret, as a receiver asks the package of Standard Webhooks? */
export function isSignedWith(secret: string, { headers, body }: Call): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

/** Answers with a status alone. */
export function say(status: number, headers: Record<string, string> = {}): Answering {
  return (response) => void response.writeHead(status, headers).end();
}
