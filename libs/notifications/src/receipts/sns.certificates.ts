import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { certificateNameOf } from './sns.envelope.js';

/** SNS has a handful, and a message could name any number. */
const KEPT = 50;
/** Milliseconds. */
const PATIENCE = 5_000;

/** The certificates that SNS signs with: from a folder where a setting names one, else from AWS, each once. */
@Injectable()
export class SnsCertificates {
  private readonly kept = new Map<string, Promise<string | undefined>>();

  constructor(@Inject(SETTINGS) private readonly settings: Pick<Settings, 'SNS_CERTIFICATES'>) {}

  /**
   * The certificate that a message says it was signed with, as PEM. Undefined when SNS has no such certificate.
   * @throws when it cannot be had just now.
   */
  async find(url: string): Promise<string | undefined> {
    const name = certificateNameOf(url);
    if (name === undefined) return undefined;
    const known = this.kept.get(url);
    if (known) return known;
    const found = this.load(url, name);
    if (this.kept.size >= KEPT) this.kept.clear();
    this.kept.set(url, found);
    // What could not be had is asked for again; what is not there may be tomorrow.
    const forget = () => void this.kept.delete(url);
    found.then((certificate) => certificate ?? forget(), forget);
    return found;
  }

  private load(url: string, name: string): Promise<string | undefined> {
    const folder = this.settings.SNS_CERTIFICATES;
    return folder === undefined ? download(url) : inFolder(join(folder, name));
  }
}

async function inFolder(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function download(url: string): Promise<string | undefined> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(PATIENCE) });
  if (response.ok) return response.text();
  if (response.status >= 500) throw new Error(`SNS answered ${response.status} for its certificate`);
  return undefined;
}
