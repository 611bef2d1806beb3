import type { ServiceLevel, ServiceLevelLook } from './service-level.service.js';

/** A share as somebody would say it: `99.4%`. Rounded down, so that 100% is all of them. */
export function shareWords(share: number | null): string {
  return share === null ? '-' : `${Math.floor(share * 10_000 + 1e-6) / 100}%`;
}

const UNITS = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** How long the last of a share waited at most, in milliseconds: `150 ms`, `1.5 s`, `2 min`. */
export function waitWords(wait: number | null): string {
  if (wait === null) return '-';
  if (wait === Infinity) return 'over 24 h';
  const [unit, size] = UNITS.find(([, one]) => wait >= one) ?? ['ms', 1];
  return `${wait / size} ${unit}`;
}

/** Whether as many were handed over in time as are meant to be. Undefined where nothing was owed. */
export function meetsAim({ share }: Pick<ServiceLevel, 'share'>, aim: ServiceLevelLook['aim']) {
  return share === null ? undefined : share >= aim.share;
}
