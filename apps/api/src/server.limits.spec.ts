import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.js';
import { limitServer } from './server.limits.js';

it('a caller who hangs up before the answer leaves nothing behind', async () => {
  setFlagsFromString('--expose-gc');
  const clearHeap = runInNewContext('gc') as () => void;
  const sockets: WeakRef<Socket>[] = [];
  const server = createServer(({ socket }) => sockets.push(new WeakRef(socket)));
  limitServer(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  for (let call = 0; call < 20; call += 1) await callAndHangUp();
  // The last ones may still be in somebody's hands.
  await eventually(
    () => {
      clearHeap();
      return sockets.filter((socket) => socket.deref() !== undefined).length < 5;
    },
    { because: 'connections that nobody remembers', timeout: 30_000 },
  );
  expect(sockets).toHaveLength(20);
  server.close();

  async function callAndHangUp(): Promise<void> {
    const caller = connect((server.address() as AddressInfo).port, '127.0.0.1');
    caller.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    const [request] = (await once(server, 'request')) as [IncomingMessage];
    const closed = once(request.socket, 'close');
    caller.destroy();
    await closed;
  }
});
