import { expect } from 'vitest';
import { aReturn, submitted } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import type { SentMail } from '../support/ses.js';
import type { Stack } from '../support/stack.js';

/** What of a mail receipts may change. */
interface Notification {
  id: string;
  state: string;
  reason: string | null;
  standing: string;
  deliveredAt: string | null;
  bouncedAt: string | null;
  bounceReason: string | null;
}

interface Outcome {
  outcome: string;
  reason?: string;
}

/** Brings receipts to a service, and looks at what came of them. */
export class Receipts {
  constructor(private readonly stack: Stack) {}

  /** One that the relay took. */
  async aSentMail(): Promise<SentMail> {
    const owner = await aReturn(this.stack);
    await this.stack.put('confirmation', submitted(owner));
    await this.stack.idle();
    return this.mailOf(owner);
  }

  async mailOf({ taxReturnId, email }: MadeReturn): Promise<SentMail> {
    const { body } = await this.stack.api<{ items: Notification[] }>(
      'GET',
      `/v1/notifications?taxReturnId=${taxReturnId}`,
    );
    return { id: body.items[0]?.id ?? '', email };
  }

  async notification({ id }: { id: string }): Promise<Notification> {
    return (await this.stack.api<Notification>('GET', `/v1/notifications/${id}`)).body;
  }

  async outcomesOf({ id }: { id: string }): Promise<string[]> {
    const rows = await this.stack.sql<{ outcome: string }>(
      'SELECT outcome FROM deliveries WHERE notification_id = $1 ORDER BY attempt',
      [id],
    );
    return rows.map(({ outcome }) => outcome);
  }

  async post(body: string, type: string): Promise<[number, Outcome]> {
    const answer = await this.stack.api<Outcome>('POST', '/v1/receipts', body, { 'content-type': type });
    return [answer.status, answer.body];
  }

  async accept(body: string): Promise<void> {
    const [status, { outcome }] = await this.post(body, 'application/json');
    expect([status, outcome]).toEqual([202, expect.stringMatching(/applied|duplicate/)]);
  }

  async reasons(): Promise<string[]> {
    const rows = await this.stack.sql<{ reason: string }>(
      'SELECT reason FROM quarantine WHERE resolved_at IS NULL',
    );
    return rows.map(({ reason }) => reason);
  }

  quarantined(notificationId: string) {
    return this.stack.sql('SELECT kind, resolution FROM quarantine WHERE notification_id = $1', [
      notificationId,
    ]);
  }
}
