import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { isOurs, KeyRing } from '#libs/keys/index.js';
import type { KeyHolder } from '#libs/keys/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { counted } from '#libs/notifications/index.js';
import { Problem } from '../problems/problem.js';

/** Milliseconds in which wrong keys are counted together. */
const WINDOW = 60_000;
/** Sources that are remembered at most; the one seen first is forgotten first. */
const REMEMBERED = 10_000;

interface Failures {
  count: number;
  /** When they are forgotten, by `performance.now()`. */
  until: number;
}

/**
 * Knows whose key it is, and how many wrong ones a source has tried in this minute. Past the limit it tells no wrong key from another and
 * compares nothing with the key of the settings, which somebody may have made up; a key that we made still passes when it is
 * right, since nobody guesses 256 bits: so a caller behind the same address does not suffer from its neighbour. Kept in the memory
 * of the process alone, and nowhere else.
 */
@Injectable()
export class FailedKeys {
  private readonly sources = new Map<string, Failures>();

  constructor(
    private readonly ring: KeyRing,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'FAILED_KEYS_PER_MINUTE'>,
  ) {}

  /**
   * Whose key it is; undefined when it is nobody's.
   * @throws Problem when it is nobody's, and the source has tried too many.
   */
  async holderOf(key: string, request: Request): Promise<KeyHolder | undefined> {
    const source = sourceOf(request);
    const failures = this.failuresOf(source);
    const isOver = failures.count >= this.settings.FAILED_KEYS_PER_MINUTE;
    const holder = isOver && !isOurs(key) ? undefined : await this.ring.holderOf(key);
    if (holder) return holder;
    if (isOver) throw tooMany(failures);
    failures.count += 1;
    return undefined;
  }

  private failuresOf(source: string): Failures {
    const now = performance.now();
    const known = this.sources.get(source);
    if (known && known.until > now) return known;
    const failures = { count: 0, until: now + WINDOW };
    this.sources.delete(source);
    this.sources.set(source, failures);
    const [oldest] = this.sources.keys();
    if (this.sources.size > REMEMBERED && oldest !== undefined) this.sources.delete(oldest);
    return failures;
  }
}

function tooMany({ until }: Failures): Problem {
  const seconds = Math.max(1, Math.ceil((until - performance.now()) / 1000));
  return Problem.of(
    'too-many-requests',
    `Too many keys that are unknown, expired or revoked came from here. Send a right one after ${counted(seconds, 'second')}.`,
    { retryAfter: seconds },
  );
}

/** Whoever is connected: what a header says of others is not believed. Of an IPv6 address the network, which one subscriber has. */
function sourceOf({ socket: { remoteAddress = '' } }: Request): string {
  if (!remoteAddress.includes(':')) return remoteAddress;
  const [, mapped] = /^::ffff:([\d.]+)$/.exec(remoteAddress) ?? [];
  return mapped ?? networkOf(remoteAddress);
}

function networkOf(address: string): string {
  const [front = '', back] = address.split('%')[0]?.split('::') ?? [];
  const groups = front.split(':').filter(Boolean);
  const behind = back?.split(':').filter(Boolean) ?? [];
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - behind.length) }, () => '0');
  return [...groups, ...zeros, ...behind].slice(0, 4).join(':');
}
