import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As much of a V8 profile as it takes to say where the time went. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
}

/** Share of a process's busy time by package, and our own code by folder, from the `.cpuprofile` files of a folder. */
export function busyShares(folder: string): [place: string, share: number][] {
  const spent = new Map<string, number>();
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))) {
    const profile = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile;
    const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
    profile.samples.forEach((id, index) => {
      const place = places.get(id) ?? 'unknown';
      if (place === 'idle') return;
      spent.set(place, (spent.get(place) ?? 0) + (profile.timeDeltas[index] ?? 0));
    });
  }
  const total = [...spent.values()].reduce((sum, value) => sum + value, 0);
  return [...spent]
    .map(([place, value]): [string, number] => [place, value / total])
    .sort(([, a], [, b]) => b - a);
}

function placeOf({ functionName, url }: { functionName: string; url: string }): string {
  if (functionName === '(idle)') return 'idle';
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)') return 'the engine and system calls';
  if (url.startsWith('wasm:')) return 'WebAssembly';
  const [, scoped] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (scoped) return scoped;
  const [, ours] = /\/((?:libs|apps)\/[^/]+(?:\/src\/[^/]+(?=\/))?)/.exec(url) ?? [];
  if (ours) return ours;
  return url.startsWith('node:') ? url : 'native code';
}
