import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from './at-end.js';

/** What the upstream knows of an id. */
export interface Known {
  status: unknown;
  final_status?: unknown;
  occurredAt?: unknown;
  rejectionCodes?: unknown;
}

/** How a call is answered. */
export type Answering = (ids: string[], response: ServerResponse) => void | Promise<void>;

/** What is asked of it under its address: what became of things on the backup path, or what the authority decided. */
export type Endpoint = 'report' | 'acknowledgements';

/** An upstream: a real server, which answers one of its endpoints as a test tells it to. It has no other. */
export class FakeUpstream {
  /** The ids of each call, in the order in which they came in. */
  readonly calls: string[][] = [];
  /** The Authorization header of the last call. */
  authorization: string | undefined;
  /** What it says of ids; of others it says nothing. */
  readonly knows = new Map<string, Known>();
  /** Each is asked how to answer the next call, and is done with; then it answers what it knows. */
  readonly next: Answering[] = [];
  /** Answers every call, where it is set. */
  always: Answering | undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
    private readonly endpoint: Endpoint,
  ) {}

  /** It ends with the file of tests. */
  static async start(endpoint: Endpoint = 'report'): Promise<FakeUpstream> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const upstream = new FakeUpstream(server, `http://127.0.0.1:${port}/api`, endpoint);
    atEnd(() => upstream.stop());
    server.on('request', (request, response) => void upstream.answer(request, response));
    return upstream;
  }

  /** All ids of all calls. */
  get asked(): string[] {
    return this.calls.flat();
  }

  /** What it knows of these. */
  tell(ids: string[], response: ServerResponse): void {
    const data = ids
      .filter((id) => this.knows.has(id))
      .map((id) => ({ id, type: 'document_upload', attributes: this.knows.get(id) }));
    say(response, 200, { data });
  }

  /** Forgets what it was asked, told and taught. */
  reset(): void {
    this.calls.length = 0;
    this.next.length = 0;
    this.knows.clear();
    this.always = undefined;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || request.url !== `/api/${this.endpoint}`) return say(response, 404, {});
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { ids } = JSON.parse(Buffer.concat(parts).toString()) as { ids: string[] };
    this.calls.push(ids);
    this.authorization = request.headers.authorization;
    const answering = this.next.shift() ?? this.always ?? ((asked, to) => this.tell(asked, to));
    await answering(ids, response);
  }
}

/** Answers with a body, which is JSON unless it is a text. */
export function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
