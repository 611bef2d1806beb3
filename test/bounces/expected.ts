/** What a peer makes of a mail: a row of `expected.tsv`. */
export interface Expected {
  file: string;
  kind: 'bounce' | 'complaint' | 'delayed' | 'delivered' | 'none';
  /** Of a bounce. `mixed` where its recipients differ. */
  type: 'hard' | 'soft' | 'mixed' | '';
  /** Code and reason, for those who compare. */
  said: string;
}

/** What we made of it. */
export interface Made {
  kind: string;
  type: string;
  reason: string;
}

export function readExpected(table: string): Expected[] {
  const [head = '', ...rows] = table.split(/\r?\n/).filter((line) => line !== '');
  const names = head.split('\t');
  return rows.map((row) => {
    const cells = row.split('\t');
    const cell = (name: string) => cells[names.indexOf(name)] ?? '';
    return {
      file: cell('file'),
      kind: cell('kind') as Expected['kind'],
      type: cell('type') as Expected['type'],
      said: [cell('status'), cell('reply'), cell('reason')].filter((text) => text !== '').join(' '),
    };
  });
}

/** Of a bounce its type counts too, unless its recipients differ: a mail of ours has one. */
export function isAsExpected({ kind, type }: Expected, made: Made): boolean {
  switch (kind) {
    case 'bounce':
      return made.kind === 'bounce' && (type === 'mixed' || type === made.type);
    case 'complaint':
      return made.kind === 'complaint';
    case 'delivered':
      return made.kind === 'delivery';
    case 'delayed':
    case 'none':
      return !['bounce', 'complaint', 'delivery'].includes(made.kind);
  }
}
