/** One measured figure. `ratio` is value against the other figure of the same run, so that the machine's speed falls out. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What it is compared with, in words. */
  against?: string;
  ratio?: number;
}

/** Prints figures as they come: a table for people, or a JSON object a line. */
export class Report {
  constructor(private readonly isJson: boolean) {}

  add(figure: Figure): void {
    const { value, ratio } = figure;
    const rounded = { ...figure, value: round(value), ratio: ratio === undefined ? undefined : round(ratio) };
    if (this.isJson) console.log(JSON.stringify(rounded));
    else console.log(row(rounded));
  }

  /** A line for people; nothing in JSON. */
  say(line: string): void {
    if (!this.isJson) console.log(line);
  }
}

function row({ name, value, unit, against, ratio }: Figure): string {
  const compared = ratio === undefined ? '' : `${ratio} × ${against}`;
  return `${name.padEnd(58)}${String(value).padStart(10)} ${unit.padEnd(14)}${compared}`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

/** The value below which this share of all values lies. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
