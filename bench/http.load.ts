import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ownSeconds } from './processor.time.js';

/** What a number of requests came to. */
export interface Loaded {
  /** In a second. */
  rate: number;
  /** Milliseconds, of each. */
  waits: number[];
  /** Milliseconds of processor time that asking cost, for each. */
  asking: number;
}

/** A request as its lines, without the blank one. */
export type Ask = (index: number) => string;

/**
 * Asks as fast as it is answered, each connection one question after another, with next to nothing spent on it: whoever asks shares the
 * processors with whoever answers.
 * @param expected the status that every answer has.
 */
export async function load(
  urls: string[],
  requests: number,
  connections: number,
  ask: Ask,
  expected: number,
): Promise<Loaded> {
  const waits: number[] = [];
  let next = 0;
  const lane = async (index: number) => {
    const { hostname, port } = new URL(urls[index % urls.length] ?? '');
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    const answers = new Answers(socket, expected);
    while (next < requests) {
      const mine = next;
      next += 1;
      const began = performance.now();
      await answers.to(`${ask(mine)}\r\nHost: ${hostname}\r\n\r\n`);
      waits.push(performance.now() - began);
    }
    socket.destroy();
  };
  const [began, used] = [performance.now(), ownSeconds()];
  await Promise.all(Array.from({ length: connections }, (_, index) => lane(index)));
  const seconds = (performance.now() - began) / 1000;
  return { rate: requests / seconds, waits, asking: ((ownSeconds() - used) * 1000) / requests };
}

/** One answer after another, of those that say how long they are. */
class Answers {
  private text = '';
  private isThere: (() => void) | undefined;
  private fail: ((error: Error) => void) | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly expected: number,
  ) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.take(text));
    socket.on('error', (error) => this.fail?.(error));
    socket.on('end', () => this.fail?.(new Error('hung up')));
  }

  to(request: string): Promise<void> {
    return new Promise((resolve, reject) => {
      [this.isThere, this.fail] = [resolve, reject];
      this.socket.write(request);
    });
  }

  private take(text: string): void {
    this.text += text;
    const end = this.text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.text.slice(0, end))?.[1] ?? 0);
    if (this.text.length < end + 4 + length) return;
    const isRight = this.text.startsWith(`HTTP/1.1 ${this.expected} `);
    const given = this.text;
    this.text = '';
    if (isRight) this.isThere?.();
    else this.fail?.(new Error(`another answer than ${this.expected}: ${given}`));
  }
}
