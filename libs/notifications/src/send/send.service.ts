import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { TemplateCatalogue, TemplateError } from '#libs/email/index.js';
import type { HandOver, RenderedMail, UnknownReason } from '#libs/email/index.js';
import {
  alsoConcerning,
  announce,
  Batcher,
  PrismaService,
  Sealer,
  SealError,
  SETTINGS,
  since,
  stepBegins,
} from '#libs/platform/index.js';
import type { NotificationState, Settings } from '#libs/platform/index.js';
import { isSuperseded } from '../standing/told.js';
import { laneOf } from '../terms/mail.kinds.js';
import { addressHashesOf } from '../terms/address.hash.js';
import { Addressee } from './addressee.js';
import type { ClaimedNotification } from './claim.js';
import { NotificationWrites } from './notification.writes.js';
import type { NextState } from './notification.writes.js';
import { BATCH_ABORTED, NO_ADDRESS } from './notification.reason.js';
import type { NotificationReason } from './notification.reason.js';
import { ReturnStore } from '../returns/return.store.js';
import { RelayUseService } from './relay.use.service.js';
import { retry } from './retry.policy.js';
import { SendQueue } from './send.queue.js';
import { whyNotDue } from './still-due.rules.js';

/** A state in which a mail ends without a conversation, and why. */
type Conclusion = [
  state: Extract<NotificationState, 'withheld' | 'no_address' | 'failed'>,
  reason: NotificationReason,
];

/** Why no conversation with a relay begins. */
interface Obstacle {
  state: 'no_address' | 'failed';
  reason: NotificationReason;
}

interface Composed {
  mail: RenderedMail;
  to: string;
  /** Sealed: what the mail was rendered with. */
  values: string;
}

/** What is wrong with us or the relay, and with no recipient. */
const TO_BE_MENDED: NotificationReason[] = ['message-refused', 'relay-refused', 'relay-out-of-step'];

/** Tax returns whose history is read in one round trip. */
const HISTORIES = 200;

/** Sends one notification: claim, still due?, render, open the delivery, SMTP (before the body: begin), settle. */
@Injectable()
export class SendService {
  private readonly logger = new Logger(SendService.name);

  private readonly histories = new Batcher(
    (taxReturnIds: string[]) => this.returns.readAll(this.prisma.pool, taxReturnIds),
    HISTORIES,
  );

