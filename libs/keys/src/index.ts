export { KeyLimit } from './key.limit.js';
export { KEY_MEMORY, KeyRing } from './key.ring.js';
export type { KeyHolder } from './key.ring.js';
export { isScope, SCOPES } from './key.scopes.js';
export type { Scope } from './key.scopes.js';
export { KeyService } from './key.service.js';
export type { KeyRequest, KeyState, ListedKey } from './key.service.js';
export { KeysModule } from './keys.module.js';
