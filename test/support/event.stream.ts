import { atEnd } from './at-end.js';
import { eventually } from './eventually.js';

/** An event as it was sent. */
export interface SeenEvent {
  /** The tag of the status. */
  id: string;
  event: string;
  data: { status: string };
}

/** A caller who reads a stream of events by a socket of its own. It hangs up with the file of tests at the latest. */
export class EventStream {
  readonly events: SeenEvent[] = [];
  /** Signs of life. */
  comments = 0;
  /** Milliseconds after which to come again; undefined until it is said. */
  retry: number | undefined;
  isOver = false;
  private text = '';

  private constructor(
    readonly status: number,
    readonly headers: Headers,
    /** What was answered instead, where there is no stream. */
    readonly problem: { detail?: string },
    private readonly leaving: AbortController,
  ) {
    atEnd(() => Promise.resolve(this.hangUp()));
  }

  static async open(url: string, headers: Record<string, string>): Promise<EventStream> {
    const leaving = new AbortController();
    const response = await fetch(url, { headers, signal: leaving.signal });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const problem = isStream ? {} : ((await response.json()) as { detail?: string });
    const stream = new EventStream(response.status, response.headers, problem, leaving);
    if (isStream && response.body) void stream.read(response.body);
    return stream;
  }

  /** The tag of the newest state that came. */
  get last(): string | undefined {
    return this.events.at(-1)?.id;
  }

  /** The revisions of all that came. */
  get revisions(): number[] {
    return this.events.map(({ id }) => revisionIn(id));
  }

  async hears(count: number): Promise<void> {
    await eventually(() => this.events.length >= count, { because: `${count} events` });
  }

  /** Waits for another sign of life: until then whatever there was to say was said. */
  async isQuiet(): Promise<void> {
    const before = this.comments;
    await eventually(() => this.comments > before, { because: 'a sign of life' });
  }

  async ends(): Promise<void> {
    await eventually(() => this.isOver, { because: 'the end of a stream' });
  }

  hangUp(): void {
    this.leaving.abort();
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const bytes of body) {
        const parts = (this.text + decoder.decode(bytes, { stream: true })).split('\n\n');
        this.text = parts.pop() ?? '';
        for (const part of parts) this.take(part);
      }
    } catch {
      // How it ends is what tests look at.
    }
    this.isOver = true;
  }

  private take(part: string): void {
    if (part.startsWith(':')) this.comments += 1;
    const fields = new Map(part.split('\n').map((line) => [line.split(':')[0], line.replace(/^\w+: /, '')]));
    if (fields.has('retry')) this.retry = Number(fields.get('retry'));
    const [id, event, data] = ['id', 'event', 'data'].map((name) => fields.get(name));
    if (id !== undefined && event !== undefined && data !== undefined)
      this.events.push({ id, event, data: JSON.parse(data) as SeenEvent['data'] });
  }
}

export function revisionIn(tag: string): number {
  return Number(/-(\d+)"$/.exec(tag)?.[1]);
}
