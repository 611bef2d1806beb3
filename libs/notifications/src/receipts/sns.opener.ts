import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { SnsCertificates } from './sns.certificates.js';
import { isOfSns, isSignedBy, snsEnvelope } from './sns.envelope.js';
import type { SnsEnvelope } from './sns.envelope.js';

/** What an envelope comes to: its message; a subscription that is confirmed now; or something for an operator. */
export type Opened = { message: string } | { confirmed: string } | { refused: string; detail: string };

/** Asks for a URL; true when the answer was good. Tests have another. */
export type Visit = (url: string) => Promise<boolean>;

/** Opens what SNS sends: nothing of it is believed that SNS has not signed. */
@Injectable()
export class SnsOpener {
  private readonly logger = new Logger(SnsOpener.name);

  constructor(
    private readonly certificates: SnsCertificates,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'RECEIPT_TOPICS'>,
    @Optional() private readonly visit: Visit = visitUrl,
  ) {}

  /** @throws when its signature cannot be checked just now. */
  async open(document: unknown): Promise<Opened> {
    const read = snsEnvelope.safeParse(document);
    if (!read.success)
      return {
        refused: 'unreadable',
        detail: 'The message looks like one of SNS, but members are missing or wrong',
      };
    const envelope = read.data;
    const certificate = await this.certificates.find(envelope.SigningCertURL);
    if (certificate === undefined)
      return { refused: 'unknown-certificate', detail: 'The certificate that it names is none of SNS.' };
    if (!isSignedBy(envelope, certificate))
      return {
        refused: 'bad-signature',
        detail: 'The signature does not fit: SNS did not send this, or it was changed.',
      };
    const topics = this.settings.RECEIPT_TOPICS;
    if (topics.length > 0 && !topics.includes(envelope.TopicArn))
      return { refused: 'other-topic', detail: 'It comes from a topic that RECEIPT_TOPICS does not name.' };
    return envelope.Type === 'Notification' ? { message: envelope.Message } : this.heed(envelope);
  }

  /** A subscription is confirmed for topics that a setting names: whoever subscribed us to another shall not be believed. */
  private async heed({ Type, TopicArn, SubscribeURL = '' }: SnsEnvelope): Promise<Opened> {
    if (Type === 'UnsubscribeConfirmation')
      return {
        refused: 'unsubscribed',
        detail: 'Somebody ended the subscription: no more receipts come this way.',
      };
    if (!this.settings.RECEIPT_TOPICS.includes(TopicArn))
      return {
        refused: 'subscription-asked',
        detail:
          'A topic wants to send receipts here. Name it in RECEIPT_TOPICS and replay this, or confirm it in AWS.',
      };
    if (!isOfSns(SubscribeURL) || !(await this.visit(SubscribeURL)))
      return {
        refused: 'subscription-not-confirmed',
        detail:
          'The subscription could not be confirmed. Replay this within three days, or confirm it in AWS.',
      };
    this.logger.log({ message: 'A subscription to receipts was confirmed', topic: TopicArn });
    return { confirmed: TopicArn };
  }
}

async function visitUrl(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}
