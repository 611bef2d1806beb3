import { z } from 'zod';
import type { BackupStatus } from '#libs/platform/index.js';

/** The upstream's words for the end of a submission. */
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

/** What the upstream says became of one id, in its own word. */
export interface Verdict {
  backupId: string;
  status: BackupStatus;
  word: string;
}

/** An answer for a batch, read. What was asked about is in exactly one of `verdicts`, `undecided` and `missing`. */
export interface ReadAnswer {
  verdicts: Verdict[];
  /** Ids that it still works on, as far as we understand. */
  undecided: string[];
  /** Ids that it says nothing of, or nothing that can be read. */
  missing: string[];
  /** Words that we do not know, one for each entry. */
  strangeWords: string[];
  /** Entries that cannot be read, or speak of what was not asked. */
  strayEntries: number;
}

const body = z.object({ data: z.array(z.unknown()) });
const entry = z.object({
  id: z.string(),
  attributes: z.object({ status: z.string(), final_status: z.boolean().nullish() }),
});
type Entry = z.infer<typeof entry>;

/**
 * Reads each entry by itself, so that a malformed one harms no other. Of two that contradict each other `accepted` counts,
 * then `rejected`, in whichever order they stand.
 * @returns undefined when it is no answer at all.
 */
export function readAnswer(asked: string[], answer: unknown): ReadAnswer | undefined {
  const read = body.safeParse(answer);
  if (!read.success) return undefined;
  const ids = new Set(asked);
  const entries = read.data.data
    .flatMap((one) => entry.safeParse(one).data ?? [])
    .filter(({ id }) => ids.has(id));
  const found = new Map<string, Verdict | null>();
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

/** Null while it is not the end. */
function verdictOf({ id, attributes: { status: word, final_status } }: Entry): Verdict | null {
  const status = final_status === false ? undefined : FINAL.get(word);
  return status ? { backupId: id, status, word } : null;
}

/** A word of which nobody knows what it means; that it is not final is a meaning. */
function isStrange({ attributes: { status, final_status } }: Entry): boolean {
  return final_status !== false && !FINAL.has(status) && !ON_THE_WAY.includes(status);
}
