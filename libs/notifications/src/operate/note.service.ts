import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import { AuditTrail } from '../audit/audit.trail.js';
import type { AuditRecord } from '../audit/audit.trail.js';
import { NothingToActOn } from '../audit/refusal.js';

/** What people may put a note on. */
export const NOTABLE = ['notification', 'submission', 'remediation', 'quarantine', 'suppression'] as const;
export type Notable = (typeof NOTABLE)[number];

export interface Note {
  at: Date;
  actor: string;
  text: string;
}

/** An item with what people noted on it. */
export type Noted<Item> = Item & { noted: Note[] };

/** Notes of people for people: entries of the audit trail, so that they are never changed either. */
@Injectable()
export class NoteService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * @param said.source of the call that brings it, if it may be repeated: it is written once.
   * @throws NothingToActOn when there is no such item.
   */
  async add(
    kind: Notable,
    target: string,
    { actor, text, source }: { actor: string; text: string; source?: string },
  ): Promise<void> {
    if (!(await this.exists(kind, target))) throw new NothingToActOn(`There is no ${kind} of this id.`);
    await this.prisma.$transaction((tx) =>
      this.trail.record(tx, [{ actor, reason: text, action: 'note', kind, target, source }]),
    );
  }

  /** The newest first. */
  async list(kind: Notable, target: string): Promise<Note[]> {
    const entries = await this.prisma.auditEntry.findMany({
      where: { kind, target, action: 'note' },
      orderBy: { sequence: 'desc' },
      take: 100,
    });
    return entries.map(noteOf);
  }

  /** Items, each with what people noted on it, the oldest first. */
  async withNotes<Item extends { id: string }>(kind: Notable, items: Item[]): Promise<Noted<Item>[]> {
    const entries = await this.prisma.auditEntry.findMany({
      where: { kind, target: { in: items.map(({ id }) => id) }, action: 'note' },
      orderBy: { sequence: 'asc' },
    });
    return items.map((item) => ({
      ...item,
      noted: entries.filter(({ target }) => target === item.id).map(noteOf),
    }));
  }

  private async exists(kind: Notable, id: string): Promise<boolean> {
    switch (kind) {
      case 'notification':
        return (await this.prisma.notification.count({ where: { id } })) > 0;
      case 'submission':
        return (await this.prisma.submission.count({ where: { id } })) > 0;
      case 'remediation':
        return (await this.prisma.remediation.count({ where: { id } })) > 0;
      case 'quarantine':
        return (await this.prisma.quarantineEntry.count({ where: { id } })) > 0;
      case 'suppression':
        return (await this.prisma.suppression.count({ where: { id } })) > 0;
    }
  }
}

function noteOf({ at, actor, reason }: Pick<AuditRecord, 'actor' | 'reason'> & { at: Date }): Note {
  return { at, actor, text: reason };
}
