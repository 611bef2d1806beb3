import module from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Node's types are those of the oldest release that is served.
interface Newer {
  enableCompileCache?: () => unknown;
}

/**
 * For a process that ends before it pays to have its code made fast. Prisma plans its queries in WebAssembly: V8 would compile what is
 * called a few times once more, for half of all the time that a command takes. And a newer Node finds what it compiled the last time.
 */
export function startQuickly(): void {
  setFlagsFromString('--wasm-tiering-budget=2000000000');
  (module as Newer).enableCompileCache?.();
}
