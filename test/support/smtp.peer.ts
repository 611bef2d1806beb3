import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { atEnd } from './at-end.js';
import { LineReader } from './line.reader.js';

/** The moments at which a server says something. `body-begins` is in the middle of a body, `body` after the whole of it. */
export type SmtpMoment = 'mail' | 'rcpt' | 'data' | 'body-begins' | 'body';

/** What the peer does at a moment. */
export interface Play {
  /** Bytes as they are, each entry a write of its own, some milliseconds apart. Default: a polite yes. */
  says?: readonly string[];
  /** Milliseconds before it says anything. */
  after?: number;
  /** It says nothing before that. */
  until?: Promise<void>;
  /** What it does then. Default: it goes on. */
  then?: 'goes-on' | 'hangs-up' | 'resets' | 'falls-silent';
  /** At `body`: whether it takes the mail. Default: whether it says yes. */
  keeps?: boolean;
}

/** What the peer does in one mail, where it differs from a server that takes everything. */
export type Script = Partial<Record<SmtpMoment, Play>>;

/** How a connection begins, where that is not as usual. STARTTLS is offered where it is played, and is no more than an answer. */
export type Greeting = Partial<Record<'connect' | 'ehlo' | 'starttls' | 'auth', Play>>;

/** What the peer did to one mail. */
export interface PlayedMail {
  script: Script;
  recipient: string | undefined;
}

const YES: Record<Exclude<SmtpMoment, 'body-begins'>, string> = {
  mail: '250 2.1.0 Ok',
  rcpt: '250 2.1.5 Ok',
  data: '354 go on',
  body: '250 2.0.0 Ok queued',
};

/** Milliseconds between two writes, so that they do not arrive as one. */
const APART = 5;

/**
 * A raw SMTP server on loopback that plays any answer, split, doubled, early, late or cut, at any moment: what a proper server
 * cannot. What it took is in `kept`, whether or not the client heard so.
 */
export class SmtpPeer {
  /** What it took, by Message-ID with its brackets, in the order in which it did. */
  readonly kept: { messageId: string; recipient: string | undefined; raw: string }[] = [];
  /** Every mail that was offered, in the order of MAIL. */
  readonly mails: PlayedMail[] = [];
  /** How often it was connected to. */
  connected = 0;
  /** How often somebody said good-bye to it. */
  partings = 0;
  /** What it does in the n-th mail, counted from 1 by MAIL over all connections. */
  plays: (nth: number) => Script = () => ({});
  /** What it does when it is connected to for the n-th time. */
  greets: (nth: number) => Greeting = () => ({});

  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** Whether it offers to hear commands before it has answered the last; of connections to come. */
    public pipelining: boolean,
    /** Whether it offers AUTH PLAIN, and takes anybody. */
    private readonly signIn: boolean,
  ) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.sockets.delete(socket));
      this.converse(socket).catch(() => socket.destroy());
    });
  }

  /** It ends with the file of tests at the latest. */
  static async start({ pipelining = false, signIn = false } = {}): Promise<SmtpPeer> {
    const server = createServer();
    const peer = new SmtpPeer(server, pipelining, signIn);
    atEnd(() => peer.stop());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  /** `smtp://127.0.0.1:<port>` */
  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Connections open now. */
  get connections(): number {
    return this.sockets.size;
  }

  /** How often it took the mail with this Message-ID. */
  copies(messageId: string): number {
    return this.kept.filter((mail) => mail.messageId === messageId).length;
  }

  /** Ends all connections, with a word or without one. */
  hangUp(word = ''): void {
    for (const socket of this.sockets) socket.end(word);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async converse(socket: Socket): Promise<void> {
    const lines = new LineReader(socket);
    this.connected += 1;
    const greeting = this.greets(this.connected);
    await play(socket, greeting.connect, '220 peer ESMTP');
    let mail: PlayedMail = { script: {}, recipient: undefined };
    for (;;) {
      const line = await lines.until('\r\n');
      if (line === undefined) return;
      const verb = line.slice(0, 4).toUpperCase();
      const { script } = mail;
      switch (verb) {
        case 'EHLO': {
          const offers = [
            ...(this.pipelining ? ['PIPELINING'] : []),
            ...(greeting.starttls ? ['STARTTLS'] : []),
            ...(this.signIn ? ['AUTH PLAIN'] : []),
            '8BITMIME',
          ];
          const said = offers.map((offer) => `250-${offer}\r\n`).join('');
          await play(socket, greeting.ehlo, `250-peer\r\n${said}250 SMTPUTF8`);
          break;
        }
        case 'STAR':
          await play(socket, greeting.starttls, '220 2.0.0 go on');
          break;
        case 'AUTH':
          await play(socket, greeting.auth, '235 2.7.0 welcome');
          break;
        case 'MAIL':
          mail = { script: this.plays(this.mails.length + 1), recipient: undefined };
          this.mails.push(mail);
          await play(socket, mail.script.mail, YES.mail);
          break;
        case 'RCPT':
          if (isYes(script.mail)) mail.recipient = /<(.*)>/.exec(line)?.[1];
          await play(socket, script.rcpt, mail.recipient === undefined ? '503 5.5.1 MAIL first' : YES.rcpt);
          break;
        case 'DATA': {
          const goesOn = mail.recipient !== undefined && isYes(script.rcpt);
          await play(socket, script.data, goesOn ? YES.data : '554 5.5.1 no valid recipients');
          if (goesOn && isGoOn(script.data)) await this.take(socket, lines, mail);
          break;
        }
        case 'QUIT':
          this.partings += 1;
          socket.end('221 2.0.0 bye\r\n');
          return;
        default:
          socket.write(verb === 'RSET' || verb === 'NOOP' ? '250 Ok\r\n' : '500 5.5.2 what?\r\n');
      }
    }
  }

  private async take(socket: Socket, lines: LineReader, mail: PlayedMail): Promise<void> {
    const { 'body-begins': begins, body } = mail.script;
    let raw = '';
    if (begins) {
      raw = (await lines.until('\r\n')) ?? '';
      await play(socket, begins, '');
    }
    const rest = await lines.until('\r\n.\r\n');
    if (rest === undefined) return;
    raw = begins ? `${raw}\r\n${rest}` : rest;
    const messageId = /^message-id:\s*(<[^>]*>)/im.exec(raw)?.[1] ?? '';
    if (body?.keeps ?? isYes(body)) this.kept.push({ messageId, recipient: mail.recipient, raw });
    await play(socket, body, YES.body);
  }
}

function isYes(play: Play | undefined): boolean {
  return play?.says === undefined || play.says.join('').startsWith('2');
}

function isGoOn(play: Play | undefined): boolean {
  return play?.says === undefined || play.says.join('').startsWith('354');
}

async function play(
  socket: Socket,
  { says, after = 0, until, then = 'goes-on' }: Play = {},
  yes: string,
): Promise<void> {
  if (after > 0) await delay(after);
  await until;
  const writes = says ?? (yes === '' ? [] : [`${yes}\r\n`]);
  for (const [at, bytes] of writes.entries()) {
    if (at > 0) await delay(APART);
    socket.write(bytes);
  }
  switch (then) {
    case 'goes-on':
      return;
    case 'hangs-up':
      socket.end();
      break;
    case 'resets':
      socket.resetAndDestroy();
      break;
    case 'falls-silent':
      break;
  }
  // Nothing more is said, whatever comes.
  await new Promise((resolve) => socket.once('close', resolve));
  throw new Error('the scene is over');
}
