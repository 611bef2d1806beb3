import { Injectable } from '@nestjs/common';
import { KeyRing, KeySessions } from '#libs/keys/index.js';
import type { Scope } from '#libs/keys/index.js';
import type { CalledRequest } from './key.guard.js';
import { sessionText } from './session.cookie.js';

/** By what a caller was let in. Two callers that have the same are let in alike. */
export interface Admitted {
  keyId: string;
  /** What the browser holds, where somebody signed in. */
  session?: string;
}

export function admittedBy(request: CalledRequest): Admitted {
  const { caller, session } = request;
  return { keyId: caller?.id ?? '', ...(session ? { session: sessionText(request) } : {}) };
}

/** Whether those who were let in would be let in again: for what stays open longer than one answer. */
@Injectable()
export class Admission {
  constructor(
    private readonly ring: KeyRing,
    private readonly sessions: KeySessions,
  ) {}

  async holds({ keyId, session }: Admitted, scope: Scope): Promise<boolean> {
    const holder =
      session === undefined ? await this.ring.current(keyId) : (await this.sessions.find(session))?.holder;
    return holder?.scopes.includes(scope) === true;
  }
}
