import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { SeenClaims } from '../../send/seen.claims.js';
import type { FirstTry } from '../../send/seen.claims.js';
import { ContradictionGuard, TOLD_OF_AN_ANSWER } from './contradiction.guard.js';
import { ReturnsGuard } from './returns.guard.js';
import { VolumeGuard } from './volume.guard.js';

/** Mails that tell of an answer between two looks at whether the answers can be true. */
const ANSWERS_BETWEEN = 200;

/** When each guard looks: by count, before a process claims more, and every so often. */
@Injectable()
export class Guards {
  private answers = 0;

  constructor(
    private readonly claims: SeenClaims,
    private readonly volume: VolumeGuard,
    private readonly returns: ReturnsGuard,
    private readonly contradiction: ContradictionGuard,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'GUARDS'>,
  ) {
    if (settings.GUARDS.length > 0) claims.shownTo((tries) => this.see(tries));
  }

  /** All of them, on all that is on record. None waits for another to be mended. */
  async look(): Promise<void> {
    const { GUARDS } = this.settings;
    const looks = [
      () => this.claims.show(),
      ...(GUARDS.includes('contradiction') ? [() => this.contradiction.look()] : []),
      ...(GUARDS.includes('returns') ? [() => this.returns.look()] : []),
      () => this.volume.forget(),
    ];
    const failed: unknown[] = [];
    for (const look of looks) await look().catch((error: unknown) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  }

  /** The mails are counted last: what fails before is done again, and they shall count once. */
  private async see(tries: readonly FirstTry[]): Promise<void> {
    const answers = this.answers + tries.filter(({ template }) => TOLD_OF_AN_ANSWER.has(template)).length;
    const isDue = answers >= ANSWERS_BETWEEN && this.settings.GUARDS.includes('contradiction');
    if (isDue) await this.contradiction.look();
    await this.volume.look(tries);
    this.answers = isDue ? 0 : answers;
  }
}
