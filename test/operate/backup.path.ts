import { randomUUID } from 'node:crypto';
import { BackupPolls } from '#libs/notifications/index.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { FakeUpstream } from '../support/upstream.js';

/** A submission that went by the backup path. */
export type Sent = MadeReturn & { backupId: string };

/** A service, and the upstream that it asks what became of what went by the backup path. */
export class BackupPath {
  private constructor(
    readonly stack: Stack,
    readonly upstream: FakeUpstream,
  ) {}

  static async start(name: string): Promise<BackupPath> {
    const upstream = await FakeUpstream.start();
    const stack = await Stack.start(name, {
      worker: false,
      settings: { UPSTREAM_URL: upstream.url, UPSTREAM_TOKEN: 'shared-with-them', UPSTREAM_TIMEOUT: '5s' },
    });
    return new BackupPath(stack, upstream);
  }

  get polls(): BackupPolls {
    return this.stack.app.get(BackupPolls);
  }

  /** Nobody waits for an answer, and no poll has taken its turn. */
  async reset(): Promise<void> {
    this.upstream.reset();
    await this.stack.sql('DELETE FROM poll_turns');
    await this.stack.sql(
      `UPDATE submissions SET backup_status = 'rejected' WHERE backup_id IS NOT NULL AND backup_status IS NULL`,
    );
  }

  async onBackup({ age = 0 } = {}): Promise<Sent> {
    const sent = { ...(await aReturn(this.stack)), backupId: `B-${randomUUID()}` };
    await this.put(sent, {
      backup: { id: sent.backupId },
      createdAt: new Date(Date.now() - age).toISOString(),
    });
    return sent;
  }

  /** Their backup ids, in order. */
  async manyOnBackup(count: number): Promise<string[]> {
    const rows = await this.stack.sql<{ id: string }>(
      `WITH owner AS (INSERT INTO tax_returns (id) SELECT gen_random_uuid() FROM generate_series(1, $1) RETURNING id)
       INSERT INTO submissions (id, tax_return_id, backup_id, created_at) SELECT id, id, 'many-' || id, now() FROM owner
       RETURNING backup_id AS id`,
      [count],
    );
    return rows.map(({ id }) => id).toSorted();
  }

  /** Backup ids that wait for an answer, in order. */
  async undecided(): Promise<string[]> {
    const rows = await this.stack.sql<{ id: string }>(
      'SELECT backup_id AS id FROM submissions WHERE backup_id IS NOT NULL AND backup_status IS NULL AND receipt_id IS NULL',
    );
    return rows.map(({ id }) => id).toSorted();
  }

  /** What the backup path decided, and where the submission stands. */
  async standingOf({ submissionId }: Sent): Promise<[string | null, string]> {
    const { body } = await this.stack.api<{ backup: { status: string | null }; delivered: string }>(
      'GET',
      `/v1/submissions/${submissionId}`,
    );
    return [body.backup.status, body.delivered];
  }

  put({ taxReturnId }: Sent, body: object) {
    return this.stack.api('PUT', `/v1/tax-returns/${taxReturnId}/submissions/s1`, body);
  }

  remediate({ submissionId }: Sent, success: boolean) {
    return this.stack.api('POST', `/v1/submissions/${submissionId}/remediations`, {
      context: 'sent on paper',
      success,
    });
  }
}
