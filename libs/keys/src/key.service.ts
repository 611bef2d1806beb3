import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import type { Scope } from './key.scopes.js';
import { hashOf, newKeyText, written } from './key.text.js';

/** A key to be made. */
export interface KeyRequest {
  /** Whose it is, for people. */
  name: string;
  scopes: Scope[];
  /** Milliseconds that it lives. Default: until it is revoked. */
  lifetime?: number;
}

export type KeyState = 'active' | 'ending' | 'expired' | 'revoked';

/** A key as it is listed; never its secret. */
export interface ListedKey {
  id: string;
  name: string;
  scopes: string[];
  /** `ending`: revoked, but its time has not come. */
  state: KeyState;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** To the minute. Null when it never was. */
  lastUsedAt: Date | null;
}

/** Makes, lists and revokes keys. The services in any process see a change within {@link KEY_MEMORY} milliseconds. */
@Injectable()
export class KeyService {
  constructor(private readonly prisma: PrismaService) {}

  /** @returns the key's id, and its text: the only time that it is seen. */
  async create(
    { name, scopes, lifetime }: KeyRequest,
    tx: Transaction = this.prisma,
  ): Promise<{ id: string; key: string }> {
    const text = newKeyText();
    await tx.apiKey.create({
      data: {
        id: text.id,
        name,
        scopes: [...new Set(scopes)],
        secretHash: new Uint8Array(hashOf(text.secret)),
        expiresAt: lifetime === undefined ? null : new Date(Date.now() + lifetime),
      },
    });
    return { id: text.id, key: written(text) };
  }

  /** All keys, the oldest first. */
  async list(): Promise<ListedKey[]> {
    const [keys, uses] = await Promise.all([
      this.prisma.apiKey.findMany({
        omit: { secretHash: true },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      }),
      this.prisma.apiKeyUse.findMany({ select: { keyId: true, since: true } }),
    ]);
    const usedAt = new Map(uses.map(({ keyId, since }) => [keyId, since]));
    return keys.map((key) => ({ ...key, state: stateOf(key), lastUsedAt: usedAt.get(key.id) ?? null }));
  }

  /**
   * Ends a key. A later call may bring the end forward, never put it off.
   * @param wait milliseconds that its callers have to move to another one.
   * @returns from when on it is refused; undefined when there is no such key.
   */
  async revoke(id: string, wait = 0, tx: Transaction = this.prisma): Promise<Date | undefined> {
    const end = new Date(Date.now() + wait);
    await tx.apiKey.updateMany({
      where: { id, OR: [{ revokedAt: null }, { revokedAt: { gt: end } }] },
      data: { revokedAt: end },
    });
    const key = await tx.apiKey.findUnique({ where: { id }, select: { revokedAt: true } });
    return key?.revokedAt ?? undefined;
  }
}

interface Lifetime {
  expiresAt: Date | null;
  revokedAt: Date | null;
}

/** @param at milliseconds since the epoch. */
export function stateOf({ expiresAt, revokedAt }: Lifetime, at = Date.now()): KeyState {
  if (revokedAt && revokedAt.getTime() <= at) return 'revoked';
  if (expiresAt && expiresAt.getTime() <= at) return 'expired';
  return revokedAt ? 'ending' : 'active';
}
