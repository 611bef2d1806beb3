import { isDeepStrictEqual } from 'node:util';
import type { Case, ExpectedMail, ExpectedSubmission, Expectation } from './form.js';
import type { Seen, SeenMail, SeenSubmission } from './observe.js';

/** Why a case fails: every way in which what was seen is not what the case expects. Empty when it passes. */
export function judge({ expect }: Case, seen: Seen): string[] {
  return [
    ...judgeDisposition(expect, seen),
    ...judgeMails(expect, seen.mails),
    ...judgeSubmissions(expect, seen),
    ...judgeStatuses(expect, seen),
    ...judgeStateApi(expect, seen),
    ...judgeRecords(expect, seen),
    ...judgeForbidden(expect, seen),
    ...seen.plainAddresses.map((column) => `an address stands in plain text in ${column}`),
  ];
}

function judgeDisposition({ disposition }: Expectation, seen: Seen): string[] {
  const { delivered, records, onQueues, onDeadLetters } = seen;
  // What the handler refused at first and took when it came again is acknowledged in the end.
  const last = [...new Map(delivered.map((one) => [`${one.queue}/${one.messageId}`, one])).values()];
  const problems: string[] = [];
  switch (disposition) {
    case 'any':
      return [];
    case 'acknowledged': {
      if (onQueues > 0) problems.push(`${onQueues} message(s) not acknowledged`);
      if (onDeadLetters > 0) problems.push(`${onDeadLetters} message(s) in a dead-letter queue`);
      for (const { refusal } of last) if (refusal) problems.push(`not acknowledged: ${refusal}`);
      for (const { isWholeMessage, reason } of records)
        if (isWholeMessage) problems.push(`a message is in quarantine as a whole: ${reason}`);
      return problems;
    }
    case 'not-acknowledged': {
      if (seen.hasEffect || seen.mails.length > 0)
        problems.push('the message was to be refused, but it had an effect');
      const lost = last.filter(
        ({ messageId, refusal }) =>
          refusal === undefined && !records.some(({ source }) => source.includes(messageId)),
      );
      if (lost.length > onQueues + onDeadLetters)
        problems.push('the message was to be refused, but it is on no queue and not in quarantine');
      return problems;
    }
  }
}

function judgeMails(expect: Expectation, mails: SeenMail[]): string[] {
  const { notifications, sent, sentLater, notificationCount } = expect;
  return [
    ...(notifications ? compareMails('mail', notifications, mails) : []),
    ...(sent
      ? compareMails(
          'mail at its first try',
          sent,
          mails.filter(({ isLater }) => !isLater),
        )
      : []),
    ...(sentLater
      ? compareMails(
          'mail after a retry',
          sentLater,
          mails.filter(({ isLater }) => isLater),
        )
      : []),
    ...(notificationCount ? compareCounts(notificationCount, mails) : []),
  ];
}

/** As multisets, the most demanding expectation first. */
function compareMails(what: string, expected: ExpectedMail[], mails: SeenMail[]): string[] {
  const rest = [...mails];
  const missing: ExpectedMail[] = [];
  const demanding = [...expected].sort((a, b) => Object.keys(b).length - Object.keys(a).length);
  for (const one of demanding) {
    const found = rest.findIndex((mail) => fits(one, mail));
    if (found < 0) missing.push(one);
    else rest.splice(found, 1);
  }
  return [
    ...missing.map((one) => `missing ${what}: ${JSON.stringify(one)}`),
    ...rest.map((mail) => `unexpected ${what}: ${inShort(mail)}`),
  ];
}

function fits(expected: ExpectedMail, mail: SeenMail): boolean {
  const { template, to, language, taxReturnId, submissionId, userId, bodyContains = [] } = expected;
  const members = { template, to, language, taxReturnId, submissionId, userId };
  return (
    Object.entries(members).every(
      ([name, value]) => value === undefined || mail[name as keyof typeof members] === value,
    ) && bodyContains.every((text) => mail.body.includes(text))
  );
}

function compareCounts(expected: Record<string, number>, mails: SeenMail[]): string[] {
  const counts = new Map<string, number>();
  for (const { template } of mails) counts.set(template, (counts.get(template) ?? 0) + 1);
  const templates = [...new Set([...Object.keys(expected), ...counts.keys()])];
  return templates.flatMap((template) => {
    const [wanted, got] = [expected[template] ?? 0, counts.get(template) ?? 0];
    return wanted === got ? [] : [`${got} ${template} mail(s) instead of ${wanted}`];
  });
}

