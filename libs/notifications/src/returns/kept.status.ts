import { SealError } from '#libs/platform/index.js';
import type { Sealer } from '#libs/platform/index.js';
import type { StatusValue } from './return.status.js';
import type { KnownStatus } from './status.service.js';

/** `sealed` where the authority's own words may be in it, which are sealed wherever they are kept. */
const SEALED = 'sealed';
const PLAIN = 'plain';

/** An answer about a return as it is sent, and as it is kept: a line that says what it is, then a line for each text. */
export class KeptStatus {
  private constructor(
    private readonly taxReturnId: string,
    readonly revision: string,
    /** Of the time in which it may be believed. */
    readonly mark: string,
    readonly status: StatusValue,
    readonly texts: readonly string[],
  ) {}

  static of(known: KnownStatus, write: (status: KnownStatus) => string[], mark: string): KeptStatus {
    return new KeptStatus(known.taxReturnId, known.revision, mark, known.status, write(known));
  }

  /** Undefined where it is none: nothing, a revision alone, or what does not open. */
  static read(value: string | undefined, taxReturnId: string, sealer: Sealer): KeptStatus | undefined {
    const end = value?.indexOf('\n') ?? -1;
    if (value === undefined || end < 0) return undefined;
    const [revision = '', mark = '', status = '', how] = value.slice(0, end).split(' ');
    const rest = value.slice(end + 1);
    try {
      const texts = how === SEALED ? sealer.open(rest, placeOf(taxReturnId)) : rest;
      return new KeptStatus(taxReturnId, revision, mark, status as StatusValue, texts.split('\n'));
    } catch (error) {
      if (error instanceof SealError) return undefined;
      throw error;
    }
  }

  text(sealer: Sealer): string {
    const isSealed = this.status === 'Rejected';
    const texts = this.texts.join('\n');
    const head = [this.revision, this.mark, this.status, isSealed ? SEALED : PLAIN].join(' ');
    return `${head}\n${isSealed ? sealer.seal(texts, placeOf(this.taxReturnId)) : texts}`;
  }
}

function placeOf(taxReturnId: string): string {
  return `status:${taxReturnId}`;
}
