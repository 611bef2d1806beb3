import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { onStep, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { instrumentsIn } from './instruments.js';
import type { Instruments } from './instruments.js';
import { RecordGauges } from './record.gauges.js';
import { count } from './step.counters.js';

/** Milliseconds for which what the record says is not read again, however many scrape. */
const FRESH_FOR = 5_000;

/** Sets some of the gauges. */
type Reader = (to: Instruments) => Promise<void>;

/** What this process does and what is on record, as Prometheus reads it. */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  /** Of this process's own, so that several services in one do not add up. */
  private readonly registry = new Registry();
  private readonly instruments = instrumentsIn(this.registry);
  private readonly others: Reader[] = [];
  private end: (() => void) | undefined;
  private reading: Promise<void> | undefined;
  private readAt = -Infinity;

  constructor(
    private readonly gauges: RecordGauges,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Counts from now on. Whoever is asked by nobody need not: steps that nobody hears cost nothing. */
  begin(): void {
    if (this.end) return;
    collectDefaultMetrics({ register: this.registry });
    this.end = onStep((fact) => count(fact, this.instruments));
  }

  /** Has this read too whenever the record is: what only this process can ask. It never throws. */
  alsoRead(reader: Reader): void {
    this.others.push(reader);
  }

  onApplicationShutdown(): void {
    this.end?.();
  }

  private get relays(): string[] {
    const { SMTP_URL, SMTP_SECOND_URL } = this.settings;
    return [SMTP_URL, SMTP_SECOND_URL].flatMap((url) => (url ? [new URL(url).host] : []));
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Never throws: what could not be read is missing. */
  async text(): Promise<string> {
    if (performance.now() - this.readAt > FRESH_FOR)
      this.reading ??= this.read().finally(() => {
        this.reading = undefined;
        this.readAt = performance.now();
      });
    await this.reading;
    return this.registry.metrics();
  }

  private async read(): Promise<void> {
    await Promise.all([
      this.gauges.read(this.instruments, this.relays),
      ...this.others.map((read) => read(this.instruments)),
    ]);
  }
}
