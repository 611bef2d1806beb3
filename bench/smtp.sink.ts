/**
 * An SMTP server that takes everything and keeps nothing but who and when: a process of its own, as light as can be, so
 * that what is measured is the sender. Speaks to its parent: `{port}` when it listens, arrivals when it is asked.
 */
import { createServer, type Socket } from 'node:net';

/** When a mail to an address was taken, in milliseconds since 1970. */
export type Arrivals = [address: string, at: number][];

let arrivals: Arrivals = [];

process.once('disconnect', () => process.exit(0));
process.on('message', (wish) => {
  if (wish === 'forget') arrivals = [];
  process.send?.(wish === 'count' ? arrivals.length : arrivals);
});

const server = createServer((socket) => converse(socket));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});

function converse(socket: Socket): void {
  let recipient = '';
  let inData = false;
  let rest = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.write('220 sink\r\n');
  socket.on('data', (chunk: string) => {
    rest += chunk;
    for (;;) {
      const end = rest.indexOf(inData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) break;
      const line = rest.slice(0, inData ? 0 : end);
      rest = rest.slice(end + (inData ? 5 : 2));
      if (inData) {
        inData = false;
        arrivals.push([recipient, Date.now()]);
        socket.write('250 taken\r\n');
        continue;
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'RCPT') recipient = /<([^>]*)>/.exec(line)?.[1] ?? '';
      inData = verb === 'DATA';
      socket.write(inData ? '354 go on\r\n' : verb === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n');
    }
  });
}
