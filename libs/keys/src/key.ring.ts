import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { isScope, SCOPES } from './key.scopes.js';
import type { Scope } from './key.scopes.js';
import { stateOf } from './key.service.js';
import { hashOf, isSecretOf, keyTextOf } from './key.text.js';

/** Who calls. */
export interface KeyHolder {
  id: string;
  name: string;
  scopes: readonly Scope[];
}

/** Who acts, for the audit trail: the name is for people, and several keys may have one. Nobody at the terminal can call themselves so. */
export function actorOf({ id, name }: KeyHolder): string {
  return id === SETTINGS_KEY_ID ? name : `${name} (${id})`;
}

/** Milliseconds that a process remembers a key: so long may a revoked one still be taken there. */
export const KEY_MEMORY = 5_000;
/** Keys that a process remembers at most, so that made-up ones do not fill its memory. */
const REMEMBERED = 1_000;

/** The key that the setting API_KEY names. */
const SETTINGS_KEY_ID = 'settings';

/** A key that is taken just now. */
export interface CurrentKey extends KeyHolder {
  secretHash: Uint8Array;
}

interface KnownKey extends CurrentKey {
  expiresAt: Date | null;
  revokedAt: Date | null;
}

interface Remembered {
  until: number;
  key: Promise<KnownKey | undefined>;
}

/** Knows keys by their text. An id that nobody has costs what a wrong secret costs: one look-up, one comparison. */
@Injectable()
export class KeyRing {
  private readonly memory = new Map<string, Remembered>();
  private readonly settingsHash: Buffer | undefined;

  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) { API_KEY }: Pick<Settings, 'API_KEY'>,
  ) {
    this.settingsHash = API_KEY === undefined ? undefined : hashOf(API_KEY);
  }

  /** Whose key it is; undefined when it is nobody's, or no longer. */
  async holderOf(text: string): Promise<KeyHolder | undefined> {
    if (isSecretOf(text, this.settingsHash)) return this.current(SETTINGS_KEY_ID);
    const given = keyTextOf(text);
    if (!given) return undefined;
    const key = await this.recall(given.id);
    return isSecretOf(given.secret, key?.secretHash) && key && isTaken(key) ? key : undefined;
  }

  /** A key by its id, for what was opened with it: undefined when it is taken no longer. */
  async current(id: string): Promise<CurrentKey | undefined> {
    if (id !== SETTINGS_KEY_ID) {
      const key = await this.recall(id);
      return key && isTaken(key) ? key : undefined;
    }
    return this.settingsHash && { id, name: 'API_KEY', scopes: SCOPES, secretHash: this.settingsHash };
  }

  private recall(id: string): Promise<KnownKey | undefined> {
    const known = this.memory.get(id);
    if (known && known.until > Date.now()) return known.key;
    const key = this.lookUp(id);
    this.memory.delete(id);
    this.memory.set(id, { until: Date.now() + KEY_MEMORY, key });
    const [oldest] = this.memory.keys();
    if (this.memory.size > REMEMBERED && oldest !== undefined) this.memory.delete(oldest);
    // What could not be looked up is looked up again.
    key.catch(() => this.memory.delete(id));
    return key;
  }

  private async lookUp(id: string): Promise<KnownKey | undefined> {
    const row = await this.prisma.apiKey.findUnique({ where: { id } });
    return row ? { ...row, scopes: row.scopes.filter(isScope) } : undefined;
  }
}

function isTaken(key: KnownKey): boolean {
  const state = stateOf(key);
  return state === 'active' || state === 'ending';
}
