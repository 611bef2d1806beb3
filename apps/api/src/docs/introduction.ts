import { MESSAGES } from '#libs/notifications/index.js';
import { prose } from './prose.js';
import { PROBLEM_KINDS, PROBLEMS } from '../problems/problem.kinds.js';

/** The headings of /docs, in their order. */
export const tags = [
  {
    name: 'Register',
    about:
      'Whose return it is, where its owner is told, which submissions it has. Every call may be repeated.',
    holds: (method: string, path: string) => method === 'put' && !path.startsWith('/v1/call-backs'),
  },
  {
    name: 'Tell',
    about: 'Say what happened, also to a mail, or ask for one. 202 means: committed.',
    holds: (method: string, path: string) =>
      method === 'post' && /^\/v1\/(submission-status|notifications|receipts)$/.test(path),
  },
  {
    name: 'Probe',
    about: 'For load balancers and schedulers. No key.',
    holds: (_method: string, path: string) => path.startsWith('/health'),
  },
  {
    name: 'Batches',
    about:
      'Lists of returns: looked at first, then approved and run, each row once, with a result for every row.',
    holds: (_method: string, path: string) => path.startsWith('/v1/batches'),
  },
  {
    name: 'Follow',
    about: 'What happened, from a cursor, and who is called back when something does.',
    holds: (_method: string, path: string) => /^\/v1\/(events|call-backs)/.test(path),
  },
  {
    name: 'Operate',
    about: 'What could not be applied, and why; what was not told; what somebody mended.',
    holds: (method: string, path: string) =>
      method === 'post' ||
      method === 'delete' ||
      /^\/v1\/(quarantine|suppressions|unreachable|pauses|notes)/.test(path),
  },
  { name: 'Look', about: 'Where a return, a submission or a mail stands.', holds: () => true },
];

export function tagOf(method: string, path: string): string {
  return tags.find(({ holds }) => holds(method, path))?.name ?? 'Look';
}

const problems = PROBLEM_KINDS.map(
  (kind) =>
    `| [\`/problems/${kind}\`](/problems/${kind}) | ${PROBLEMS[kind].status} | ${PROBLEMS[kind].todo} |`,
);

const messages = MESSAGES.map(
  ({ name, queues, about }) =>
    `| [${name}](/docs/schemas/${name}.json) | ${queues.map((queue) => `\`${queue}\``).join(', ')} | ${about} |`,
);

export const introduction = prose(`
Return Receipt tells taxpayers what became of their tax return: once, truthfully, in their language. A backend registers returns, says what
happens to their submissions, and may ask for mails; the service decides which mail that makes due, sends it, and shows what became of it.

**Start here.** Press *Authorize* and paste a key. Register a return, register its submission, say that it was \`accepted\`, and look at
\`GET /v1/notifications?taxReturnId=…\`.

**Retry without fear.** Every \`PUT\` may be repeated. A \`POST\` that writes takes an \`Idempotency-Key\`: the same key with the same body is
answered as the first time, with the header \`Idempotency-Replayed: true\`; with another body it is refused (422); while the first one runs
it is told to wait (409, \`Retry-After\`). Answers are kept for 24 hours unless the service is set otherwise (\`IDEMPOTENCY_KEPT\`). That an
event or a mail counts once does not end with them. So after a timeout, a lost connection, 429 or 503: send the very same request again.

**Lists** are pages, newest first, where nothing else is said: follow \`next\` until it is null.

**Times** are ISO 8601 with an offset, **ids** of the backend are UUIDs, and unknown members of a body or a query are refused, with one
exception: a status message may have more members than are known here.

## Problems

Errors are problem details (RFC 9457, \`application/problem+json\`). \`detail\` says what to do; \`errors\` names everything that is wrong with a
request at once, by JSON Pointer or parameter, never with the value. \`requestId\` is what our log calls the request, as the header \`X-Request-Id\` of
every answer: yours, if you sent one of at most 64 letters, digits and \`.\`, \`_\`, \`-\`. The header \`traceparent\` (W3C) is taken as well.

| type | status | what to do |
|---|---|---|
${problems.join('\n')}

## Queue messages

What the service reads from SQS, as JSON Schema (2020-12). A message that does not fit is kept in quarantine with the reason, entry by entry.

| message | queue (its default name) | what it is |
|---|---|---|
${messages.join('\n')}
`);
