import { Module } from '@nestjs/common';
import { KeyLimit } from './key.limit.js';
import { KeyRing } from './key.ring.js';
import { KeySessions } from './key.sessions.js';

/** Who may call, and how often. Stands on the PlatformModule. */
@Module({ providers: [KeyRing, KeyLimit, KeySessions], exports: [KeyRing, KeyLimit, KeySessions] })
export class KeysModule {}
