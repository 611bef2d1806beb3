import type { Socket } from 'node:net';
import type { Readable, Transform } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpStep } from './blame.rules.js';
import type { HandOver } from './hand.over.js';
import { outcomeOf } from './outcome.js';
import type { Ending } from './outcome.js';
import type { RelayAddress } from './relay.address.js';
import { replyCode } from './reply.code.js';
import { ReplyCount } from './reply.count.js';

/** Lets the body of a mail go out; throws when it must not. */
export type Gate = () => Promise<void>;

export interface Envelope {
  from: string;
  to: string;
}

/** What Nodemailer puts on its errors. */
export interface SmtpError extends Error {
  response?: string;
  command?: string;
}

/** Answers that a mail takes before its body: to MAIL, RCPT and DATA. */
const BEFORE_BODY = 3;
/** What ends a body. */
const END = Buffer.from('.\r\n');
/** Milliseconds that the relay has to answer QUIT. */
const LAST_WORDS = 2_000;

/**
 * A connection to the relay, ready to take mails one after another. It is good for another only after a mail that was taken with
 * exactly the answers that it takes: one too many would be heard as the answer to the next mail.
 */
export class RelayConnection {
  private readonly replies: ReplyCount;
  /** Ends the conversation that is under way. */
  private cut: ((error: Error) => void) | undefined;
  private isLost = false;

  private constructor(
    private readonly smtp: SMTPConnection,
    private readonly socket: Socket,
    whenClosed: (connection: RelayConnection) => void,
  ) {
    this.replies = new ReplyCount(socket);
    smtp.once('end', () => {
      this.isLost = true;
      whenClosed(this);
      // Nodemailer tells whoever sends, but not always; he hears the relay's last words first.
      setImmediate(() => this.cut?.(new Error('The connection was closed')));
    });
  }

  /**
   * Connects: greeted, encrypted where the relay can, signed in where there is a user.
   * @param whenClosed is called once, when the connection takes no more mails.
   * @throws SmtpError
   */
  static async open(
    { options, auth, timeout }: RelayAddress,
    whenClosed: (connection: RelayConnection) => void,
  ): Promise<RelayConnection> {
    const smtp = new SMTPConnection(options);
    let timer: NodeJS.Timeout | undefined;
    // Whatever breaks is followed by an end, and whoever sends hears it.
    smtp.on('error', () => undefined);
    try {
      await new Promise<void>((resolve, reject) => {
        // A relay that says a little again and again is never silent.
        timer = setTimeout(() => reject(new Error('It took too long to connect')), 2 * timeout);
        smtp.once('error', reject);
        smtp.once('end', () => reject(new Error('The relay closed the connection')));
        const ended = (error?: Error | null) => (error ? reject(error) : resolve());
        smtp.connect((error) => {
          if (!error && auth && smtp.allowsAuth) smtp.login(auth, ended);
          else ended(error);
        });
      });
    } catch (error) {
      smtp.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return new RelayConnection(smtp, smtp._socket as Socket, whenClosed);
  }

  /** Whether it takes another mail. */
  get isOpen(): boolean {
    return !this.isLost && this.socket.writable && this.replies.isWhole;
  }

  /**
   * Offers one mail. The connection is closed unless it was taken and nothing else was said.
   * @param body the mail as bytes: each line ends with CRLF, and none begins with a dot.
   * @param gate is awaited when the relay has said "go on" to DATA. When it throws, not a byte leaves.
   */
  async send(envelope: Envelope, body: Buffer, gate: Gate): Promise<HandOver> {
    this.replies.begin();
    const handOver = outcomeOf(await this.converse(envelope, body, gate));
    this.cut = undefined;
    if (handOver.outcome !== 'accepted') this.smtp.close();
    return handOver;
  }

  /** Says good-bye and hangs up. */
  quit(): void {
    this.smtp.quit();
    setTimeout(() => this.smtp.close(), LAST_WORDS).unref();
  }

  /** Hangs up at once: a mail that is under way ends as far as it came. */
  cutShort(because: Error): void {
    this.cut?.(because);
    this.smtp.close();
  }

  /** Whether the answers that came are those that were due. */
  private inStep({ began, step, error, response }: Ending): Partial<Ending> {
    const { count, isWhole } = this.replies;
    if (began) {
      // What broke off in the middle of an answer was none.
      if (count <= BEFORE_BODY) return { response: undefined };
      return { isOutOfStep: response !== undefined && (count !== BEFORE_BODY + 1 || !isWhole) };
    }
    // With pipelining DATA may be answered although the recipient was not, and an empty mail has to be ended.
    const due = step === 'rcpt' ? BEFORE_BODY + 1 : BEFORE_BODY;
    return { isOutOfStep: error instanceof OutOfStep || count > due };
  }

  private async converse(envelope: Envelope, body: Buffer, gate: Gate): Promise<Ending> {
    const ending: Ending = { step: 'mail', began: false };
    let isOver = false;
    await new Promise<void>((resolve) => {
      const end = (step: SmtpStep, error: SmtpError | undefined, response = error?.response) => {
        if (!isOver) Object.assign(ending, { step, error, response });
        isOver = true;
        resolve();
      };
      this.cut = (error) => end(ending.began ? 'body' : 'mail', error);
      const letOut = async (out: Transform) => {
        const answer = String(this.smtp.lastServerResponse);
        // Nodemailer would take 250 for "go on", too.
        if (replyCode(answer) !== 354) throw new OutOfStep(answer);
        await gate();
        // An answer to what has not been sent yet, or one that came before its command. A good-bye is heard first.
        if (this.replies.count !== BEFORE_BODY) await turn();
        if (isOver) return;
        if (this.replies.count !== BEFORE_BODY) throw new OutOfStep();
        ending.began = true;
        // There is nothing for a stream to mend: one write is all that it takes.
        out.unpipe();
        this.socket.write(Buffer.concat([body, END]));
      };
      const pipe = (out: Transform) =>
        void letOut(out).catch((error: unknown) => end('data', error as Error));
      // All that Nodemailer asks of a stream is that it can be piped. It tells nobody when we close the connection: `cut` does.
      this.smtp.send(envelope, { pipe } as unknown as Readable, (error, info) =>
        error ? end(stepOf(error, ending.began), error) : end('body', undefined, info.response),
      );
    });
    // What came in one piece with the answer is counted by then.
    await turn();
    return { ...ending, ...this.inStep(ending) };
  }
}

/** The relay answered what nobody had asked. */
class OutOfStep extends Error {
  constructor(readonly response?: string) {
    super('The relay gave an answer that fits none of our commands');
  }
}

function stepOf({ command }: SmtpError, began: boolean): SmtpStep {
  if (began) return 'body';
  return command === 'RCPT TO' ? 'rcpt' : command === 'DATA' ? 'data' : 'mail';
}
