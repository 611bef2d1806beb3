import { Inject, Injectable } from '@nestjs/common';
import { isTooDeep, readJson, SETTINGS, TOO_DEEP } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { readAnswer } from './upstream.answer.js';
import type { ReadAnswer } from './upstream.answer.js';

/** Ids that the upstream takes in one call. */
export const ASKED_AT_ONCE = 100;

/** How asking about a batch ended. */
export type Report =
  | { kind: 'answered'; answer: ReadAnswer }
  /** It does not take these ids: perhaps fewer of them. */
  | { kind: 'refused'; why: string }
  /** Nothing is known of any of them; perhaps the next time. */
  | { kind: 'failed'; why: string };

/** 4xx that say nothing of the ids: who asks, how long, how often. */
const NOT_OF_THE_IDS = [401, 403, 407, 408, 429];

/** The upstream of the backup path, which knows what became of what it took. */
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

  /** Asks about ids of the backup path, at most {@link ASKED_AT_ONCE}. Never throws. @param stop ends the asking at once. */
  async report(ids: string[], stop?: AbortSignal): Promise<Report> {
    try {
      const response = await this.post({ ids }, stop);
      if (response.ok) return read(ids, readJson(await textOf(response)));
      await response.body?.cancel();
      const { status } = response;
      const isAboutIds = status >= 400 && status < 500 && !NOT_OF_THE_IDS.includes(status);
      return { kind: isAboutIds ? 'refused' : 'failed', why: `status ${status}` };
    } catch (error) {
      return { kind: 'failed', why: nameOf(error) };
    }
  }

  private post(body: object, stop?: AbortSignal): Promise<Response> {
    const { UPSTREAM_URL = '', UPSTREAM_TOKEN, UPSTREAM_TIMEOUT } = this.settings;
    const timeout = AbortSignal.timeout(UPSTREAM_TIMEOUT);
    return fetch(`${UPSTREAM_URL.replace(/\/+$/, '')}/report`, {
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

function read(ids: string[], body: unknown): Report {
  if (isTooDeep(body)) return { kind: 'failed', why: `the answer ${TOO_DEEP}` };
  const answer = readAnswer(ids, body);
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
