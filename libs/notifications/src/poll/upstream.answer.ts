import { z } from 'zod';
import type { BackupStatus } from '#libs/platform/index.js';
import type { Decided, ReadAnswer } from './poll.path.js';

/** The upstream's words for the end of a submission on the backup path. */
const FINAL: ReadonlyMap<string, BackupStatus> = new Map([
  ['vbms', 'accepted'],
  ['success', 'accepted'],
  ['accepted', 'accepted'],
  ['error', 'rejected'],
  ['expired', 'rejected'],
  ['rejected', 'rejected'],
]);
/** Its usual words before that. Others mean the same, but somebody should hear of them. */
const ON_THE_WAY: readonly string[] = ['pending', 'uploaded', 'received', 'processing'];

/** What the upstream says became of one id of the backup path, in its own word. */
export interface Verdict extends Decided {
  word: string;
}

/** An entry as any answer has it. */
export interface Entry {
  id: string;
  attributes: { status: string };
}

/** How the entries of an answer are read. */
export interface Reading<E extends Entry, V extends Decided> {
  entry: z.ZodType<E>;
  /** Null while it is not the end. */
  verdictOf: (entry: E) => V | null;
  /** Says a word of which nobody knows what it means. */
  isStrange: (entry: E) => boolean;
}

const body = z.object({ data: z.array(z.unknown()) });

/**
 * Reads each entry by itself, so that a malformed one harms no other. Of two that contradict each other `accepted` counts,
 * then `rejected`, in whichever order they stand.
 * @returns undefined when it is no answer at all.
 */
export function readAnswer<E extends Entry, V extends Decided>(
  { entry, verdictOf, isStrange }: Reading<E, V>,
  asked: string[],
  answer: unknown,
): ReadAnswer<V> | undefined {
  const read = body.safeParse(answer);
  if (!read.success) return undefined;
  const ids = new Set(asked);
  const entries = read.data.data
    .flatMap((one) => entry.safeParse(one).data ?? [])
    .filter(({ id }) => ids.has(id));
  const found = new Map<string, V | null>();
  for (const one of entries) {
    const verdict = verdictOf(one);
    if (!found.get(one.id) || verdict?.status === 'accepted') found.set(one.id, verdict);
  }
  return {
    verdicts: [...found.values()].filter((verdict) => verdict !== null),
    undecided: asked.filter((id) => found.get(id) === null),
    missing: asked.filter((id) => !found.has(id)),
    strangeWords: entries.filter(isStrange).map(({ attributes }) => attributes.status),
    strayEntries: read.data.data.length - entries.length,
  };
}

const report = z.object({
  id: z.string(),
  attributes: z.object({ status: z.string(), final_status: z.boolean().nullish() }),
});

/** What the backup path answers. A word that is not final has a meaning, whatever it is. */
export const BACKUP_REPORT: Reading<z.infer<typeof report>, Verdict> = {
  entry: report,
  verdictOf({ id, attributes: { status: word, final_status } }) {
    const status = final_status === false ? undefined : FINAL.get(word);
    return status ? { id, status, word } : null;
  },
  isStrange: ({ attributes: { status, final_status } }) =>
    final_status !== false && !FINAL.has(status) && !ON_THE_WAY.includes(status),
};
