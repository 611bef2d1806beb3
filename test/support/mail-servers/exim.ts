import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, named } from '../find-program.js';
import * as house from './mail.server.js';
import type { MailServer, MailServerKind, Place } from './mail.server.js';
import { greets, runProgram, wordsOf } from './run-program.js';

const program = named('EXIM', () => findProgram(['exim4', 'exim'])) ?? '';

/** Exim, whose configuration is a program: users, access and delivery are all written there. */
export const exim: MailServerKind = {
  name: 'Exim',
  lacks: program
    ? undefined
    : 'Exim is not here: install the package exim4-daemon-heavy, or name its program in EXIM. Its user has to be known, as the package makes it.',
  knowsUsers: true,
  takesUtf8: true,
  saysWhatItRefuses: true,
  start,
};

// It stops being root when it reads a configuration that is not the machine's. So it never is.
const as = house.isRoot() ? house.NOBODY : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

async function start(): Promise<MailServer> {
  const place = await house.prepare('exim');
  const { folder, ports, certificate, inbox } = place;
  const file = join(folder, 'exim.conf');
  mkdirSync(join(folder, 'spool'));
  writeFileSync(file, configuration(place));
  for (const name of ['', ...readdirSync(folder)]) chownSync(join(folder, name), as.uid, as.gid);
  await runProgram(program, ['-C', file, '-bdf'], { folder, as, isUp: () => greets(ports.plain) });
  return {
    version: `Exim ${/Exim version (\S+)/.exec(wordsOf(program, ['-C', file, '-bV']))?.[1]}`,
    ports,
    certificate,
    delivered: () => house.readMaildir(inbox),
    mechanisms: () => house.readLog(join(folder, 'mainlog.txt'), / A=(\w+):/g),
  };
}

function configuration({ folder, ports, key, certificate, inbox }: Place): string {
  const { user, password } = house.SENDER;
  const isSender = (name: string, word: string) =>
    `\${if and{{eq{${name}}{${user}}}{eq{${word}}{${password}}}}}`;
  return `
exim_path = ${program}
exim_user = ${as.uid}
exim_group = ${as.gid}
deliver_drop_privilege
keep_environment =
spool_directory = ${folder}/spool
log_file_path = ${folder}/%slog.txt
pid_file_path = ${folder}/exim.pid
primary_hostname = relay.example.org
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${ports.plain} : ${ports.startTls} : ${ports.tls}
tls_on_connect_ports = ${ports.tls}
tls_advertise_hosts = \${if eq{$received_port}{${ports.plain}}{}{*}}
tls_certificate = ${certificate}
tls_privatekey = ${key}
smtputf8_advertise_hosts = *
# It would leave the eleventh mail of a connection to the next run of its queue.
smtp_accept_queue_per_connection = 0
message_size_limit = ${house.SIZE_LIMIT}
host_lookup =
acl_smtp_mail = may_send
acl_smtp_rcpt = may_receive
domainlist served = ${house.DOMAINS.join(' : ')}

begin acl
may_send:
  accept condition = \${if eq{$received_port}{${ports.plain}}}
  require message = authentication required
          authenticated = *
  accept
may_receive:
  # As Debian's own configuration says it.
  require message = relay not permitted
          domains = +served
  defer message = ${house.LATER.answer}
        condition = \${if eq{$local_part@$domain}{${house.LATER.address}}}
  require verify = recipient
  accept

begin routers
inbox:
  driver = accept
  condition = \${if inlist{$local_part@$domain}{${house.KNOWN.join(' : ')}}}
  transport = inbox

begin transports
inbox:
  driver = appendfile
  directory = ${inbox}
  maildir_format
  return_path_add
  delivery_date_add
  envelope_to_add

begin authenticators
PLAIN:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${isSender('$auth2', '$auth3')}
  server_set_id = $auth2
  server_advertise_condition = \${if def:tls_in_cipher}
LOGIN:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${isSender('$auth1', '$auth2')}
  server_set_id = $auth1
  server_advertise_condition = \${if def:tls_in_cipher}
`;
}
