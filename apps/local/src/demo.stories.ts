import {
  confirmationV1,
  confirmationV2,
  failed,
  sendMailV1,
  statusChangeV1,
  statusChangeV2,
} from './direct-file.messages.js';
import type { DemoWorld, Taxpayer } from './demo.world.js';

/** One taxpayer's season: what happens, and which mails they must find in their inbox, each exactly once. */
export interface Story {
  name: string;
  language: 'en' | 'es';
  /** False: nobody gave an address. */
  address?: boolean;
  expects: string[];
  /** They stand on the list that goes in when a fix is out, behind all that happens. */
  isListed?: boolean;
  /** The upstream has to be the demonstration's own, which is told what to answer. */
  asksUpstream?: boolean;
  happens: (world: DemoWorld, who: Taxpayer) => Promise<void>;
}

const receipt = (who: Taxpayer) => ({
  ...who,
  receiptId: `RCPT-${who.submissionId.slice(-6)}`,
  submissionReceivedAt: Date.now(),
});

const agiMismatch = {
  MeFErrorCode: 'F1040-525-03',
  MeFDescription: 'The prior-year income or PIN does not match the records of the authority.',
};

/** Every kind of event, in both languages, also in the wrong order and without an address. */
export const stories: Story[] = [
  {
    name: 'ana',
    language: 'en',
    expects: ['submitted', 'accepted'],
    happens: async (world, who) => {
      await world.register(who);
      await world.put('confirmation', confirmationV2([{ ...receipt(who), eventType: 'Submitted' }]));
      await world.told(who, 'submitted');
      await world.put('statusChange', statusChangeV1({ accepted: [who.submissionId] }));
    },
  },
  {
    name: 'ben',
    language: 'en',
    expects: ['submitted', 'rejected'],
    happens: async (world, who) => {
      await world.register(who);
      await world.put('confirmation', confirmationV1([receipt(who)]));
      await world.told(who, 'submitted');
      const rejected = {
        submissionId: who.submissionId,
        status: 'rejected' as const,
        rejectionCodes: [agiMismatch],
      };
      await world.put('statusChange', statusChangeV2([rejected]));
    },
  },
  {
    name: 'carmen',
    language: 'es',
    expects: ['submission-error', 'error-resolved', 'submitted', 'accepted'],
    happens: async (world, who) => {
      await world.register(who);
      await world.put('confirmation', confirmationV2([failed(who, 'validation')]));
      await world.told(who, 'submission-error');
      await world.put(
        'confirmation',
        JSON.stringify({ taxReturnId: who.taxReturnId, status: 'error_resolved' }),
      );
      await world.told(who, 'error-resolved');
      await world.put('confirmation', confirmationV2([{ ...receipt(who), eventType: 'Submitted' }]));
      await world.told(who, 'submitted');
      await world.put('statusChange', statusChangeV1({ accepted: [who.submissionId] }));
    },
  },
  {
    name: 'dan',
    language: 'en',
    expects: ['submission-error'],
    happens: async (world, who) => {
      await world.register(who);
      await world.put('confirmation', confirmationV2([failed(who)]));
    },
  },
  {
    name: 'eva',
    language: 'es',
    expects: ['rejected', 'accepted'],
    happens: async (world, who) => {
      await world.register(who);
      await world.put('statusChange', statusChangeV1({ rejected: [who.submissionId] }));
      await world.told(who, 'rejected');
      await world.put('statusChange', statusChangeV1({ accepted: [who.submissionId] }));
      await world.told(who, 'accepted');
      await world.put('statusChange', statusChangeV1({ rejected: [who.submissionId] }));
    },
  },
  {
    name: 'femi (status before registration)',
    language: 'en',
    expects: ['accepted'],
    happens: async (world, who) => {
      await world.put('statusChange', statusChangeV1({ accepted: [who.submissionId] }));
      await world.register(who);
    },
  },
  {
    name: 'gita (send-mail)',
    language: 'en',
    expects: ['reminder-state'],
    happens: async (world, who) => {
      await world.register(who);
      const { email: to, taxReturnId, submissionId, userId } = who;
      await world.put(
        'sendMail',
        sendMailV1({
          REMINDER_STATE: [{ to, languageCode: 'en', taxReturnId, submissionId, userId, emailId: null }],
        }),
      );
    },
  },
  {
    name: 'hugo (no address)',
    language: 'en',
    address: false,
    expects: [],
    happens: async (world, who) => {
      await world.register(who);
      await world.put('statusChange', statusChangeV1({ accepted: [who.submissionId] }));
      await world.recorded(who, 'accepted', 'no_address');
    },
  },
  {
    name: 'lena (no message comes: asked)',
    language: 'es',
    expects: ['submitted', 'rejected'],
    asksUpstream: true,
    happens: async (world, who) => {
      await world.register(who);
      await world.put('confirmation', confirmationV2([{ ...receipt(who), eventType: 'Submitted' }]));
      await world.told(who, 'submitted');
      world.decidesUnheard(who, 'rejected');
    },
  },
  {
    name: 'ines (on a list)',
    language: 'es',
    expects: ['submission-error', 'error-resolved'],
    isListed: true,
    happens: fails,
  },
  {
    name: 'jon (on a list)',
    language: 'en',
    expects: ['submission-error', 'error-resolved'],
    isListed: true,
    happens: fails,
  },
  {
    name: 'kira (on a list, accepted since)',
    language: 'en',
    expects: ['submission-error', 'accepted'],
    isListed: true,
    happens: async (world, who) => {
      await fails(world, who);
      await world.put('statusChange', statusChangeV1({ accepted: [who.submissionId] }));
      await world.told(who, 'accepted');
    },
  },
];

async function fails(world: DemoWorld, who: Taxpayer): Promise<void> {
  await world.register(who);
  await world.put('confirmation', confirmationV2([failed(who)]));
  await world.told(who, 'submission-error');
}
