import createClient from 'openapi-fetch';
import type { Client } from 'openapi-fetch';
import type { components, paths } from './api.types.js';

export type ReturnReceiptClient = Client<paths>;
/** The schemas of the HTTP interface by name, such as `Schemas['Notification']`. */
export type Schemas = components['schemas'];

/** Where the service answers, and the key. */
export interface ClientOptions {
  url: string;
  key: string;
}

/** A client of the HTTP interface whose paths, bodies and answers are typed by the OpenAPI document. */
export function returnReceiptClient({ url, key }: ClientOptions): ReturnReceiptClient {
  return createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${key}` } });
}

/** The service answered with a problem. */
export class ProblemError extends Error {
  constructor(readonly problem: Schemas['Problem']) {
    super(`${problem.title}: ${problem.detail}`);
  }
}

/**
 * What was answered when all went well.
 * @throws ProblemError else.
 */
export async function answerOf<T>(
  call: Promise<{ data?: T; error?: Schemas['Problem']; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (data !== undefined) return data;
  const { status, statusText: title } = response;
  throw new ProblemError(
    error ?? { type: 'about:blank', title, status, detail: `The answer was ${status} without a problem.` },
  );
}
