import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, named } from '../find-program.js';
import { ownFolder } from '../servers.js';
import { SENDER } from './mail.server.js';
import { hashed, runProgram } from './run-program.js';

const program = named('DOVECOT', () => findProgram(['dovecot'])) ?? '';

/** Whether Postfix can ask Dovecot for passwords, as it usually does: it knows none itself. */
export const hasDovecot = program !== '';

/** Starts a Dovecot that answers for the sender and does nothing else. Returns the socket on which it does. */
export async function startDovecot(): Promise<string> {
  const folder = ownFolder('dovecot');
  const [socket, file] = [join(folder, 'auth'), join(folder, 'dovecot.conf')];
  for (const name of ['run', 'state']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'users'), `${SENDER.user}:${hashed(SENDER.password)}\n`);
  writeFileSync(file, configuration(folder, socket));
  await runProgram(program, ['-F', '-c', file], { folder, isUp: () => existsSync(socket) });
  return socket;
}

function configuration(folder: string, socket: string): string {
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log.txt
protocols =
ssl = no
auth_mechanisms = plain login
passdb {
  driver = passwd-file
  args = ${folder}/users
}
service auth {
  unix_listener ${socket} {
    mode = 0666
  }
}
`;
}
