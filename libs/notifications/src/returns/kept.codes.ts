import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { SealError } from '#libs/platform/index.js';
import type { Sealer } from '#libs/platform/index.js';
import type { RejectionCode } from '../terms/fields.js';

/** The rejection codes of a submission, as their row holds them. */
export interface KeptCodes {
  submissionId: string;
  /** Without the authority's own words. */
  codes: RejectionCode[];
  /** Sealed: with them. */
  fullCodes: string | null;
}

/** Codes on their way into their row, and what tells whether they are the same as those that are there. */
export interface CodesToKeep extends KeptCodes {
  /** Keyed hashes of what is sealed, the one to be kept first; [''] where nothing is. */
  hashes: string[];
  /** The codes with a hash in the place of each description: as much as is needed to compare them with a row in plain text. */
  masked: RejectionCode[];
}

/** The authority's own words may name a person. All else of a code is its vocabulary, and stays to be searched. */
export function sealCodes(sealer: Sealer, submissionId: string, codes: RejectionCode[]): CodesToKeep {
  const bare = codes.map(withoutDescription);
  const masked = codes.map(withMaskedDescription);
  if (!codes.some(describes)) return { submissionId, codes: bare, fullCodes: null, hashes: [''], masked };
  const [text, row] = [asOneText(codes), rowOf(submissionId)];
  return {
    submissionId,
    codes: bare,
    fullCodes: sealer.seal(text, row),
    hashes: sealer.fingerprints(text, row),
    masked,
  };
}

/**
 * The codes with the authority's own words. What is sealed counts only while it says the same codes as the row in plain text: a
 * release of before it was sealed writes the latter alone.
 * @param onUnreadable hears that the words do not open. The codes come without them: they can be looked up, and to hear of a
 *   rejection must not hang on them.
 */
export function openCodes(
  sealer: Sealer,
  { submissionId, codes, fullCodes }: KeptCodes,
  onUnreadable: (error: SealError) => void,
): RejectionCode[] {
  if (fullCodes === null) return codes;
  try {
    const full = JSON.parse(sealer.open(fullCodes, rowOf(submissionId))) as RejectionCode[];
    return isDeepStrictEqual(full.map(withoutDescription), codes) ? full : codes;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    onUnreadable(error);
    return codes;
  }
}

/** Does a row hold descriptions in plain text? Only releases of before they were sealed write such. */
export const IN_PLAIN_TEXT = `jsonb_path_exists(kept.codes, '$[*].MeFDescription ? (@ > "")')`;

/** The codes of a row without the authority's own words, where it has them in plain text. */
export const WITHOUT_WORDS = `(
  SELECT coalesce(jsonb_agg(
    CASE WHEN code->>'MeFDescription' > '' THEN code - 'MeFDescription' ELSE code END ORDER BY place), '[]')
  FROM jsonb_array_elements(kept.codes) WITH ORDINALITY AS each (code, place))`;

/** `masked` of a row in plain text. */
const MASKED = `(
  SELECT jsonb_agg(
    CASE WHEN code->>'MeFDescription' > ''
      THEN code || jsonb_build_object('MeFDescription', encode(sha256(convert_to(code->>'MeFDescription', 'UTF8')), 'hex'))
      ELSE code END ORDER BY place)
  FROM jsonb_array_elements(kept.codes) WITH ORDINALITY AS each (code, place))`;

/** Do codes that came in, `given`, say another thing than those that are kept? */
export const SAY_ANOTHER_THING = `
  CASE WHEN ${IN_PLAIN_TEXT} THEN ${MASKED} <> given.masked
  ELSE kept.codes <> given.codes OR kept.codes_hash <> ALL (given.hashes) END`;

function rowOf(submissionId: string): string {
  return `rejection_codes.full_codes:${submissionId}`;
}

/** Null and '' are no words, and stay: what comes without any is told as it came. */
function describes({ MeFDescription }: RejectionCode): boolean {
  return Boolean(MeFDescription);
}

function withoutDescription(code: RejectionCode): RejectionCode {
  if (!describes(code)) return code;
  return Object.fromEntries(
    Object.entries(code).filter(([name]) => name !== 'MeFDescription'),
  ) as RejectionCode;
}

function withMaskedDescription(code: RejectionCode): RejectionCode {
  const { MeFDescription } = code;
  if (!MeFDescription) return code;
  return { ...code, MeFDescription: createHash('sha256').update(MeFDescription).digest('hex') };
}

/** The same for the same codes, in whatever order their members come: the hash is of this. */
function asOneText(codes: RejectionCode[]): string {
  return JSON.stringify(
    codes.map((code) => Object.fromEntries(Object.entries(code).sort(([a], [b]) => (a < b ? -1 : 1)))),
  );
}