function judgeSubmissions(expect: Expectation, seen: Seen): string[] {
  const { submissionEvents, submissionEventsAsSet, failureEvents, submissions } = expect;
  const look = (key: string, compare: (found: SeenSubmission) => string[]) => {
    const found = seen.submissions.get(key);
    return found ? compare(found) : [`submission ${key} is not known`];
  };
  return [
    ...Object.entries(submissionEvents).flatMap(([key, expected]) =>
      look(key, ({ events }) => differing(`events of ${key}`, expected, events)),
    ),
    ...Object.entries(submissionEventsAsSet).flatMap(([key, expected]) =>
      look(key, ({ events }) => differing(`events of ${key}`, [...expected].sort(), [...events].sort())),
    ),
    ...Object.entries(failureEvents).flatMap(([key, expected]) =>
      look(key, ({ failures }) => [
        ...differing(`number of failures of ${key}`, expected.length, failures.length),
        ...expected.flatMap((one, index) =>
          differing(`failure ${index + 1} of ${key}`, one, pick(one, failures[index] ?? {})),
        ),
      ]),
    ),
    ...Object.entries(submissions).flatMap(([key, expected]) =>
      look(key, (found) =>
        Object.entries(expected).flatMap(([name, value]) => {
          const actual = found[name as keyof ExpectedSubmission];
          return sameValue(value, actual) ? [] : differing(`${name} of ${key}`, value, actual);
        }),
      ),
    ),
  ];
}

function judgeStatuses(expect: Expectation, { statuses }: Seen): string[] {
  return Object.entries(expect.status).flatMap(([id, { http, body, isEditable }]) => {
    const found = statuses.get(id);
    if (!found) return [`the status of ${id} was not read`];
    if (found.http !== http) return differing(`HTTP answer to status of ${id}`, http, found.http);
    return [
      ...(body ? differing(`status of ${id}`, withoutTime(body), withoutTime(found.body)) : []),
      ...(isEditable === undefined ? [] : differing(`isEditable of ${id}`, isEditable, found.isEditable)),
    ];
  });
}

function judgeStateApi(expect: Expectation, { stateApi }: Seen): string[] {
  return Object.entries(expect.stateApi).flatMap(([key, { http, body, ...members }]) => {
    const found = stateApi.get(key);
    if (found?.http === 404 && http !== 404)
      return [
        `the state filing tool gets 404 for ${key}: its endpoint is not built yet, or knows nothing of it`,
      ];
    if (found?.http !== http) return differing(`HTTP answer to the state filing tool`, http, found?.http);
    const wanted = { ...members, ...body };
    return differing(`answer to the state filing tool for ${key}`, wanted, pick(wanted, found.body));
  });
}

function judgeRecords({ mustRecord }: Expectation, { records }: Seen): string[] {
  return mustRecord.flatMap(({ about }) => {
    const found = records.filter((record) => record.about.some((text) => text.includes(about)));
    if (found.length === 0)
      return [`no operator finds ${about}: not in quarantine, in no batch, on no unsent mail`];
    return found.some(({ reason }) => reason !== '') ? [] : [`${about} is recorded without a reason`];
  });
}

function judgeForbidden({ forbidden }: Expectation, seen: Seen): string[] {
  if (!forbidden) return [];
  return [
    ...[...forbidden.notifications, ...forbidden.sent].flatMap((one) =>
      seen.mails.filter((mail) => fits(one, mail)).map((mail) => `forbidden mail: ${inShort(mail)}`),
    ),
    ...Object.entries(forbidden.submissionEvents).flatMap(([key, types]) =>
      types
        .filter((type) => seen.submissions.get(key)?.events.includes(type))
        .map((type) => `forbidden event of ${key}: ${type}`),
    ),
    ...Object.entries(forbidden.submissions).flatMap(([key, members]) =>
      Object.entries(members)
        .filter(([name, value]) =>
          sameValue(value, seen.submissions.get(key)?.[name as keyof ExpectedSubmission]),
        )
        .map(([name, value]) => `forbidden ${name} of ${key}: ${String(value)}`),
    ),
    ...Object.entries(forbidden.status).flatMap(([id, { body, isEditable }]) => {
      const found = seen.statuses.get(id);
      return [
        ...(body && found && isDeepStrictEqual(pick(body, found.body), body)
          ? [`forbidden status of ${id}: ${JSON.stringify(body)}`]
          : []),
        ...(isEditable !== undefined && found?.isEditable === isEditable
          ? [`forbidden isEditable of ${id}: ${isEditable}`]
          : []),
      ];
    }),
  ];
}

function differing(what: string, expected: unknown, actual: unknown): string[] {
  return isDeepStrictEqual(expected, actual)
    ? []
    : [`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`];
}

/** Dates are equal when they are the same instant, however written. */
function sameValue(expected: unknown, actual: unknown): boolean {
  if (expected === actual) return true;
  if (typeof expected !== 'string' || typeof actual !== 'string') return false;
  const isDate = /^\d{4}-\d\d-\d\dT/;
  return isDate.test(expected) && isDate.test(actual) && Date.parse(expected) === Date.parse(actual);
}

function pick(wanted: object, from: object): Record<string, unknown> {
  const found = from as Record<string, unknown>;
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, found[name]]));
}

function withoutTime(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'createdAt'));
}

function inShort(mail: SeenMail): string {
  return JSON.stringify({ ...mail, body: undefined });
}
