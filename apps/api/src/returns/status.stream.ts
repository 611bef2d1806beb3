import type { ServerResponse } from 'node:http';

/** A state of a return as it goes over the wire. All streams of the return share one. */
export interface StatusEvent {
  revision: bigint;
  /** As the `ETag` of an answer. */
  tag: string;
  text: string;
}

/** Milliseconds that the last words may take to leave, before the connection is cut. */
const LAST_WORDS = 2_000;
/** Milliseconds after which a caller comes again whose stream ended: not all in the same moment. */
const COME_AGAIN = 1_000;
const COME_AGAIN_WITHIN = 4_000;

/**
 * One caller who is told of a return over an answer that stays open. Never more than one state is on its way: until the caller has
 * taken it only the newest waits behind it, so that a slow one costs no memory and sees the newest next.
 */
export class StatusStream {
  private isOpen = false;
  private isWriting = false;
  private spokeAt = performance.now();
  private next: StatusEvent | undefined;
  /** Of the newest state that the caller has, or is about to be sent. */
  private newest = -1n;

  constructor(private readonly response: ServerResponse) {}

  /** Does it matter to the caller? */
  isBehind(revision: bigint): boolean {
    return revision > this.newest;
  }

  /**
   * Opens it, with the state that was read.
   * @param has the tag of the state that the caller has: that one is not sent again.
   */
  begin(event: StatusEvent, has: string | undefined): void {
    greet(this.response);
    this.offer(event);
    if (this.next?.tag === has) this.next = undefined;
    this.isOpen = true;
    this.flush();
  }

  /** A state that may be newer than what the caller has. */
  offer(event: StatusEvent): void {
    if (!this.isBehind(event.revision)) return;
    this.newest = event.revision;
    this.next = event;
    this.flush();
  }

  /** Says that it is alive, if nothing was said for so long. @param silence milliseconds */
  keepAlive(silence: number): void {
    if (this.isOpen && !this.isWriting && performance.now() - this.spokeAt >= silence) this.write(':\n\n');
  }

  /** Ends it, if it has begun. A caller who takes nothing does not hold it open. */
  end(): void {
    if (!this.isOpen || this.response.writableEnded) return;
    this.response.end();
    const cut = setTimeout(() => this.response.destroy(), LAST_WORDS);
    this.response.once('close', () => clearTimeout(cut));
  }

  private flush(): void {
    if (!this.isOpen || this.isWriting || !this.next) return;
    const { text } = this.next;
    this.next = undefined;
    this.write(text);
  }

  private write(text: string): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    this.isWriting = true;
    this.spokeAt = performance.now();
    this.response.write(text, () => {
      this.isWriting = false;
      this.flush();
    });
  }
}

/** The head of the answer, and when to come again. Proxies keep nothing of it back, and change nothing in it. */
export function greet(response: ServerResponse): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  response.write(`retry: ${Math.round(COME_AGAIN + Math.random() * COME_AGAIN_WITHIN)}\n\n`);
}
