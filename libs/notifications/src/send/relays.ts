import type { Mailer } from '#libs/email/index.js';

/** The relays that mails can go by. */
export class Relays {
  constructor(
    readonly first: Mailer,
    readonly second?: Mailer,
  ) {}

  /** Closes idle connections now and busy ones when they are done. */
  close(): void {
    this.first.close();
    this.second?.close();
  }
}
