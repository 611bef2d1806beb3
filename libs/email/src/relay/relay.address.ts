import type { SMTPConnectionAuth, SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import XOAuth2 from 'nodemailer/lib/xoauth2';

/** Where the relay is, and as whom we come. */
export interface RelayAddress {
  options: SMTPConnectionOptions;
  auth: SMTPConnectionAuth | undefined;
  /** Milliseconds of silence after which a connection is given up. */
  timeout: number;
}

/**
 * Reads SMTP_URL, as the settings let it pass. With `authMethod=XOAUTH2` the password is an access token, or `clientId`, `clientSecret`,
 * `refreshToken` and `accessUrl` say how one is fetched and renewed.
 */
export function relayAddress(url: string, timeout: number): RelayAddress {
  const { auth, ...options } = parseConnectionUrl(url) as SMTPConnectionOptions & { auth?: UserAndPassword };
  return {
    options: { ...options, connectionTimeout: timeout, greetingTimeout: timeout, socketTimeout: timeout },
    auth: auth && signIn(auth, new URL(url).searchParams),
    timeout,
  };
}

interface UserAndPassword {
  user: string;
  pass: string;
}

function signIn({ user, pass }: UserAndPassword, query: URLSearchParams): SMTPConnectionAuth {
  const said = (name: string) => query.get(name) ?? undefined;
  const method = said('authMethod')?.toUpperCase();
  if (method !== 'XOAUTH2') return { user, method, credentials: { user, pass } };
  const refreshToken = said('refreshToken');
  const [clientId, clientSecret, accessUrl] = [said('clientId'), said('clientSecret'), said('accessUrl')];
  const token = refreshToken ? { clientId, clientSecret, refreshToken, accessUrl } : { accessToken: pass };
  return { user, method, oauth2: new XOAuth2({ user, ...token }) };
}
