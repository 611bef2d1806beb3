import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { HandOver, RenderedMail } from '#libs/email/index.js';
import { PrismaService, Sealer, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { foldedMailboxOf } from '../terms/address.hash.js';
import { RelayUseService } from '../send/relay.use.service.js';
import { isAllowed } from './test-mail.rules.js';

const PER_MINUTE = 5;
/** Held while the test mails of the last minute are counted: two processes must not both find room for the last one. */
const LOCK = 7_461_002;

/** A test mail is not sent, for a reason that its sender can mend. */
export class TestMailRefused extends Error {
  constructor(
    readonly reason: 'not-allowed' | 'too-many',
    message: string,
  ) {
    super(message);
  }
}

/** What became of a test mail; `outcome` is null while nobody knows. */
export interface TestMail {
  outcome: HandOver['outcome'] | null;
  response: string | null;
}

/** Who asks for which mail. */
export interface TestMailRequest {
  mail: RenderedMail;
  /** Absent for edited values. */
  sample: string | undefined;
  to: string;
  /** The key that asks. */
  by: string;
}

/** Sends a rendered sample to a colleague: allow-listed, limited, marked, and on record without the address. */
@Injectable()
export class TestMailService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly relays: RelayUseService,
    private readonly sealer: Sealer,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Sends it, once: a test mail is not tried again.
   * @returns the id of the record
   * @throws TestMailRefused when the address is not allowed or there were too many
   */
  async send(request: TestMailRequest): Promise<string> {
    const { mail, to } = request;
    if (!isAllowed(to, this.settings.TEST_MAIL_ALLOWED))
      throw new TestMailRefused(
        'not-allowed',
        'Test mails may not go to this address; the setting TEST_MAIL_ALLOWED says where.',
      );
    const id = await this.record(request);
    const mailer = await this.relays.inUse();
    const handOver = await mailer.send({
      ...mail,
      to,
      subject: `[TEST] ${mail.subject}`,
      messageId: `test-${id}@${this.settings.MESSAGE_ID_DOMAIN}`,
    });
    await this.prisma.testMail.update({
      where: { id },
      data: { ...settled(handOver), settledAt: new Date() },
    });
    return id;
  }

  async find(id: string): Promise<TestMail | null> {
    return this.prisma.testMail.findUnique({ where: { id }, select: { outcome: true, response: true } });
  }

  private record({ mail, sample, to, by }: TestMailRequest): Promise<string> {
    const id = randomUUID();
    return this.prisma.$transaction(async (transaction) => {
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK})`;
      const since = new Date(Date.now() - 60_000);
      if ((await transaction.testMail.count({ where: { requestedAt: { gt: since } } })) >= PER_MINUTE)
        throw new TestMailRefused(
          'too-many',
          `There were ${PER_MINUTE} test mails in the last minute; wait for the next.`,
        );
      await transaction.testMail.create({
        data: {
          id,
          requestedBy: by,
          template: mail.template,
          sample,
          language: mail.language,
          templateVersion: mail.version,
          addressHash: this.sealer.fingerprint(foldedMailboxOf(to), 'test_mails.address'),
        },
      });
      return id;
    });
  }
}

function settled(handOver: HandOver) {
  return {
    outcome: handOver.outcome,
    reason: 'reason' in handOver ? handOver.reason : null,
    responseCode: 'responseCode' in handOver ? (handOver.responseCode ?? null) : null,
    response: handOver.response ?? null,
  };
}
