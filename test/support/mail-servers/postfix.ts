import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram, named } from '../find-program.js';
import { hasDovecot, startDovecot } from './dovecot.js';
import * as house from './mail.server.js';
import type { MailServer, MailServerKind, Place } from './mail.server.js';
import { greets, runProgram } from './run-program.js';

const program = named('POSTFIX', () => findProgram(['postfix'])) ?? '';

/** Postfix, with Dovecot for passwords where that is here. */
export const postfix: MailServerKind = {
  name: 'Postfix',
  lacks: whatItLacks(),
  leavesOut: hasDovecot
    ? undefined
    : 'Nobody asked Postfix for a password, as it asks Dovecot: install the package dovecot-core, or name its program in DOVECOT.',
  knowsUsers: hasDovecot,
  takesUtf8: true,
  saysWhatItRefuses: true,
  start,
};

function whatItLacks(): string | undefined {
  if (!program) return 'Postfix is not here: install the package postfix, or name its program in POSTFIX.';
  if (!house.isRoot()) return 'Postfix was not started: it needs root.';
  return undefined;
}

// A Postfix that was unpacked, and not installed, finds its libraries only so.
const env = { ...process.env, LD_LIBRARY_PATH: join(dirname(program), '../lib/postfix') };

async function start(): Promise<MailServer> {
  const place = await house.prepare('postfix');
  const { folder, ports, certificate, mail, inbox } = place;
  const passwords = hasDovecot ? await startDovecot() : undefined;
  const owner = firstKnown('/etc/passwd', ['postfix', '_postfix', 'mail']);
  const etc = join(folder, 'etc');
  for (const name of ['etc', 'queue', 'data']) mkdirSync(join(folder, name));
  chownSync(join(folder, 'data'), Number(execFileSync('id', ['-u', owner])), 0);
  chownSync(mail, house.NOBODY.uid, house.NOBODY.gid);
  writeFileSync(join(etc, 'main.cf'), settings(owner, place, passwords));
  writeFileSync(join(etc, 'master.cf'), services(ports, passwords !== undefined));
  // Makes the folders of the queue.
  const { status, stderr } = spawnSync(program, ['-c', etc, 'check'], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`Postfix does not like its configuration: ${stderr}`);
  const master = join(builtIn('daemon_directory'), 'master');
  await runProgram(master, ['-c', etc, '-s'], { folder, env, isUp: () => greets(ports.plain) });
  const version = `Postfix ${ask('mail_version')}${passwords ? ' with Dovecot' : ''}`;
  return {
    version,
    ports,
    certificate,
    delivered: () => house.readMaildir(inbox),
    mechanisms: () => house.readLog(join(folder, 'log.txt'), /sasl_method=(\w+)/g),
  };
}

function settings(owner: string, { folder, key, certificate, mail }: Place, passwords?: string): string {
  const { address, answer } = house.LATER;
  const directories = ['command', 'daemon', 'shlib', 'meta'].map((name) => `${name}_directory`);
  return `
compatibility_level = 3.6
${directories.map((name) => `${name} = ${builtIn(name)}`).join('\n')}
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/log.txt
maillog_file_prefixes = ${folder}
import_environment = MAIL_CONFIG MAIL_LOGTAG LANG=C LD_LIBRARY_PATH
mail_owner = ${owner}
setgid_group = ${firstKnown('/etc/group', ['postdrop', '_postdrop', 'daemon'])}
myhostname = relay.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
local_recipient_maps =
alias_maps =
message_size_limit = ${house.SIZE_LIMIT}
smtputf8_enable = yes
smtpd_tls_cert_file = ${certificate}
smtpd_tls_key_file = ${key}
${passwords ? `smtpd_sasl_type = dovecot\nsmtpd_sasl_path = ${passwords}` : ''}
# Not even for this machine, as it usually does.
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{{${address}=450 ${answer}}}
virtual_mailbox_domains = ${house.DOMAINS.join(', ')}
virtual_mailbox_maps = inline:{${house.KNOWN.map((one) => `{${one}=inbox/}`).join(', ')}}
virtual_mailbox_base = ${mail}
virtual_uid_maps = static:${house.NOBODY.uid}
virtual_gid_maps = static:${house.NOBODY.gid}
`;
}

/** As Postfix's own file of services has them, but for chroot and for what is not needed. */
function services({ plain, startTls, tls }: house.Ports, hasPasswords: boolean): string {
  const asks = hasPasswords
    ? ' -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes -o smtpd_relay_restrictions=permit_sasl_authenticated,reject'
    : '';
  return `
127.0.0.1:${plain} inet n - n - - smtpd
127.0.0.1:${startTls} inet n - n - - smtpd -o smtpd_tls_security_level=may${asks}
127.0.0.1:${tls} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes${asks}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;
}

/** Where a part of Postfix is: where it was built for, or under the folder into which all of it was unpacked. */
function builtIn(name: string): string {
  const usual = join(ask('command_directory'), 'postfix');
  return (program.endsWith(usual) ? program.slice(0, -usual.length) : '') + ask(name);
}

/** What Postfix takes a setting to be as long as nobody says otherwise. */
function ask(name: string): string {
  const postconf = join(dirname(program), 'postconf');
  // Otherwise it complains that the machine's own configuration is not there.
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  return execFileSync(postconf, ['-d', '-h', name], { env, encoding: 'utf8', stdio: [...stdio] }).trim();
}

/** It wants a user and a group for itself alone: those that its package makes, or some that are hardly used. */
function firstKnown(file: string, names: string[]): string {
  const known = readFileSync(file, 'utf8');
  const name = names.find((one) => new RegExp(`^${one}:`, 'm').test(known));
  if (!name) throw new Error(`Postfix needs one of these in ${file}: ${names.join(', ')}`);
  return name;
}
