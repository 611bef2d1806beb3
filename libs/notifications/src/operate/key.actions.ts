import type { KeyRequest, KeyService } from '#libs/keys/index.js';
import type { PrismaService, Transaction } from '#libs/platform/index.js';
import { NOBODY } from '../audit/audit.trail.js';
import type { Acting, AuditTrail } from '../audit/audit.trail.js';

/** What a person does with keys: the key and its entry of the trail, or neither. */
export class KeyActions {
  constructor(
    private readonly prisma: PrismaService,
    private readonly keys: KeyService,
    private readonly trail: AuditTrail,
  ) {}

  /** @returns the key's id, and its text: the only time that it is seen. */
  create(request: KeyRequest, acting: Acting): Promise<{ id: string; key: string }> {
    return this.prisma.$transaction(async (tx) => {
      const made = await this.keys.create(request, tx);
      const { name, scopes, lifetime } = request;
      const after = { name, scopes, ...(lifetime === undefined ? {} : { lifetime }) };
      await this.trail.record(tx, [{ ...acting, action: 'create-key', kind: 'key', target: made.id, after }]);
      return made;
    });
  }

  /**
   * Ends a key. A later call may bring the end forward, never put it off: that is in the trail, too.
   * @param wait milliseconds that its callers have to move to another one.
   * @returns from when on it is refused; undefined when there is no such key.
   */
  revoke(id: string, acting: Acting, wait?: number): Promise<Date | undefined> {
    return this.prisma.$transaction((tx) => this.end(tx, id, acting, wait));
  }

  /** The dry run: what {@link revoke} would return. */
  planRevoke(id: string, wait?: number): Promise<Date | undefined> {
    return this.prisma.rehearsing((tx) => this.end(tx, id, NOBODY, wait));
  }

  private async end(tx: Transaction, id: string, acting: Acting, wait?: number): Promise<Date | undefined> {
    const revokedAt = await this.keys.revoke(id, wait, tx);
    const after = { revokedAt: revokedAt?.toISOString() };
    if (revokedAt)
      await this.trail.record(tx, [{ ...acting, action: 'revoke-key', kind: 'key', target: id, after }]);
    return revokedAt;
  }
}
