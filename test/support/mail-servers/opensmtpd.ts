import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, named } from '../find-program.js';
import * as house from './mail.server.js';
import type { MailServer, MailServerKind, Place } from './mail.server.js';
import { greets, hashed, runProgram, wordsOf } from './run-program.js';

const program = named('OPENSMTPD', () => findProgram(['smtpd'])) ?? '';
// Others have a program of that name.
const [version = ''] = program ? (/OpenSMTPD \d\S*/.exec(wordsOf(program, ['-h'])) ?? []) : [];
const unshare = findProgram(['unshare']) ?? '';

/** OpenSMTPD. The places of its spool and of its socket are built in: it sees folders of ours there. */
export const opensmtpd: MailServerKind = {
  name: 'OpenSMTPD',
  lacks: whatItLacks(),
  knowsUsers: true,
  takesUtf8: false,
  saysWhatItRefuses: false,
  start,
};

function whatItLacks(): string | undefined {
  if (!version)
    return 'OpenSMTPD is not here: install the package opensmtpd, or name its program (smtpd) in OPENSMTPD. Its users have to be known, as the package makes them.';
  if (Number(/ (\d+)/.exec(version)?.[1]) < 7)
    return `${version} is too old: it speaks no TLS with OpenSSL 3, which took OpenSMTPD 7.`;
  if (!house.isRoot() || !unshare)
    return `${version} was not started: it needs root and, for a spool of its own, the program unshare.`;
  return undefined;
}

async function start(): Promise<MailServer> {
  const place = await house.prepare('opensmtpd');
  const { folder, ports, certificate, mail, inbox } = place;
  const [spool, run, file] = [join(folder, 'spool'), join(folder, 'run'), join(folder, 'smtpd.conf')];
  mkdirSync(spool);
  mkdirSync(run);
  chownSync(mail, house.NOBODY.uid, house.NOBODY.gid);
  writeFileSync(file, configuration(place));
  const hide = 'mount --bind "$1" /var/spool && mount --bind "$2" /run && shift 2 && exec "$@"';
  const command = ['sh', '-c', hide, 'sh', spool, run, program, '-d', '-f', file];
  await runProgram(unshare, ['--mount', ...command], { folder, isUp: () => greets(ports.plain) });
  return { version, ports, certificate, delivered: () => house.readMaildir(inbox) };
}

function configuration({ mail, inbox, ports, key, certificate }: Place): string {
  const { user, password } = house.SENDER;
  const owner = `${house.NOBODY.uid}:${house.NOBODY.gid}:${mail}`;
  const users = house.KNOWN.map((address) => `"${address.split('@')[0]}" = "${owner}"`);
  const name = 'relay.example.org';
  return `
pki "${name}" cert "${certificate}"
pki "${name}" key "${key}"
table users { ${users.join(', ')} }
table passwords { "${user}" = "${hashed(password)}" }
table later { "${house.LATER.address}" }
filter "later" phase rcpt-to match rcpt-to <later> reject "450 ${house.LATER.answer}"
smtp max-message-size ${house.SIZE_LIMIT}
listen on 127.0.0.1 port ${ports.plain} hostname "${name}" filter "later"
listen on 127.0.0.1 port ${ports.startTls} tls pki "${name}" auth <passwords> hostname "${name}" filter "later"
listen on 127.0.0.1 port ${ports.tls} smtps pki "${name}" auth <passwords> hostname "${name}" filter "later"
action "inbox" maildir "${inbox}" userbase <users>
match from any for domain { ${house.DOMAINS.map((domain) => `"${domain}"`).join(', ')} } action "inbox"
`;
}
