import { isDeepStrictEqual } from 'node:util';
import type { Case } from './form.js';
import type { Seen } from './observe.js';

/**
 * A body with a wrong spelling may be read instead of refused, if it then acts as the right one. What the right one
 * does is found out by sending it: here are its spelling, and the comparison.
 */

const VERSIONS: Record<string, string> = {
  SubmissionConfirmationPayloadV1: '1.0',
  SubmissionConfirmationPayloadV2: '2.0',
  StatusChangePayloadV1: '1.0',
  SendEmailPayloadV1: '1.0',
  PendingSubmissionPayloadV1: '1.0',
};

const EVENT_TYPES = [
  ...['Processing', 'Submitted', 'Accepted', 'Rejected', 'Failed', 'FailureResolved', 'PreSubmissionError'],
  ...['PostSubmissionError', 'ErrorResolved', 'ReminderSubmit', 'ReminderResubmit', 'ReminderStateTax'],
];

/** The same case with every message in Direct File's spelling. */
export function inRightSpelling(one: Case): Case {
  return { ...one, messages: one.messages.map(rightSpelling) };
}

/** Whether two runs of a case did the same, as far as the outside can see. */
export function actsAlike(one: Seen, other: Seen): boolean {
  return isDeepStrictEqual(effectsOf(one), effectsOf(other));
}

function effectsOf({ mails, submissions, statuses, hasEffect }: Seen) {
  return {
    hasEffect,
    mails: mails.map((mail) => JSON.stringify({ ...mail, body: undefined })).sort(),
    submissions: [...submissions],
    statuses: [...statuses].map(([id, { http, body, isEditable }]) => [
      id,
      http,
      { ...body, createdAt: undefined },
      isEditable,
    ]),
  };
}

function rightSpelling(body: string): string {
  let message: { payload?: Record<string, unknown> };
  try {
    message = JSON.parse(body) as typeof message;
  } catch {
    return body;
  }
  const { payload } = message;
  if (typeof payload !== 'object' || payload === null) return body;
  const type = nameLike(Object.keys(VERSIONS), payload['@type']);
  const spelled: Record<string, unknown> = { ...payload, '@type': type };
  if (isMap(payload.emails)) spelled.emails = withKeys(payload.emails, (key) => key.toUpperCase());
  if (isMap(payload.statusSubmissionIdMap))
    spelled.statusSubmissionIdMap = withKeys(payload.statusSubmissionIdMap, (key) => key.toLowerCase());
  if (Array.isArray(payload.entries))
    spelled.entries = payload.entries.map((entry: unknown) =>
      isMap(entry) && 'eventType' in entry
        ? { ...entry, eventType: nameLike(EVENT_TYPES, entry.eventType) }
        : entry,
    );
  const VERSION = VERSIONS[String(type)];
  return JSON.stringify({ payload: spelled, headers: { headers: { VERSION } } });
}

function nameLike(names: string[], written: unknown): unknown {
  return names.find((name) => name.toLowerCase() === String(written).toLowerCase()) ?? written;
}

function withKeys(map: Record<string, unknown>, spell: (key: string) => string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [spell(key), value]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
