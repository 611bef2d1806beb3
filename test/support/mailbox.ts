import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { atEnd } from './at-end.js';
import { MailRules, type BadAnswer, type Drop, type Moment } from './mailbox.rules.js';
import { readMail, type Mail } from './mailbox.mail.js';

export type { BadAnswer, Drop } from './mailbox.rules.js';
export type { Mail } from './mailbox.mail.js';

/** How to start a mailbox. */
export interface MailboxOptions {
  /** `false` stores recipient and Message-ID only: for runs of ten thousand mails. Default true. */
  keepBodies?: boolean;
  /** Default: a free one. Give the port of a stopped mailbox to play a relay that comes back. */
  port?: number;
}

/**
 * A real SMTP server on loopback that takes every mail, and answers badly when told to. What it accepted is in `mails`,
 * in the order of acceptance, whether or not the client heard so.
 */
export class Mailbox {
  /** The mails that this server took responsibility for. */
  readonly mails: Mail[] = [];

  readonly #rules = new MailRules();
  readonly #sockets = new Map<number, Socket>();
  readonly #keepBodies: boolean;
  readonly #server: SMTPServer;
  #waiting: (() => void)[] = [];
  #holding = false;

  private constructor(keepBodies: boolean) {
    this.#keepBodies = keepBodies;
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      // Held mails wait as long as a test likes.
      socketTimeout: 10 * 60_000,
      onConnect: (session, callback) => callback(this.#refusal(session, 'connect')),
      onMailFrom: (_address, session, callback) => callback(this.#refusal(session, 'mail')),
      onRcptTo: ({ address }, session, callback) => {
        if (this.#rules.takeDrop('rcpt', [address])) this.#cut(session);
        else callback(this.#refusal(session, 'rcpt', address));
      },
      onData: (stream, session, callback) => {
        const chunks: Buffer[] = [];
        let size = 0;
        stream.on('data', (chunk: Buffer) => {
          // Without bodies the beginning is enough: the Message-ID stands there.
          if (this.#keepBodies || size < 16_384) chunks.push(chunk);
          size += chunk.length;
        });
        stream.on('error', () => undefined);
        stream.once('end', () => this.#received(Buffer.concat(chunks), session, callback));
      },
    });
    this.#server.on('error', () => undefined);
    this.#server.server.on('connection', (socket: Socket) => {
      const port = socket.remotePort ?? 0;
      this.#sockets.set(port, socket);
      socket.once('close', () => this.#sockets.delete(port));
    });
  }

  /** It ends with the file of tests at the latest. */
  static async start({ keepBodies = true, port = 0 }: MailboxOptions = {}): Promise<Mailbox> {
    const mailbox = new Mailbox(keepBodies);
    atEnd(() => mailbox.stop());
    await new Promise<void>((resolve, reject) => {
      mailbox.#server.server.once('error', reject);
      mailbox.#server.listen(port, '127.0.0.1', () => resolve());
    });
    return mailbox;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** `smtp://127.0.0.1:<port>` */
  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Number of connections open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Number of mails received whole whose answer is being held back. */
  get heldCount(): number {
    return this.#waiting.length;
  }

  /** Gives this answer instead of yes, `times` times (default: always), to one recipient or to all. */
  answer(rule: BadAnswer): void {
    this.#rules.add(rule);
  }

  /** Destroys the connection without an answer, `times` times (default 1). */
  drop(rule: Drop): void {
    this.#rules.addDrop(rule);
  }

  /** From now on mails are received whole and get no answer, until `release()`. */
  hold(): void {
    this.#holding = true;
  }

  /** Accepts what is held, as a relay that has the whole mail would even if the client has gone meanwhile. */
  release(): void {
    this.#holding = false;
    for (const accept of this.#waiting.splice(0)) accept();
  }

  /** Forgets mails, held mails and rules; open connections stay. */
  clear(): void {
    this.mails.length = 0;
    this.#rules.clear();
    this.#holding = false;
    this.#waiting = [];
  }

  /** Cuts all connections and stops listening, at once. */
  async stop(): Promise<void> {
    this.#waiting = [];
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets.values()) socket.destroy();
    await closed;
  }

  #received(raw: Buffer, session: SMTPServerSession, callback: DataCallback): void {
    const mail = readMail(raw, session.envelope, this.#keepBodies);
    const drop = this.#rules.takeDrop('after-data', mail.to);
    if (drop) {
      if (drop.keep) this.mails.push(mail);
      this.#cut(session);
      return;
    }
    const answer = this.#rules.take('data', mail.to);
    if (answer && answer.code >= 400) {
      callback(smtpError(answer));
      return;
    }
    const accept = () => {
      this.mails.push(mail);
      callback(null, answer?.text ?? `OK: queued as ${this.mails.length}`);
    };
    if (this.#holding) this.#waiting.push(accept);
    else accept();
  }

  #refusal(_session: SMTPServerSession, at: Moment, recipient?: string): Error | null {
    const answer = this.#rules.take(at, recipient === undefined ? [] : [recipient]);
    return answer && answer.code >= 400 ? smtpError(answer) : null;
  }

  #cut(session: SMTPServerSession): void {
    this.#sockets.get(session.remotePort)?.destroy();
  }
}

type DataCallback = (error?: Error | null, message?: string) => void;

function smtpError({ code, text }: BadAnswer): Error {
  return Object.assign(new Error(text ?? 'as the test asked'), { responseCode: code });
}
