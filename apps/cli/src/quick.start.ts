import module from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Node's types are those of the oldest release that is served, a browser's those of the newest.
interface Newer {
  enableCompileCache?: () => unknown;
}

interface Older {
  navigator?: { userAgent: string };
}

/**
 * For a process that ends before it pays to have its code made fast. Prisma plans its queries in WebAssembly: V8 would compile what is
 * called a few times once more, for half of all the time that a command takes. pg loads all of `fetch` to learn that this is no
 * Cloudflare, unless something says so, as Node's navigator does from 21 on. And a newer Node finds what it compiled the last time.
 */
export function startQuickly(): void {
  setFlagsFromString('--wasm-tiering-budget=2000000000');
  (globalThis as Older).navigator ??= { userAgent: `Node.js/${process.versions.node}` };
  (module as Newer).enableCompileCache?.();
}
