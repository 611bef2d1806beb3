import { readFileSync } from 'node:fs';

/** Seconds of a processor that were used so far. */
export interface ProcessorSeconds {
  /** By this process. */
  own: number;
  /** By processes that it started, and those that they did, once they ended. 0 where there is no /proc. */
  children: number;
}

/** Ticks of the counters in /proc: 100 a second on every Linux that Node runs on. */
const TICKS = 100;

/** What this process and what it started have cost. */
export function processorSeconds(): ProcessorSeconds {
  const { user, system } = process.cpuUsage();
  return { own: (user + system) / 1e6, children: childrensSeconds() };
}

function childrensSeconds(): number {
  if (process.platform !== 'linux') return 0;
  // The name of the program, in brackets, may hold anything: count from behind it.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  const [user, system] = [fields[13], fields[14]];
  return (Number(user) + Number(system)) / TICKS;
}
