import type { SMTPConnectionAuth, SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import XOAuth2 from 'nodemailer/lib/xoauth2';

/** Where the relay is, and as whom we come. */
export interface RelayAddress {
  options: SMTPConnectionOptions;
  auth: SMTPConnectionAuth | undefined;
}

/** What SMTP_URL may say beside host, port, user and password. */
interface UrlOptions extends SMTPConnectionOptions {
  auth?: { user: string; pass: string };
  authMethod?: string;
  clientId?: string;
  clientSecret?: string;
  refreshToken?: string;
  accessUrl?: string;
}

/**
 * Reads SMTP_URL. Its query may say `requireTLS`, `ignoreTLS`, `name`, `tls.…` and `authMethod`; with `authMethod=XOAUTH2` the password is an
 * access token, or `clientId`, `clientSecret`, `refreshToken` and `accessUrl` say how one is fetched and renewed.
 * @param timeout milliseconds of silence after which a connection is given up.
 */
export function relayAddress(url: string, timeout: number): RelayAddress {
  const { auth, authMethod, clientId, clientSecret, refreshToken, accessUrl, ...options } =
    parseConnectionUrl(url) as UrlOptions;
  return {
    options: { ...options, connectionTimeout: timeout, greetingTimeout: timeout, socketTimeout: timeout },
    auth:
      auth &&
      (authMethod?.toUpperCase() === 'XOAUTH2'
        ? {
            user: auth.user,
            method: 'XOAUTH2',
            oauth2: new XOAuth2({
              user: auth.user,
              ...(refreshToken
                ? { clientId, clientSecret, refreshToken, accessUrl }
                : { accessToken: auth.pass }),
            }),
          }
        : { user: auth.user, method: authMethod?.toUpperCase(), credentials: auth }),
  };
}
