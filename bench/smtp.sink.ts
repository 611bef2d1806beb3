/**
 * An SMTP server that takes everything and keeps nothing but who and when: a process of its own, as light as can be, so
 * that what is measured is the sender. Speaks to its parent: its port when it listens, then one answer to each wish.
 */
import { createServer, type Socket } from 'node:net';

/** When a mail to an address was taken, in milliseconds since 1970. */
export type Arrivals = [address: string, at: number][];

/** What the parent may ask. `away` is how many milliseconds its replies travel from now on. */
export type Wish = 'count' | 'arrivals' | 'forget' | { away: number };

let arrivals: Arrivals = [];
let away = 0;

process.once('disconnect', () => process.exit(0));
process.on('message', (wish: Wish) => {
  if (wish === 'forget') arrivals = [];
  if (typeof wish === 'object') away = wish.away;
  process.send?.(wish === 'arrivals' ? arrivals : arrivals.length);
});

const server = createServer((socket) => converse(socket));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});

function converse(socket: Socket): void {
  const answer = dialogue();
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  say(socket, '220 sink\r\n');
  socket.on('data', (chunk: string) => say(socket, answer(chunk)));
}

/** What came in one packet is answered in one: two commands sent together cost one journey, as over a real distance. */
function say(socket: Socket, replies: string): void {
  if (replies === '') return;
  if (away === 0) socket.write(replies);
  else setTimeout(() => socket.write(replies), away);
}

/** One connection's side of SMTP: takes what came in, returns the replies to it in order. */
function dialogue(): (chunk: string) => string {
  let recipient = '';
  let inData = false;
  let rest = '';
  return (chunk) => {
    rest += chunk;
    let replies = '';
    for (;;) {
      const ending = inData ? '\r\n.\r\n' : '\r\n';
      const end = rest.indexOf(ending);
      if (end < 0) return replies;
      const line = inData ? '' : rest.slice(0, end);
      rest = rest.slice(end + ending.length);
      if (inData) arrivals.push([recipient, Date.now()]);
      const verb = inData ? 'taken' : line.slice(0, 4).toUpperCase();
      if (verb === 'RCPT') recipient = /<([^>]*)>/.exec(line)?.[1] ?? '';
      inData = verb === 'DATA';
      replies += REPLIES[verb] ?? '250 ok\r\n';
    }
  };
}

const REPLIES: Record<string, string | undefined> = {
  EHLO: '250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n',
  DATA: '354 go on\r\n',
  QUIT: '221 bye\r\n',
  taken: '250 taken\r\n',
};
