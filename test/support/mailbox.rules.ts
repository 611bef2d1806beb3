/** The moments at which a server can say no. `data` is after the whole body was received. */
export type Moment = 'connect' | 'mail' | 'rcpt' | 'data';

/** An answer to give instead of yes. */
export interface BadAnswer {
  at: Moment;
  /** Only when this address is (among) the recipient(s); at `rcpt` and `data`. Default: whoever it is. */
  to?: string;
  /** 4xx and 5xx refuse; at `data` a 250 with a text is a yes in other words. */
  code: number;
  text?: string;
  /** How often. Default: until `clear()`. */
  times?: number;
}

/** A connection to cut without an answer: when the recipient is named, or after the whole body was received. */
export interface Drop {
  at: 'rcpt' | 'after-data';
  /** Only for this recipient. Default: whoever it is. */
  to?: string;
  /** How often. Default 1. */
  times?: number;
  /** At `after-data`: the server has accepted the mail, and only the client does not know. Default false. */
  keep?: boolean;
}

/** Which answers are still to be given; the oldest rule that fits is used first. */
export class MailRules {
  #answers: (BadAnswer & { times: number })[] = [];
  #drops: (Drop & { times: number })[] = [];

  add(rule: BadAnswer): void {
    this.#answers.push({ ...rule, times: rule.times ?? Infinity });
  }

  addDrop(rule: Drop): void {
    this.#drops.push({ ...rule, times: rule.times ?? 1 });
  }

  clear(): void {
    this.#answers = [];
    this.#drops = [];
  }

  take(at: Moment, recipients: string[]): BadAnswer | undefined {
    return use(this.#answers, at, recipients);
  }

  takeDrop(at: Drop['at'], recipients: string[]): Drop | undefined {
    return use(this.#drops, at, recipients);
  }
}

function use<Rule extends { at: string; to?: string; times: number }>(
  rules: Rule[],
  at: string,
  recipients: string[],
): Rule | undefined {
  const rule = rules.find((one) => one.at === at && one.times > 0 && fits(one.to, recipients));
  if (rule) rule.times -= 1;
  return rule;
}

function fits(wanted: string | undefined, recipients: string[]): boolean {
  return wanted === undefined || recipients.some((one) => one.toLowerCase() === wanted.toLowerCase());
}
