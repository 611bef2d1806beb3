import { Bench } from './bench.js';
import type { Run } from './bench.js';
import { deliverAll } from './deliver.js';
import { judge } from './expect.js';
import type { Case } from './form.js';
import { patience, setUp } from './given.js';
import { focusOf, markOf, observe } from './observe.js';
import type { Seen } from './observe.js';
import { sizeOf } from './returns.js';
import { actsAlike, inRightSpelling } from './tolerant.js';

/** How long nothing must move before a job that works in the background counts as done. */
const STILL = 1_000;
/** How long a failing case is given, since a retry or a schedule may still be to come. */
const PERHAPS_LATER = 8_000;
/** From this many mails on they are counted and not kept. */
const MANY = 500;

/** Runs one case from an empty service to its verdict. Empty: it passes; else the reasons why not. */
export async function runCase(run: Run, one: Case): Promise<string[]> {
  const isTolerant = one.tolerantReadingAllowed || one.expect.tolerantReadingAllowed;
  const first = await play(run, one, isTolerant);
  if (first.problems.length === 0 || !isTolerant) return first.problems;
  const second = await play(run, inRightSpelling(one), true);
  if (second.seen.hasEffect && actsAlike(first.seen, second.seen)) return [];
  return [...first.problems, 'and it was not read as the right spelling either'];
}

async function play(run: Run, one: Case, everything: boolean): Promise<{ problems: string[]; seen: Seen }> {
  const bench = await Bench.start(run, {
    name: one.name,
    settings: settingsOf(one),
    keepBodies: JSON.stringify(one.expect).includes('"bodyContains"') && sizeOf(one) < MANY,
    ...redeliveryOf(one),
  });
  try {
    const world = await setUp(bench, one);
    const mark = await markOf(bench);
    const timeout = patience(sizeOf(one));
    const inBackground = [one, ...one.followedBy].some(({ queue }) => queue === 's3-notification');
    const settled = () => (inBackground ? bench.quiet(STILL, timeout) : bench.idle(timeout));
    const { delivered, missing } = await deliverAll(bench, one, settled);

    const focus = focusOf(one.expect, world, everything, addressesOf(one));
    const look = async () => {
      const seen = await observe(bench, world, focus, mark, delivered);
      return { seen, problems: [...judge(one, seen), ...missing] };
    };
    let verdict = await look();
    const mayChange = inBackground || one.eventually || one.expect.eventually;
    while (verdict.problems.length > 0 && mayChange && (await bench.moves(PERHAPS_LATER))) {
      await settled();
      verdict = await look();
    }
    return verdict;
  } finally {
    await bench.stop();
  }
}

function settingsOf({ given, ...one }: Case): Record<string, string> {
  const { maxDispatchEnqueueAttempts = 2 } = given.config ?? {};
  const isFaulty = given.faults.length > 0;
  return {
    // Direct File sends again that often before it tells the taxpayer.
    SUBMISSION_ERROR_AFTER: String(maxDispatchEnqueueAttempts + 1),
    // It asks nobody before it runs a job.
    BATCH_APPROVAL_ABOVE: '1000000',
    SWEEP_EVERY: isFaulty ? '100ms' : '1s',
    // A sweep that is too eager only gets in the way of thousands of mails.
    SWEEP_GRACE: isFaulty ? '300ms' : sizeOf({ given, ...one }) > MANY ? '60s' : '5s',
  };
}

/** Soon where the case waits for it, else late enough for a large job to be worked off. */
function redeliveryOf({ expect, given }: Case): { visibilityTimeout: number; maxReceiveCount: number } {
  if (given.faults.length > 0) return { visibilityTimeout: 2, maxReceiveCount: 5 };
  if (expect.disposition === 'acknowledged') return { visibilityTimeout: 10, maxReceiveCount: 5 };
  return { visibilityTimeout: 1, maxReceiveCount: 2 };
}

/** Every e-mail address that stands in the case. */
function addressesOf(one: Case): string[] {
  return [...new Set(JSON.stringify(one).match(/[\w.+-]+@[\w-]+(\.[\w-]+)+/g) ?? [])];
}
