import { setTimeout as delay } from 'node:timers/promises';
import type { TemplateCatalogue } from '#libs/email/index.js';
import { keyOf } from '#libs/platform/index.js';
import type { MailToCheck } from './check.messages.js';
import type { MailReport } from './check.report.js';
import { CheckWorker } from './check.worker.js';
import { checksCode } from './checks.code.js';
import type { Finding } from './finding.js';
import { keptSheets, sheetsOf } from './sample.sheet.js';
import type { CheckedSheet, SampleSheet } from './sample.sheet.js';

/** What is known by now. */
export interface CheckProgress {
  /** Those that were looked at. */
  mails: MailReport[];
  /** How many there are in all. */
  of: number;
}

/** After so many mails in a row that ended the thread, it is the thread and not the mails: the others are not tried. */
const LOST_IN_A_ROW = 3;
/** Milliseconds that somebody waits at a page for what is said of the values they have just written. */
const PATIENCE = 1_000;
/** Mails with edited values that are remembered: as many as somebody tries one after another. */
const REMEMBERED = 50;

/**
 * The checks for a process that serves: they run in a thread of their own, and nobody waits for all of them. What is kept of an earlier
 * process is there at once.
 */
export class CheckDesk {
  readonly #code = checksCode();
  readonly #sheets: readonly SampleSheet[];
  readonly #known = new Map<SampleSheet, CheckedSheet>();
  readonly #asked = new Map<string, Promise<Finding[]>>();
  #opened: Promise<void> | undefined;
  #checking: Promise<void> | undefined;
  #lost = 0;

  constructor(
    catalogue: TemplateCatalogue,
    private readonly worker = new CheckWorker({ folder: catalogue.folder, site: catalogue.site }),
    private readonly kept = keptSheets,
  ) {
    this.#sheets = sheetsOf(catalogue);
  }

  /** What is known of all samples. The first who asks sets off the checks of the others. */
  async progress(): Promise<CheckProgress> {
    await (this.#opened ??= this.#open());
    const mails = this.#sheets.flatMap((sheet): MailReport[] => {
      const { template, language } = sheet;
      const checked = Object.entries(this.#known.get(sheet) ?? {});
      return checked.map(([sample, findings]) => ({ template, language, sample, findings }));
    });
    const of = this.#sheets.reduce((sum, { samples }) => sum + Object.keys(samples).length, 0);
    return { mails, of };
  }

  /**
   * What there is to say about any mail; samples that wait for their turn wait on.
   * @returns undefined where it takes longer than somebody waits: whoever asks again is told.
   */
  check(mail: MailToCheck, patience = PATIENCE): Promise<Finding[] | undefined> {
    const key = keyOf(mail);
    const asked = this.#asked.get(key) ?? this.#check(mail);
    if (this.#asked.size >= REMEMBERED) this.#asked.clear();
    this.#asked.set(key, asked);
    return Promise.race([asked, delay(patience, undefined, { ref: false })]);
  }

  /** Ends the checks. What they came to by then is kept. */
  async end(): Promise<void> {
    await this.worker.end();
    await this.#checking;
  }

  async #check(mail: MailToCheck): Promise<Finding[]> {
    try {
      return (await this.worker.check(mail)).findings;
    } catch (error) {
      // The next who asks has it tried again.
      this.#asked.delete(keyOf(mail));
      return [notChecked(error)];
    }
  }

  async #open(): Promise<void> {
    const found = await Promise.all(this.#sheets.map(({ key }) => this.kept.find(key)));
    this.#sheets.forEach((sheet, index) => this.#known.set(sheet, found[index] ?? {}));
    const others = this.#sheets.filter((_, index) => !found[index]);
    this.#checking = this.#checkAll(others);
  }

  async #checkAll(sheets: readonly SampleSheet[]): Promise<void> {
    for (const sheet of sheets) {
      const checked: CheckedSheet = {};
      this.#known.set(sheet, checked);
      const whole = await this.#checkSheet(sheet, checked);
      if (whole) await this.kept.keep(sheet.key, checked);
    }
  }

  /** @returns whether each sample was looked at, and by the very checks that the sheet's key is made of. */
  async #checkSheet({ template, language, samples }: SampleSheet, checked: CheckedSheet): Promise<boolean> {
    let whole = true;
    for (const [sample, context] of Object.entries(samples)) {
      try {
        if (this.#lost >= LOST_IN_A_ROW) throw new Error('the thread of the checks broke again and again');
        const { findings, code } = await this.worker.check({ template, language, context });
        this.#lost = 0;
        checked[sample] = findings;
        whole &&= code === this.#code;
      } catch (error) {
        this.#lost += 1;
        checked[sample] = [notChecked(error)];
        whole = false;
      }
    }
    return whole;
  }
}

function notChecked(error: unknown): Finding {
  const reason = (error as Error).message;
  const message = `This mail could not be checked (${reason}). npm run templates:check says more.`;
  return { check: 'rendering', level: 'warning', message };
}
