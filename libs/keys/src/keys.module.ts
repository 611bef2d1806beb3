import { Module } from '@nestjs/common';
import { KeyLimit } from './key.limit.js';
import { KeyRing } from './key.ring.js';

/** Who may call, and how often. Stands on the PlatformModule. */
@Module({ providers: [KeyRing, KeyLimit], exports: [KeyRing, KeyLimit] })
export class KeysModule {}