  constructor(
    private readonly writes: NotificationWrites,
    private readonly returns: ReturnStore,
    private readonly addressee: Addressee,
    private readonly catalogue: TemplateCatalogue,
    private readonly relays: RelayUseService,
    private readonly queue: SendQueue,
    private readonly prisma: PrismaService,
    private readonly sealer: Sealer,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Does nothing when the notification is not due or in other hands: a job may come twice, or late. */
  async send(id: string): Promise<void> {
    let began = stepBegins();
    const claimed = await this.writes.claim(id);
    if (!claimed) return;
    const { template, taxReturnId, attempt } = claimed;
    alsoConcerning({ taxReturnId });
    const claimedAt = stepBegins();
    if (began) announce({ step: 'claimed', id, template, ms: since(began) });

    const notDue = whyNotDue(claimed, await this.histories.call(taxReturnId), new Date());
    const withheld = notDue ?? (claimed.isWithdrawn ? BATCH_ABORTED : undefined);
    if (withheld) return this.conclude(claimed, 'withheld', withheld);

    began = stepBegins();
    const composed = this.compose(claimed);
    if ('state' in composed) return this.conclude(claimed, composed.state, composed.reason);
    const { mail, to, values } = composed;
    if (began) announce({ step: 'rendered', id, template, ms: since(began) });

    const { language, version: templateVersion } = mail;
    const addressHashes = addressHashesOf(this.sealer, to);
    const mailer = await this.relays.relayFor(claimed);
    const { relay } = mailer;
    const delivery = { relay, language, templateVersion, values, addressHashes };
    began = stepBegins();
    const opened = await this.persist(() => this.writes.open(claimed, delivery));
    if (opened === 'suppressed') return this.conclude(claimed, 'withheld', 'suppressed');
    if (opened === 'lost') return;
    if (began) announce({ step: 'opened', id, template, relay, ms: since(began) });

    const messageId = `${id}@${this.settings.MESSAGE_ID_DOMAIN}`;
    began = stepBegins();
    const handOver = await mailer.send({ ...mail, to, messageId }, () => this.begin(claimed, relay));
    const { outcome } = handOver;
    const reason = outcome === 'accepted' ? '' : handOver.reason;
    if (began)
      announce({ step: 'handed-over', id, template, relay, attempt, outcome, reason, ms: since(began) });

    began = stepBegins();
    const next = this.next(claimed, handOver, relay);
    const again = await this.persist(() => this.writes.settle(claimed, handOver, next));
    const sinceAsked = claimed.age + since(claimedAt);
    const { state } = next;
    const lane = laneOf(claimed);
    if (began)
      announce({ step: 'settled', id, template, lane, relay, outcome: state, sinceAsked, ms: since(began) });
    this.report(claimed, handOver);
    if (again) await this.queue.enqueue([again]);
  }

  private async conclude(claimed: ClaimedNotification, ...[state, reason]: Conclusion): Promise<void> {
    const began = stepBegins();
    await this.writes.conclude(claimed, state, reason);
    const { id, template } = claimed;
    const outcome = isSuperseded(reason) ? 'superseded' : state;
    const lane = laneOf(claimed);
    if (began) announce({ step: 'concluded', id, template, lane, outcome, ms: since(began) });
  }

  /** The mail, whom it goes to, and what it says. What stands in the way now stands there at the next try too. */
  private compose(claimed: ClaimedNotification): Composed | Obstacle {
    try {
      const to = this.addressee.addressOf(claimed);
      if (to === undefined) return { state: 'no_address', reason: NO_ADDRESS };
      const context = this.addressee.contextOf(claimed);
      const mail = this.catalogue.render(claimed.template, this.addressee.languageOf(claimed), context);
      const values = JSON.stringify({ context, site: this.catalogue.site });
      return {
        to,
        mail,
        values: this.sealer.seal(values, `deliveries.values:${claimed.id}-${claimed.attempt}`),
      };
    } catch (error) {
      if (!(error instanceof TemplateError || error instanceof SealError)) throw error;
      this.logger.error({
        message: 'A mail cannot be made and has failed; mend the cause and send it again',
        err: error,
      });
      return { state: 'failed', reason: error instanceof SealError ? 'unreadable' : 'not-renderable' };
    }
  }

  /** @throws Error when the body of the mail must not go out. */
  private async begin(claimed: ClaimedNotification, relay: string): Promise<void> {
    const began = stepBegins();
    const isOurs = await this.persist(() => this.writes.begin(claimed));
    if (!isOurs) throw new Error('The conversation was called over before the mail went out');
    const { id, template } = claimed;
    if (began) announce({ step: 'data-began', id, template, relay, ms: since(began) });
  }

  /**
   * Whether a conversation began, and how it ended, is known here and nowhere else: a database that restarts is waited
   * for as long as the lease lasts. Its answer may be lost after it wrote, so what is written may be written twice.
   */
  private async persist<T>(write: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.settings.SEND_LEASE;
    for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        return await write();
      } catch (error) {
        if (Date.now() + wait > deadline) throw error;
        this.logger.warn({
          message: 'A step of a send could not be written yet; it is tried again',
          err: error,
        });
        await delay(wait);
      }
    }
  }

  private next(claimed: ClaimedNotification, handOver: HandOver, relay: string): NextState {
    switch (handOver.outcome) {
      case 'accepted':
        return { state: 'handed_over' };
      case 'refused':
        return { state: 'failed', reason: handOver.reason };
      case 'unknown':
        return this.afterUnknown(claimed.template, handOver.reason);
      case 'deferred': {
        const decision = retry({ ...claimed, ...handOver }, this.settings);
        if (!('wait' in decision)) return { state: 'failed', reason: decision.giveUp };
        return {
          state: 'queued',
          reason: handOver.reason,
          wait: this.relays.goesByOther(relay) ? 0 : decision.wait,
        };
      }
    }
  }

  /** Perhaps sent: held for a person or a receipt, unless a stated policy accepts a double. */
  afterUnknown(template: string, reason: UnknownReason): NextState {
    const wait = this.settings.UNKNOWN_RESEND_AFTER[template];
    return wait === undefined
      ? { state: 'unknown', reason }
      : { state: 'queued', reason: 'unknown-resend', wait };
  }

  /** A mail that is tried again or has no reader is nothing that anybody mends; that many are, the alarm says. */
  private report({ attempt, template }: ClaimedNotification, handOver: HandOver): void {
    const line = { attempt, template, response: handOver.response };
    if (handOver.outcome === 'accepted') {
      this.logger.log({ message: 'Hand-over accepted', attempt, template });
      return;
    }
    const { outcome, reason } = handOver;
    if (outcome === 'unknown')
      this.logger.warn({
        message: 'A mail may have arrived or not; a receipt or a person settles it',
        reason,
        ...line,
      });
    else if (TO_BE_MENDED.includes(reason))
      this.logger.warn({
        message: 'The relay does not take what we send, whoever it is for',
        reason,
        ...line,
      });
    else this.logger.log({ message: `Hand-over ${outcome}`, reason, ...line });
  }
}
