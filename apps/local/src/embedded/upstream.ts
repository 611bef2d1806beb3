import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { behaviourIn, BEHAVIOURS } from './upstream.behaviours.js';
import type { Behaviour, Known } from './upstream.behaviours.js';
import { pageOf } from './upstream.page.js';

/** How a call is answered. */
export type Answering = (ids: string[], response: ServerResponse) => void | Promise<void>;

/** What is asked of it under its address: what became of things on the backup path, or what the authority decided. */
export type Endpoint = 'report' | 'acknowledgements';

const ENDPOINTS: readonly Endpoint[] = ['report', 'acknowledgements'];

/** Bytes of a call; a hundred ids are far fewer. */
const LONGEST_CALL = 1_000_000;
/** Ids that its page shows, those that were asked about last. */
const SHOWN = 100;

/** How to start it. */
export interface UpstreamOptions {
  /** Default: a free one. */
  port?: number;
  /** Of others it has no path. Default: both. */
  endpoints?: readonly Endpoint[];
  /** What it says of ids of which nobody has chosen anything. Default: nothing. */
  otherwise?: Known;
}

/**
 * The upstream, played: a real server on 127.0.0.1 that answers as the upstream does (`rules.md`). What it says of an id is chosen on
 * its page, by a call to that, or by the last word of the id itself: `….rejected`. Whoever holds it tells it more.
 */
export class UpstreamSimulator {
  /** The ids of each call, in the order in which they came in. */
  readonly calls: string[][] = [];
  /** The Authorization header of the last call. */
  authorization: string | undefined;
  /** What it says of ids. */
  readonly knows = new Map<string, Known>();
  /** How calls are answered in which one of these ids is. */
  readonly behaves = new Map<string, Behaviour>();
  /** Each is asked how to answer the next call, and is done with; then it answers what it knows. */
  readonly next: Answering[] = [];
  /** Answers every call, where it is set. */
  always: Answering | undefined;
  private readonly lastAsked = new Set<string>();

  private constructor(
    private readonly server: Server,
    /** Its page. */
    readonly webUrl: string,
    private readonly options: UpstreamOptions,
  ) {}

  static async start(options: UpstreamOptions = {}): Promise<UpstreamSimulator> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const upstream = new UpstreamSimulator(server, `http://127.0.0.1:${port}`, options);
    server.on('request', (request, response) => {
      // Whoever went away wants no answer.
      upstream.answer(request, response).catch(() => response.destroy());
    });
    return upstream;
  }

  /** Where it is asked: UPSTREAM_URL. */
  get url(): string {
    return `${this.webUrl}/api`;
  }

  /** All ids of all calls. */
  get asked(): string[] {
    return this.calls.flat();
  }

  /** From now on it answers so about an id. */
  choose(id: string, behaviour: Behaviour): void {
    this.behaves.set(id, behaviour);
  }

  /** What it knows of these. */
  tell(ids: string[], response: ServerResponse): void {
    say(response, 200, { data: this.dataOf(ids) });
  }

  /** Forgets what it was asked, told and taught. */
  reset(): void {
    this.calls.length = 0;
    this.next.length = 0;
    this.knows.clear();
    this.behaves.clear();
    this.always = undefined;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const endpoint = (this.options.endpoints ?? ENDPOINTS).find((name) => url === `/api/${name}`);
    if (method === 'POST' && endpoint) return this.report(endpoint, request, response);
    if (method === 'GET' && url === '/') return show(response, pageOf(this.shown()));
    if (method === 'POST' && url === '/behaviours') return this.change(request, response);
    say(response, 404, {});
  }

  private async report(
    endpoint: Endpoint,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { ids } = JSON.parse(await bodyOf(request)) as { ids: string[] };
    this.calls.push(ids);
    for (const id of ids) {
      this.lastAsked.delete(id);
      this.lastAsked.add(id);
    }
    for (const id of this.lastAsked) if (this.lastAsked.size > SHOWN) this.lastAsked.delete(id);
    this.authorization = request.headers.authorization;
    const answering = this.next.shift() ?? this.always;
    if (answering) return answering(ids, response);
    // One id is enough to spoil the answer about those beside it, as it is with real ones.
    const spoils = ids.map((id) => this.behaviourOf(id)).find((one) => one && BEHAVIOURS[one].spoils);
    if (spoils) return BEHAVIOURS[spoils].spoils?.(response, { data: this.dataOf(ids, endpoint) });
    say(response, 200, { data: this.dataOf(ids, endpoint) });
  }

  private dataOf(ids: string[], endpoint: Endpoint = 'report'): object[] {
    const type = endpoint === 'report' ? 'document_upload' : 'acknowledgement';
    return ids.flatMap((id) => {
      const behaviour = this.behaviourOf(id);
      const attributes =
        this.knows.get(id) ?? (behaviour ? BEHAVIOURS[behaviour].says : this.options.otherwise);
      return attributes ? [{ id, type, attributes }] : [];
    });
  }

  private behaviourOf(id: string): Behaviour | undefined {
    return this.behaves.get(id) ?? behaviourIn(id);
  }

  private shown() {
    return [...this.lastAsked].reverse().map((id) => ({ id, behaviour: this.behaviourOf(id) }));
  }

  /** From its page, or from a shell. A page of somebody else's is not to. */
  private async change(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin, host } = request.headers;
    if (new URL(this.webUrl).host !== host || (origin !== undefined && origin !== this.webUrl))
      return say(response, 403, { detail: `Only its own page may: ${this.webUrl}` });
    const asked = new URLSearchParams(await bodyOf(request));
    const [id, behaviour] = [asked.get('id')?.trim() ?? '', asked.get('behaviour') ?? ''];
    if (id === '' || !Object.hasOwn(BEHAVIOURS, behaviour))
      return say(response, 400, {
        detail: `Send id and behaviour, which is one of ${Object.keys(BEHAVIOURS).join(', ')}.`,
      });
    this.choose(id, behaviour as Behaviour);
    response.writeHead(303, { location: '/' }).end();
  }
}

/** Answers with a body, which is JSON unless it is a text. */
export function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function show(response: ServerResponse, page: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
  });
  response.end(page);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > LONGEST_CALL) throw new RangeError('the call is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
