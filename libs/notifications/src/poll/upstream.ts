import { Inject, Injectable } from '@nestjs/common';
import { isTooDeep, readJson, SETTINGS, TOO_DEEP } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import type { Decided, PollPath, ReadAnswer } from './poll.path.js';

/** Ids that the upstream takes in one call. */
export const ASKED_AT_ONCE = 100;

/** How asking about a batch ended. */
export type Report<V extends Decided> =
  | { kind: 'answered'; answer: ReadAnswer<V> }
  /** It does not take these ids: perhaps fewer of them. */
  | { kind: 'refused'; why: string }
  /** It has no such path. */
  | { kind: 'absent' }
  /** Nothing is known of any of them; perhaps the next time. */
  | { kind: 'failed'; why: string };

/** 4xx that say nothing of the ids: who asks, how long, how often. */
const NOT_OF_THE_IDS = [401, 403, 407, 408, 429];

/** Statuses of a path that is none. */
const ABSENT = [404, 405, 501];

/** The upstream, which knows what became of what it took. */
@Injectable()
export class Upstream {
  constructor(
    @Inject(SETTINGS)
    private readonly settings: Pick<Settings, 'UPSTREAM_URL' | 'UPSTREAM_TOKEN' | 'UPSTREAM_TIMEOUT'>,
  ) {}

  /** Is there one? */
  get isKnown(): boolean {
    return this.settings.UPSTREAM_URL !== undefined;
  }

  /** Asks about ids, at most {@link ASKED_AT_ONCE}. Never throws. @param stop ends the asking at once. */
  async ask<V extends Decided>(path: Asking<V>, ids: string[], stop?: AbortSignal): Promise<Report<V>> {
    try {
      const response = await this.post(path.endpoint, { ids }, stop);
      if (response.ok) return read(path, ids, readJson(await textOf(response)));
      await response.body?.cancel();
      const { status } = response;
      if (path.mayBeMissing && ABSENT.includes(status)) return { kind: 'absent' };
      const isAboutIds = status >= 400 && status < 500 && !NOT_OF_THE_IDS.includes(status);
      return { kind: isAboutIds ? 'refused' : 'failed', why: `status ${status}` };
    } catch (error) {
      return { kind: 'failed', why: nameOf(error) };
    }
  }

  private post(endpoint: string, body: object, stop?: AbortSignal): Promise<Response> {
    const { UPSTREAM_URL = '', UPSTREAM_TOKEN, UPSTREAM_TIMEOUT } = this.settings;
    const timeout = AbortSignal.timeout(UPSTREAM_TIMEOUT);
    return fetch(`${UPSTREAM_URL.replace(/\/+$/, '')}/${endpoint}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(UPSTREAM_TOKEN === undefined ? {} : { authorization: `Bearer ${UPSTREAM_TOKEN}` }),
      },
      body: JSON.stringify(body),
      // The token is for this address only.
      redirect: 'error',
      signal: stop ? AbortSignal.any([stop, timeout]) : timeout,
    });
  }
}

type Asking<V extends Decided> = Pick<PollPath<V>, 'endpoint' | 'mayBeMissing' | 'read'>;

function read<V extends Decided>(path: Asking<V>, ids: string[], body: unknown): Report<V> {
  if (isTooDeep(body)) return { kind: 'failed', why: `the answer ${TOO_DEEP}` };
  const answer = path.read(ids, body);
  return answer ? { kind: 'answered', answer } : { kind: 'failed', why: 'no list of data' };
}

/** Characters of an answer about a hundred ids; one that goes on and on would fill this process. */
const LONGEST = 1_000_000;

/** @throws RangeError when it is longer than any answer. */
async function textOf(response: Response): Promise<string> {
  let text = '';
  const stream = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
  for await (const part of stream) {
    text += part;
    if (text.length > LONGEST) throw new RangeError('the answer is too long');
  }
  return text;
}

/** Its kind, and not its words: they may quote the address with what is secret in it. */
function nameOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return cause?.code ?? name ?? 'unknown';
}
