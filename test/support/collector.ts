import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from './at-end.js';

/** A span as it came. */
export interface SeenSpan {
  service: string;
  instance: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  attributes: Record<string, string | number>;
  links: string[];
  hasFailed: boolean;
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string; doubleValue?: number };
}

interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        kind: number;
        attributes: Attribute[];
        links?: { spanId: string }[];
        status?: { code?: number };
      }[];
    }[];
  }[];
}

/** What takes traces by OTLP/HTTP in JSON, as a real collector does. It ends with the file of tests. */
export class Collector {
  /** In the order in which they came. */
  readonly spans: SeenSpan[] = [];
  /** Deliveries, whether they were answered or not. */
  deliveries = 0;
  /** All that came, for whoever looks for what should not be in it. */
  text = '';

  private constructor(
    private readonly server: Server,
    private readonly answers: boolean,
  ) {}

  /** @param answers false: it takes everything, and says nothing. */
  static async start({ answers = true } = {}): Promise<Collector> {
    const server = createServer();
    const collector = new Collector(server, answers);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        collector.take(request.url ?? '', Buffer.concat(parts).toString());
        if (collector.answers) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    atEnd(() => collector.stop());
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  ofTrace(traceId: string): SeenSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  private async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(path: string, body: string): void {
    this.deliveries += 1;
    this.text += body;
    if (path !== '/v1/traces') return;
    for (const { resource, scopeSpans } of (JSON.parse(body) as Export).resourceSpans) {
      const about = valuesOf(resource.attributes);
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        const { traceId, spanId, parentSpanId = '', name, kind, attributes, links = [], status } = span;
        this.spans.push({
          service: String(about['service.name']),
          instance: String(about['service.instance.id']),
          ...{ traceId, spanId, parentSpanId, name, kind },
          attributes: valuesOf(attributes),
          links: links.map((link) => link.spanId),
          hasFailed: status?.code === 2,
        });
      }
    }
  }
}

function valuesOf(attributes: Attribute[]): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? Number(value.intValue ?? value.doubleValue ?? Number.NaN),
    ]),
  );
}
