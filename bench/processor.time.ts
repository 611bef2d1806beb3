import { readdirSync, readFileSync } from 'node:fs';

/** Seconds of processor time that a process and its children have used so far, children that ended included. Linux only. */
export function processorSeconds(pid: number): number {
  const own = statOf(pid);
  if (!own) return 0;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === pid);
  return own.used + own.usedByEnded + children.reduce((sum, child) => sum + (child?.used ?? 0), 0);
}

/** The same of this process, without its children. */
export function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

const TICKS_PER_SECOND = 100;

function statOf(pid: number): { parent: number; used: number; usedByEnded: number } | undefined {
  try {
    // The name stands in brackets and may hold spaces; what follows is numbers.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const ticks = (...at: number[]) => at.reduce((sum, index) => sum + Number(fields[index]), 0);
    return {
      parent: Number(fields[1]),
      used: ticks(11, 12) / TICKS_PER_SECOND,
      usedByEnded: ticks(13, 14) / TICKS_PER_SECOND,
    };
  } catch {
    return undefined;
  }
}
