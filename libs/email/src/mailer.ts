import { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import { foreignWords } from '#libs/platform/index.js';
import { messageOf } from './message.js';
import type { OutgoingMail } from './message.js';
import { outcomeOf } from './smtp.outcome.js';
import type { HandOver } from './smtp.outcome.js';

export interface MailerOptions {
  /** smtp:// or smtps://, with user and password where the relay wants them. */
  url: string;
  from: string;
  connections: number;
  /** Milliseconds of silence after which a connection is given up. */
  timeout: number;
}

/** Hands mails to a relay over pooled SMTP. For SMTP's own reasons it never throws: each ends in a {@link HandOver}. */
export class Mailer {
  private readonly transport;
  /** What is asked before a body leaves, by the signal that would end its conversation: Nodemailer carries nothing else of ours to its transport. */
  private readonly gates = new WeakMap<AbortSignal, Gate>();

  constructor(private readonly options: MailerOptions) {
    this.transport = createTransport({
      url: options.url,
      pool: true,
      maxConnections: options.connections,
      maxMessages: Infinity,
      idleTimeout: 60_000,
      // The pool would send a mail again by itself when its connection closes. Only our rows decide that.
      maxRequeues: 0,
      connectionTimeout: options.timeout,
      greetingTimeout: options.timeout,
      socketTimeout: options.timeout,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    this.transport.use('stream', (mail, done) => {
      const { signal } = mail.data;
      const open = mail.message.createReadStream.bind(mail.message);
      const gate = signal && this.gates.get(signal);
      Object.assign(mail.message, { createReadStream: () => new WhenAsked(open, gate) });
      done();
    });
  }

  /** The relay's host and port, for the record. */
  get relay(): string {
    return new URL(this.options.url).host;
  }

  /**
   * @param gate is awaited when the relay has said "go on" to DATA. When it throws, not a byte of the mail leaves: the
   * hand-over is deferred.
   */
  async send(mail: OutgoingMail, gate?: Gate): Promise<HandOver> {
    let began = false;
    const giveUp = new AbortController();
    // Waiting for a free connection counts too.
    const timer = setTimeout(() => giveUp.abort(), this.options.timeout * 2);
    const { signal } = giveUp;
    this.gates.set(signal, async () => {
      await gate?.();
      // Too late for a conversation that was given up.
      signal.throwIfAborted();
      began = true;
    });
    try {
      const { response } = await this.transport.sendMail({ ...messageOf(mail, this.options.from), signal });
      return {
        outcome: 'accepted',
        responseCode: Number(response.slice(0, 3)) || 250,
        response: foreignWords(response),
      };
    } catch (error) {
      return outcomeOf(error as Error, began);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes idle connections now and busy ones when they are done. */
  close(): void {
    this.transport.close();
  }
}

/** Lets the body of a mail go out; throws when it must not. */
export type Gate = () => Promise<void>;

/** The bytes of a message, built when the first of them is wanted: that is when the relay has answered DATA with 354. */
class WhenAsked extends Readable {
  constructor(
    private readonly open: () => Readable,
    private readonly gate: Gate | undefined,
  ) {
    super();
  }

  /** Hands them on in one piece: many small ones cost more than they save at the size of a mail. */
  override _read(): void {
    this.pass().catch((error: unknown) => this.destroy(error as Error));
  }

  private async pass(): Promise<void> {
    await this.gate?.();
    const chunks: Buffer[] = [];
    this.open()
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('error', (error: Error) => this.destroy(error))
      .on('end', () => {
        this.push(Buffer.concat(chunks));
        this.push(null);
      });
  }
}
