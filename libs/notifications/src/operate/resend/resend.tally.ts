import { LEFT_OUT_WORDS, OVERRIDABLE } from './resend.rules.js';
import type { LeftOut } from './resend.rules.js';
import type { Judged } from './resend.step.js';
import type { HeldMail } from './resend.writes.js';

/** Mails that are left out for one reason. */
export interface LeftOutGroup {
  why: LeftOut;
  sentence: string;
  todo: string;
  /** May a person overrule it, by this name and with a reason? */
  overridable: boolean;
  mails: number;
  /** The ids of the first of them. */
  sample: string[];
}

/** One of the mails that a re-send is about, as a sample shows it. No address, no contents. */
export interface SampleMail {
  id: string;
  taxReturnId: string;
  template: string;
  state: string;
  reason: string | null;
  does: 'open-again' | 'make-new';
}

/** What a re-send would do, or did. The numbers add up: `matching` is the sum of the others but `toRegistered`. */
export interface ResendCounts {
  /** Mails that the filter finds. */
  matching: number;
  /** Sent again under the same Message-ID, because no relay accepted them. */
  openedAgain: number;
  /** Sent again as new mails, because a relay accepted them. */
  madeNew: number;
  /** Of those that are sent: to the address registered for the return, since their own takes nothing any more. */
  toRegistered: number;
  /** Sent again by this very re-send before. */
  doneBefore: number;
  leftOut: LeftOutGroup[];
  sample: SampleMail[];
}

const SAMPLE = 10;

/** Counts verdicts as they come, and keeps a few for people to look at. */
export class ResendTally {
  private readonly counts = { matching: 0, openedAgain: 0, madeNew: 0, toRegistered: 0, doneBefore: 0 };
  private readonly leftOut = new Map<LeftOut, string[]>();
  private readonly leftOutCounts = new Map<LeftOut, number>();
  private readonly sample: SampleMail[] = [];

  add({ mail, verdict, toRegistered }: Judged): void {
    this.counts.matching += 1;
    if (toRegistered) this.counts.toRegistered += 1;
    switch (verdict.does) {
      case 'open-again':
        this.counts.openedAgain += 1;
        return this.show(mail, verdict.does);
      case 'make-new':
        this.counts.madeNew += 1;
        return this.show(mail, verdict.does);
      case 'nothing-more':
        this.counts.doneBefore += 1;
        return;
      case 'leave-out':
        this.leave(mail, verdict.why);
    }
  }

  /** Mails that are sent, or would be. */
  get sends(): number {
    return this.counts.openedAgain + this.counts.madeNew;
  }

  get result(): ResendCounts {
    const leftOut = [...this.leftOutCounts].map(([why, mails]) => ({
      why,
      ...LEFT_OUT_WORDS[why],
      overridable: OVERRIDABLE.some((name) => name === why),
      mails,
      sample: this.leftOut.get(why) ?? [],
    }));
    return { ...this.counts, leftOut: leftOut.toSorted((a, b) => b.mails - a.mails), sample: this.sample };
  }

  private leave({ id }: HeldMail, why: LeftOut): void {
    this.leftOutCounts.set(why, (this.leftOutCounts.get(why) ?? 0) + 1);
    const shown = this.leftOut.get(why) ?? [];
    if (shown.length < SAMPLE) this.leftOut.set(why, [...shown, id]);
  }

  private show({ id, taxReturnId, template, state, reason }: HeldMail, does: SampleMail['does']): void {
    if (this.sample.length < SAMPLE) this.sample.push({ id, taxReturnId, template, state, reason, does });
  }
}
