import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { Mailer } from '#libs/email/index.js';
import type { OutgoingMail } from '../../../libs/email/src/message/message.js';
import { eventually } from '../eventually.js';
import { SENDER, TAXPAYER } from './mail.server.js';
import type { Delivered, MailServer, MailServerKind, Ports } from './mail.server.js';

/** Parameters of a relay's address; and a password that differs from the right one, empty for none. */
type Query = Record<string, string | undefined> & { password?: string };

export const FROM = 'Tax Filing <no-reply@example.org>';

let ids = 0;

/** A mail of its own, with all that has come to grief on its way through a server. */
export function aMail(members: Partial<OutgoingMail> = {}): OutgoingMail {
  return {
    messageId: `n${(ids += 1)}@return-receipt.example.org`,
    to: TAXPAYER,
    language: 'es',
    subject: `Aceptada: tu declaración – ${'de la renta de las personas físicas, '.repeat(6)}2026 ✓`,
    html: '<p>Señora Núñez, 你好</p>\n.\n<p>.</p>',
    text: 'A line\n.\n..\n.hidden\nFrom a line that an mbox escapes\n\n-- \nwith a blank at its end \n.',
    ...members,
  };
}

/** What our mailer and one server have to do with each other. */
export class Correspondence {
  #mailers: Mailer[] = [];

  private constructor(
    private readonly kind: MailServerKind,
    private readonly server: MailServer,
  ) {}

  static async start(kind: MailServerKind): Promise<Correspondence> {
    return new Correspondence(kind, await kind.start());
  }

  /** What the server calls itself. */
  get version(): string {
    return this.server.version;
  }

  /** A mailer with the address of one of the server's ports as SMTP_URL has it, that trusts its certificate if not told otherwise. */
  mailerTo(port: keyof Ports, { password = SENDER.password, ...query }: Query = {}): Mailer {
    const asks = port !== 'plain' && this.kind.knowsUsers && password;
    const who = asks ? `${SENDER.user}:${encodeURIComponent(password)}@` : '';
    const scheme = port === 'tls' ? 'smtps' : 'smtp';
    const all = { 'tls.ca': readFileSync(this.server.certificate, 'utf8'), ...query };
    const words = Object.entries(all).flatMap(([name, word]) =>
      word ? [`${name}=${encodeURIComponent(word)}`] : [],
    );
    const url = `${scheme}://${who}127.0.0.1:${this.server.ports[port]}?${words.join('&')}`;
    const mailer = new Mailer({ url, from: FROM, connections: 2, timeout: 60_000 });
    this.#mailers.push(mailer);
    return mailer;
  }

  copiesOf({ messageId }: OutgoingMail): Delivered[] {
    return this.server.delivered().filter(({ raw }) => raw.includes(`Message-ID: <${messageId}>`));
  }

  arrival(mail: OutgoingMail): Promise<Delivered> {
    return eventually(() => this.copiesOf(mail)[0], { because: `${mail.messageId} to arrive` });
  }

  async expectToArrive(mail: OutgoingMail, mailer = this.mailerTo('plain')): Promise<Delivered> {
    expect(await mailer.send(mail)).toMatchObject({ outcome: 'accepted', responseCode: 250 });
    return this.arrival(mail);
  }

  /** What was sent later has come, and it has not. */
  async expectNotToArrive(mail: OutgoingMail): Promise<void> {
    await this.expectToArrive(aMail());
    expect(this.copiesOf(mail)).toEqual([]);
  }

  /** Where the server says by which way we made ourselves known, it was this one. */
  async expectMechanism(name: string): Promise<void> {
    const { server } = this;
    if (!server.mechanisms) return;
    await eventually(() => server.mechanisms?.().at(-1) === name, { because: `AUTH ${name} in its log` });
  }

  /** Ends the conversations: a server allows so and so many connections. */
  hangUp(): void {
    for (const mailer of this.#mailers) mailer.close();
    this.#mailers = [];
  }
}

/** A message without what is new each time that it is built. */
export function masked(message: Buffer): string {
  return message
    .toString('latin1')
    .replaceAll(/--_NmP-[\w-]+?-Part_\d/g, '--_NmP-Part')
    .replace(/^Date: .*$/m, 'Date:');
}
