import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from './settings.js';
import type { Settings } from './settings.js';

/** Sealed text cannot be opened: its key is gone, it was changed, or it belongs to another row. */
export class SealError extends Error {}

/**
 * Encrypts columns at rest: AES-256-GCM, the key's id in front, the row as associated data, so that a sealed value
 * copied to another row does not open there.
 */
@Injectable()
export class Sealer {
  constructor(@Inject(SETTINGS) private readonly settings: Pick<Settings, 'ENCRYPTION_KEYS'>) {}

  /** @param row names the column and row it is sealed for, such as `tax_returns.email:<id>`. */
  seal(text: string, row: string): string {
    const [current] = this.settings.ENCRYPTION_KEYS;
    if (!current) throw new SealError('there is no key to seal with');
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', current.key, nonce).setAAD(Buffer.from(row));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${current.id}.${sealed.toString('base64url')}`;
  }

  /** The id of the key that seals. */
  get currentKey(): string {
    return this.settings.ENCRYPTION_KEYS[0]?.id ?? '';
  }

  /** @throws SealError when it does not open; the message names the row, never the text. */
  open(sealed: string, row: string): string {
    const [keyId = '', payload = ''] = sealed.split('.');
    const key = this.settings.ENCRYPTION_KEYS.find((candidate) => candidate.id === keyId)?.key;
    if (!key) throw new SealError(`${row} is sealed with a key that ENCRYPTION_KEYS does not hold`);
    const bytes = Buffer.from(payload, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(row));
      decipher.setAuthTag(bytes.subarray(-16));
      return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      throw new SealError(`${row} does not open: it was changed or belongs to another row`);
    }
  }

  /**
   * Tells whether two texts are the same, and nothing else about them to who has not the key.
   * @param purpose such as `test_mails.address`: one text has another fingerprint for another purpose.
   */
  fingerprint(text: string, purpose: string): string {
    const [current] = this.fingerprints(text, purpose);
    if (current === undefined) throw new SealError('there is no key to hash with');
    return current;
  }

  /** Under every key, the current one first: a text that was fingerprinted before the key changed is found by them. */
  fingerprints(text: string, purpose: string): string[] {
    return this.settings.ENCRYPTION_KEYS.map(({ id, key }) => {
      const own = createHmac('sha256', key).update(`fingerprint of ${purpose}`).digest();
      return `${id}.${createHmac('sha256', own).update(text).digest('base64url')}`;
    });
  }

  /** Like {@link seal}, for what may be absent. */
  sealOptional(text: string | null | undefined, row: string): string | null {
    return text === null || text === undefined ? null : this.seal(text, row);
  }
}
