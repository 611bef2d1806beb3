import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../apps/local/src/embedded/free-port.js';
import { atEnd } from './at-end.js';
import { eventually } from './eventually.js';
import { runFolder } from './run-folder.js';

/** An alert, as Prometheus knows it. */
export interface SeenAlert {
  state: 'pending' | 'firing';
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

interface Answered<Data> {
  status: string;
  error?: string;
  data: Data;
}

/** A real Prometheus with an empty store, on loopback. */
export class Prometheus {
  private constructor(private readonly url: string) {}

  /**
   * It ends with the file of tests.
   * @param rules of alerts, as a file has them.
   * @param targets host and port of what it scrapes, every `every` seconds.
   */
  static async start(rules: string, targets: string[], every = 2): Promise<Prometheus> {
    const folder = mkdtempSync(join(runFolder(), 'prometheus-'));
    writeFileSync(join(folder, 'alerts.yml'), rules);
    const config = {
      global: {
        scrape_interval: `${every}s`,
        scrape_timeout: `${every}s`,
        evaluation_interval: '1s',
      },
      rule_files: ['alerts.yml'],
      scrape_configs: [{ job_name: 'return-receipt', static_configs: [{ targets }] }],
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const port = await freePort();
    const child = spawn(
      process.env.TEST_PROMETHEUS ?? '',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    atEnd(() => {
      child.kill('SIGKILL');
      return ended;
    });
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => (await fetch(`${url}/-/ready`)).ok, {
      because: 'a Prometheus',
      timeout: 60_000,
    });
    return new Prometheus(url);
  }

  async alerts(): Promise<SeenAlert[]> {
    return (await this.ask<{ alerts: SeenAlert[] }>('/api/v1/alerts')).alerts;
  }

  /** What an expression finds now. @throws with Prometheus's own words where it is none. */
  async query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const query = new URLSearchParams({ query: expression });
    type Found = { metric: Record<string, string>; value: [number, string] };
    return (await this.ask<{ result: Found[] }>(`/api/v1/query?${query}`)).result;
  }

  private async ask<Data>(path: string): Promise<Data> {
    const { status, error, data } = (await (await fetch(`${this.url}${path}`)).json()) as Answered<Data>;
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }
}

/** What `promtool` has to say, and whether it is content. */
export async function promtool(...args: string[]): Promise<{ ok: boolean; said: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.env.TEST_PROMTOOL ?? '', args);
    return { ok: true, said: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { ok: false, said: `${String(error)}\n${stdout}${stderr}` };
  }
}
