import { connect, type Socket } from 'node:net';
import { atEnd } from './at-end.js';
import { eventually } from './eventually.js';

/** A caller that sends what no HTTP client would: half a request, or none. Its connection ends with the file of tests. */
export class RawCall {
  private heard = '';
  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes) => (this.heard += bytes.toString('latin1')));
    // How a connection ends is what tests look at.
    socket.on('error', () => undefined);
    atEnd(() => Promise.resolve(this.hangUp()));
  }

  /** Connects, and says nothing. */
  static async open(url: string): Promise<RawCall> {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawCall(socket);
  }

  /** Connects, and sends the head of a request. @param headers beside `Host`. */
  static async begin(url: string, request: string, headers: Record<string, string> = {}): Promise<RawCall> {
    const call = await RawCall.open(url);
    const lines = Object.entries({ Host: 'test', ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    return call.send(`${request} HTTP/1.1\r\n${lines.join('')}\r\n`);
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** The statuses of the answers so far. */
  get statuses(): number[] {
    return [...this.heard.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  }

  /** Waits for an answer. @returns all that was heard. */
  async answered(status: number): Promise<string> {
    await eventually(() => this.statuses.includes(status), { because: `an answer ${status}` });
    return this.heard;
  }

  get isOver(): boolean {
    return this.socket.destroyed || this.socket.readableEnded;
  }

  hangUp(): void {
    this.socket.destroy();
  }
}
