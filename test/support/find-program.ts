import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Path of the first of these programs that is on PATH, or undefined. */
export function findProgram(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const ON_MACOS = ['Google Chrome', 'Chromium'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);

/** Path of the Chromium that the machine has (`CHROMIUM` names another; npm carries none), or undefined. */
export function findChromium(): string | undefined {
  return named('CHROMIUM', () => findProgram(NAMES) ?? ON_MACOS.find(isProgram));
}

/** Path of Prometheus (`PROMETHEUS` names another), or undefined. Where it is, `promtool` is. */
export function findPrometheus(): string | undefined {
  return named('PROMETHEUS', () => findProgram(['prometheus']));
}

/** Path of the program that checks and tests its rules (`PROMTOOL` names another), or undefined. */
export function findPromtool(): string | undefined {
  return named('PROMTOOL', () => findProgram(['promtool']));
}

/** Path of the program that this environment variable names, and only where it names none, what is found otherwise. */
export function named(variable: string, find: () => string | undefined): string | undefined {
  const path = process.env[variable];
  if (path) return isProgram(path) ? path : undefined;
  return find();
}
