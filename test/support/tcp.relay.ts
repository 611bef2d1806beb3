import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { atEnd } from './at-end.js';

/** A way to a server that a test may watch, and cut. It ends with the file of tests. */
export class TcpRelay {
  /** The first bytes of each connection that was ever made. */
  readonly beginnings: Buffer[] = [];
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(readonly port: number) {}

  static async to(port: number): Promise<TcpRelay> {
    const server = createServer((inner) => {
      if (relay.isCut) {
        inner.destroy();
        return;
      }
      const outer = connect(port, '127.0.0.1');
      inner.once('data', (bytes: Buffer) => relay.beginnings.push(bytes));
      for (const [from, to] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        relay.sockets.add(from);
        from.on('error', () => undefined).on('close', () => to.destroy());
        from.pipe(to);
      }
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const relay = new TcpRelay((server.address() as AddressInfo).port);
    atEnd(() => {
      server.close();
      for (const socket of relay.sockets) socket.destroy();
      return Promise.resolve();
    });
    return relay;
  }

  /** Hangs up on everybody, and on whoever comes. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  mend(): void {
    this.isCut = false;
  }
}
