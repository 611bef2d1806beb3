import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A key as its holder sends it: `rr_<id>_<secret>`. */
export interface KeyText {
  /** 12 hex digits, no secret: the row is found by it. */
  id: string;
  /** 256 random bits. */
  secret: string;
}

export function newKeyText(): KeyText {
  return { id: randomBytes(6).toString('hex'), secret: randomBytes(32).toString('base64url') };
}

export function written({ id, secret }: KeyText): string {
  return `rr_${id}_${secret}`;
}

/** Undefined when it is none of ours. */
export function keyTextOf(text: string): KeyText | undefined {
  const [, id, secret] = /^rr_([0-9a-f]{12})_([\w-]{43})$/.exec(text) ?? [];
  return id && secret ? { id, secret } : undefined;
}

/** Is it written as those that we make? Any text of that form is, also one that nobody was ever given. */
export function isOurs(text: string): boolean {
  return keyTextOf(text) !== undefined;
}

/** How a secret is kept. It has 256 random bits, so there is nothing to guess and a fast hash will do. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Of no secret: what a secret is compared with when there is nothing to compare it with. */
const NOBODYS = Buffer.alloc(32);

/** Takes the same time wherever the two differ, and when there is no hash. */
export function isSecretOf(secret: string, hash: Uint8Array | undefined): boolean {
  const isSame = timingSafeEqual(hashOf(secret), hash ?? NOBODYS);
  return isSame && hash !== undefined;
}
