import { z } from 'zod';
import {
  DEFAULT_CAP,
  DEFAULT_REPLAY_CAP,
  LISTED_SCOPES,
  NOTABLE,
  OVERRIDABLE,
  PAUSABLE,
  RESOLUTIONS,
  instant,
  templateByName,
} from '#libs/notifications/index.js';
import { QuarantineKind } from '#libs/platform/index.js';
import { mailFilter } from './notifications.requests.js';
import { pageQuery, uuidPath } from './request.terms.js';

export const quarantineQuery = z.strictObject({
  resolved: z.enum(['true', 'false']).default('false').describe('`true` lists what has found its way.'),
  ...pageQuery,
});

const why = z
  .string('is missing: say why, for the audit trail')
  .trim()
  .min(1, 'is empty: say why, for the audit trail')
  .max(1000)
  .describe('Why, for the audit trail.');

/** Of an action that takes nothing else. */
const withReason = z.strictObject({ reason: why });

/** The contract names this call without a body, so that programs of others may leave the reason out. */
export const replayBody = withReason
  .partial()
  .optional()
  .meta({ id: 'ReplayRequest', examples: [{ reason: 'the directory is back' }] });

export const dismissBody = withReason.meta({
  id: 'DismissRequest',
  examples: [{ reason: 'a receipt of another sender' }],
});

const said = z.string().trim().min(1).max(1000);

/** Of whatever a person does. */
export const actReason = said.describe(
  'Why, in your own words: it goes into the audit trail. Addresses are taken out.',
);
const reason = actReason;

export const erasureBody = z
  .strictObject({ reason })
  .meta({ id: 'Erasure', examples: [{ reason: 'asked for by the taxpayer, case 4711' }] });

const override = z
  .array(z.enum(OVERRIDABLE))
  .optional()
  .describe('Refusals that your reason overrules, each by its name. What is not named stays refused.');

const dryRun = z.boolean().default(false).describe('True: only say what would be done. Needs no reason.');

const parked = {
  kind: z.enum(QuarantineKind).optional(),
  reason: z.string().max(100).optional(),
  queue: z.string().max(200).optional(),
  taxReturnId: uuidPath.optional(),
  since: instant.optional().describe('Received at or after this instant.'),
  until: instant.optional().describe('Received before this instant.'),
};

const ids = z.array(uuidPath).min(1).max(1000).optional().describe('These, as far as they fit the rest.');

export const mailQuery = z.strictObject(mailFilter);

export const parkedQuery = z.strictObject(parked);

export const scopeQuery = z.strictObject({
  scope: z
    .enum(LISTED_SCOPES)
    .default('failure')
    .describe('What did not arrive, may still, was remediated, or stands aside as a duplicate.'),
});

export const unreachableQuery = z.strictObject(pageQuery);

export const resendBody = z
  .strictObject({
    reason,
    n: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe(
        'Which re-send this is, where a relay accepted the last one: the next number. A stale one is answered 409.',
      ),
    override,
  })
  .meta({ id: 'ResendRequest', examples: [{ reason: 'relay mended, incident 4711' }] });

/** Of an action on many, besides its filter. */
function ordered(cap: number, senseOfCap: string) {
  return {
    dryRun,
    reason: reason.optional(),
    cap: z
      .number()
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe(`${senseOfCap} ${cap} where none is named. One that is named refuses a dry run too.`),
  };
}

const hasReason = (body: { dryRun: boolean; reason?: string }) => body.dryRun || body.reason !== undefined;

const needsReason = { path: ['reason'], message: 'is missing: only a dry run needs none' };

const hasFilter = ({ filter }: { filter: object }) =>
  Object.values(filter).some((member) => member !== undefined);

const needsFilter = {
  path: ['filter'],
  message: 'must name at least one thing, so that nobody means everything by oversight',
};

export const resendsBody = z
  .strictObject({
    filter: z.strictObject({ ids, ...mailFilter }),
    ...ordered(DEFAULT_CAP, 'Refused whole when more mails than this would be sent.'),
    override,
  })
  .refine(hasReason, needsReason)
  .refine(hasFilter, needsFilter)
  .meta({
    id: 'ResendsRequest',
    examples: [
      { filter: { state: 'failed', reason: 'too-old', since: '2026-02-01T00:00:00Z' }, dryRun: true },
    ],
  });

export const resolutionBody = z
  .strictObject({
    resolution: z
      .enum(RESOLUTIONS)
      .describe(
        '`arrived`, `told-by-other-means`: the taxpayer counts as told. `send-again`: it may come twice.',
      ),
    reason: reason
      .optional()
      .describe(
        'Why, for the audit trail. Of `told-by-other-means` the context when absent; else it is needed.',
      ),
    context: said
      .optional()
      .describe('By which means they were told, such as a letter or a call. `told-by-other-means` needs it.'),
    evidence: said
      .optional()
      .describe(
        'What shows it, such as a line of the log of the relay, or a ticket. All but `send-again` need it.',
      ),
  })
  .refine((body) => body.resolution === 'send-again' || body.evidence !== undefined, {
    path: ['evidence'],
    message: 'is missing: say what shows that it arrived, or that they were told',
  })
  .refine((body) => body.resolution !== 'told-by-other-means' || body.context !== undefined, {
    path: ['context'],
    message: 'is missing: say by which means they were told',
  })
  .refine((body) => body.reason !== undefined || body.context !== undefined, {
    path: ['reason'],
    message: 'is missing: say why',
  })
  .meta({
    id: 'ResolutionRequest',
    examples: [
      {
        resolution: 'arrived',
        reason: 'asked the relay',
        evidence: 'log of 02:14: queued as 4XyZ, delivered',
      },
    ],
  });

export const pausePath = z.enum(PAUSABLE);

export const pauseBody = z
  .strictObject({
    template: z.enum(PAUSABLE).describe('A template, a lane (`urgent`, `bulk`), or `all`.'),
    reason,
  })
  .meta({ id: 'PauseRequest', examples: [{ template: 'rejected', reason: 'wrong link in the mail' }] });

export const resumeBody = z
  .strictObject({ reason })
  .meta({ id: 'ResumeRequest', examples: [{ reason: 'link mended' }] });

export const noteQuery = z.strictObject({ kind: z.enum(NOTABLE), target: uuidPath });

export const noteBody = z
  .strictObject({
    kind: z.enum(NOTABLE),
    target: uuidPath,
    text: said.describe('For whoever comes next. Addresses are taken out.'),
  })
  .meta({ id: 'NoteRequest' });

export const replaysBody = z
  .strictObject({
    filter: z.strictObject({ ids, ...parked }),
    ...ordered(DEFAULT_REPLAY_CAP, 'Refused whole above this.'),
  })
  .refine(hasReason, needsReason)
  .refine(hasFilter, needsFilter)
  .meta({ id: 'ReplaysRequest', examples: [{ filter: { reason: 'not-stored' }, dryRun: true }] });

/** A filter as it came, with our own name of its template. */
export function ours<T extends { template?: string }>(filter: T) {
  const { template, ...others } = filter;
  return { ...others, template: template === undefined ? undefined : templateByName(template)?.template };
}
