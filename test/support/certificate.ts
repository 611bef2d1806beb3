import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolder } from './servers.js';

/** A key and a certificate of a server on loopback, made for this run, that vouches for itself. Needs `openssl`. */
export interface OwnCertificate {
  keyFile: string;
  /** It stands for its own authority, too. */
  certificateFile: string;
  key: string;
  certificate: string;
}

export function ownCertificate(name: string): OwnCertificate {
  const folder = ownFolder('certificate');
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const made = ['-keyout', keyFile, '-out', certificateFile, '-subj', `/CN=${name}`, '-days', '2'];
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...made, ...names], {
    stdio: 'ignore',
  });
  return {
    keyFile,
    certificateFile,
    key: readFileSync(keyFile, 'utf8'),
    certificate: readFileSync(certificateFile, 'utf8'),
  };
}
