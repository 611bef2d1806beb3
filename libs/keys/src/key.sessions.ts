import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import { KeyRing } from './key.ring.js';
import type { KeyHolder } from './key.ring.js';

/** Milliseconds after which a person signs in again: half a shift. */
export const SESSION_LIFE = 4 * 3_600_000;

/** A browser that somebody signed in with a key. */
export interface KeySession {
  holder: KeyHolder;
  /** Stands in every form of a page: another site cannot know it. */
  formToken: string;
}

/**
 * Who signed in with which key. A browser holds `<key id>.<secret>`; the row is named by that secret under the hash of
 * the key's own. So nobody makes a session from what the database holds, and one ends with its key: revoked, expired,
 * or, for the key of the settings, changed.
 */
@Injectable()
export class KeySessions {
  constructor(
    private readonly prisma: PrismaService,
    private readonly ring: KeyRing,
  ) {}

  /** Opens one for whoever holds a key, and forgets those that are over. @returns what the browser keeps. */
  async open(keyId: string): Promise<string | undefined> {
    const key = await this.ring.current(keyId);
    if (!key) return undefined;
    const secret = randomBytes(32).toString('base64url');
    const now = new Date();
    await this.prisma.keySession.deleteMany({ where: { expiresAt: { lte: now } } });
    await this.prisma.keySession.create({
      data: {
        id: rowId(secret, key.secretHash),
        keyId,
        openedAt: now,
        expiresAt: new Date(now.getTime() + SESSION_LIFE),
      },
    });
    return `${keyId}.${secret}`;
  }

  /** Undefined when it is none, or over. */
  async find(text: string): Promise<KeySession | undefined> {
    const found = await this.keyOf(text);
    if (!found) return undefined;
    const { key, id, secret } = found;
    const row = await this.prisma.keySession.findUnique({ where: { id, expiresAt: { gt: new Date() } } });
    if (!row) return undefined;
    return { holder: key, formToken: createHmac('sha256', secret).update('form').digest('base64url') };
  }

  /** Ends one. What is none has ended. */
  async close(text: string): Promise<void> {
    const found = await this.keyOf(text);
    if (found) await this.prisma.keySession.deleteMany({ where: { id: found.id } });
  }

  private async keyOf(text: string) {
    const [, keyId = '', secret = ''] = /^(\w{1,32})\.([\w-]{43})$/.exec(text) ?? [];
    const key = await this.ring.current(keyId);
    return key && { key, secret, id: rowId(secret, key.secretHash) };
  }
}

function rowId(secret: string, keyHash: Uint8Array): string {
  return createHmac('sha256', keyHash).update(secret).digest('hex');
}
