import type { Command } from 'commander';
import type { KeyService, ListedKey } from '#libs/keys/index.js';
import type { KeyActions } from '#libs/notifications/index.js';
import { withDatabase } from './data.js';
import { foresee } from './dry.run.js';
import { actorOf, addActingOptions, reasonOf } from './operate.js';
import { moment, NotDone, note, printJson, printLine, printTable, WronglyCalled } from './terminal.js';

interface Order {
  dryRun?: boolean;
  reason?: string;
  as?: string;
}

interface CreateOptions extends Order {
  name: string;
  scope: string[];
  expires?: string;
  json?: boolean;
}

/** `receipt keys`: who may call the HTTP interface. */
export function register(receipt: Command): void {
  const keys = receipt
    .command('keys')
    .description('make, list and revoke keys of the HTTP interface')
    .addHelpText(
      'after',
      `
To change a key without an interruption: create the new one, move its callers to it, then revoke the old one with
--in 24h; \`receipt keys list\` shows when each was last used. Every API process follows within seconds.`,
    );

  addActingOptions(
    keys
      .command('create')
      .description('make a key; it is shown once, on standard output')
      .requiredOption('--name <name>', 'whose it is, for people: letters, digits, spaces and . : / _ -')
      .requiredOption(
        '--scope <scope...>',
        'what it may do, one or more: enqueue, read, status, receipts, operate, preview, mails',
      )
      .option('--expires <duration>', 'how long it lives, such as 90d (default: until it is revoked)'),
  )
    .addHelpText(
      'after',
      `
Examples:
  receipt keys create --name backend --scope enqueue --scope status --reason "the backend goes live"
  KEY=$(receipt keys create --name on-call --scope read operate --expires 90d --reason "rota of May")`,
    )
    .action(create);

  keys
    .command('list')
    .description('show all keys, never their secrets')
    .option('--json', 'print one JSON document')
    .action(list);

  addActingOptions(
    keys
      .command('revoke')
      .description('end a key, now or after a while')
      .argument('<id>', 'the id that `receipt keys list` shows: the part between rr_ and the next _')
      .option('--in <duration>', 'when, such as 24h, so that its callers can move (default: now)'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  receipt keys revoke 5f0c9a1b2d3e --in 24h --reason "moved to a new one"',
    )
    .action(revoke);
}

async function create({ name, scope, expires, json, ...order }: CreateOptions): Promise<void> {
  const { isScope, SCOPES } = await import('#libs/keys/index.js');
  if (!/^[\w .:/-]{1,64}$/.test(name))
    throw new WronglyCalled('--name takes 1 to 64 letters, digits, spaces and . : / _ -');
  const scopes = scope.filter(isScope);
  if (scopes.length < scope.length) throw new WronglyCalled(`--scope takes ${SCOPES.join(', ')}`);
  const lifetime = await duration('--expires', expires);
  if (order.dryRun)
    return foresee(
      () => Promise.resolve({ would: `Would make a key of "${name}" that may ${scopes.join(', ')}.` }),
      json,
    );
  const acting = { actor: actorOf(order), reason: reasonOf(order) };
  const { id, key } = await withActions((actions) => actions.create({ name, scopes, lifetime }, acting));
  if (json) return printJson({ id, name, scopes, key });
  printLine(key);
  note(
    `Key ${id} of "${name}" may ${scopes.join(', ')}${expires ? ` for ${expires}` : ''}. It is not shown again.`,
  );
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const keys = await withKeys((service) => service.list());
  if (json) return printJson(keys);
  if (keys.length === 0) return note('There are no keys. `receipt keys create --help` says how to make one.');
  printTable(['ID', 'NAME', 'SCOPES', 'STATE', 'CREATED', 'LAST USED', 'ENDS'], keys.map(line));
}

function line(key: ListedKey): string[] {
  const { id, name, scopes, state, createdAt, lastUsedAt, revokedAt, expiresAt } = key;
  const ends = revokedAt && expiresAt ? new Date(Math.min(+revokedAt, +expiresAt)) : (revokedAt ?? expiresAt);
  return [id, name, scopes.join(' '), state, moment(createdAt), moment(lastUsedAt), moment(ends)];
}

async function revoke(id: string, options: Order & { in?: string; json?: boolean }): Promise<void> {
  const wait = await duration('--in', options.in);
  if (options.dryRun)
    return foresee(async () => {
      const from = known(await withActions((actions) => actions.planRevoke(id, wait)));
      return { would: `Would end key ${id}: refused from ${moment(from)} UTC on.` };
    }, options.json);
  const acting = { actor: actorOf(options), reason: reasonOf(options) };
  const end = known(await withActions((actions) => actions.revoke(id, acting, wait)));
  if (options.json) return printJson({ id, revokedAt: end });
  note(
    `Key ${id} is refused from ${moment(end)} UTC on; a running process may take a few seconds longer to know.`,
  );
}

function known(end: Date | undefined): Date {
  if (!end) throw new NotDone('There is no key of this id. `receipt keys list` shows them.');
  return end;
}

async function duration(option: string, text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined;
  const { milliseconds } = await import('#libs/platform/index.js');
  const read = milliseconds(text);
  if (read === undefined) throw new WronglyCalled(`${option} takes a duration such as 30s, 15m, 24h or 90d`);
  return read;
}

async function withKeys<Result>(work: (keys: KeyService) => Promise<Result>): Promise<Result> {
  const { KeyService } = await import('#libs/keys/index.js');
  return withDatabase((prisma) => work(new KeyService(prisma)));
}

async function withActions<Result>(work: (actions: KeyActions) => Promise<Result>): Promise<Result> {
  const { KeyService } = await import('#libs/keys/index.js');
  const { AuditTrail, KeyActions } = await import('#libs/notifications/index.js');
  return withDatabase((prisma) =>
    work(new KeyActions(prisma, new KeyService(prisma), new AuditTrail(prisma))),
  );
}
