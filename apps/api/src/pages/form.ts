import { timingSafeEqual } from 'node:crypto';
import { unstorableIn } from '#libs/platform/index.js';
import type { CalledRequest } from '../access/key.guard.js';
import { Problem } from '../problems/problem.js';
import { html } from './html.js';
import type { Html } from './html.js';

const LARGEST = 64 * 1024;
/** The field that says that a form is ours. */
const TOKEN = 'form';

/** Belongs into each form that changes something: the token of the session, where there is one. */
export function tokenField({ session }: CalledRequest): Html | undefined {
  return session && html`<input type="hidden" name="${TOKEN}" value="${session.formToken}" />`;
}

/**
 * Reads the fields of a form that a page of ours posts. Only routes that call this take forms: elsewhere a body is JSON,
 * which no other site can post in a visitor's name.
 * @throws Problem when it is no form, too large, comes with a session and without the token of it, or holds what cannot be kept
 */
export async function readForm(request: CalledRequest): Promise<Record<string, string>> {
  return Object.fromEntries(await readFields(request));
}

/** The same for a form in which a field may stand several times. */
export async function readFields(request: CalledRequest): Promise<URLSearchParams> {
  if (!request.is('application/x-www-form-urlencoded'))
    throw Problem.of('unsupported-media-type', 'This takes a form: application/x-www-form-urlencoded.');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST) throw Problem.of('content-too-large', 'The form is larger than 64 KB.');
    chunks.push(chunk);
  }
  return checkFields(request, new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
}

/** @throws Problem when they come with a session and without the token of it, or hold what cannot be kept */
export function checkFields({ session }: CalledRequest, fields: URLSearchParams): URLSearchParams {
  if (session && !isSame(fields.get(TOKEN) ?? '', session.formToken))
    throw Problem.of('forbidden', 'This form is not of your session. Open the page here and send it again.');
  const wrong = [...fields].flatMap(([name, text]) =>
    unstorableIn(text).map(({ message }) => ({ pointer: `/${name}`, detail: message })),
  );
  if (wrong.length > 0) throw Problem.invalid(wrong);
  return fields;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
