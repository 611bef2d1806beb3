import { knownMailboxOf } from '#libs/platform/index.js';
import { senderOf } from '../message/header.js';
import { toBytes } from '../message/message.js';
import type { OutgoingMail } from '../message/message.js';
import { ConnectionPool } from './connection.pool.js';
import type { HandOver } from './hand.over.js';
import { outcomeOf } from './outcome.js';
import { relayAddress } from './relay.address.js';
import type { Gate, RelayConnection, SmtpError } from './relay.connection.js';

export interface MailerOptions {
  /** smtp:// or smtps://, with user and password where the relay wants them. */
  url: string;
  from: string;
  /** At most. */
  connections: number;
  /** Milliseconds of silence after which a connection is given up. */
  timeout: number;
}

/** Hands mails to a relay. For SMTP's own reasons it never throws: each ends in a {@link HandOver}. */
export class Mailer {
  /** The relay's host and port, for the record. */
  readonly relay: string;
  private readonly pool: ConnectionPool;
  private readonly sender: string;

  constructor(private readonly options: MailerOptions) {
    this.relay = new URL(options.url).host;
    this.pool = new ConnectionPool(relayAddress(options.url, options.timeout), options.connections);
    this.sender = senderOf(options.from);
  }

  /**
   * @param gate is awaited when the relay has said "go on" to DATA. When it throws, not a byte of the mail leaves: the
   * hand-over is deferred.
   */
  async send(mail: OutgoingMail, gate: Gate = open): Promise<HandOver> {
    // Waiting for a free connection counts too, and leaves enough for a conversation.
    const deadline = performance.now() + 2 * this.options.timeout;
    const message = toBytes(mail, this.options.from);
    const envelope = { from: this.sender, to: knownMailboxOf(mail.to) };
    let connection: RelayConnection;
    try {
      connection = await this.pool.take(this.options.timeout);
    } catch (error) {
      const { response } = error as SmtpError;
      return outcomeOf({ step: 'start', began: false, response, error: error as Error });
    }
    const giveUp = () => connection.cutShort(new Error('The conversation took too long'));
    const timer = setTimeout(giveUp, deadline - performance.now());
    const handOver = await connection.send(envelope, message, gate);
    clearTimeout(timer);
    this.pool.give(connection);
    return handOver;
  }

  /** Closes idle connections now and busy ones when they are done. */
  close(): void {
    this.pool.close();
  }
}

const open: Gate = () => Promise.resolve();
