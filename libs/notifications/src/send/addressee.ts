import { Inject, Injectable, Logger } from '@nestjs/common';
import { readable, Sealer, SealError, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { openCodes } from '../returns/kept.codes.js';
import { postalCodeOf } from '../terms/state.code.js';
import type { ClaimedNotification } from './claim.js';
import type { RejectionCode } from '../terms/fields.js';

/** As much of a mail as says whom it goes to. The addresses are sealed. */
export type Addressed = Pick<
  ClaimedNotification,
  'id' | 'taxReturnId' | 'address' | 'email' | 'accountEmail' | 'toAccount'
>;

/** As much of a mail as says what it is filled with, and in which language. */
export type Filled = Pick<
  ClaimedNotification,
  'id' | 'context' | 'stage' | 'taxYear' | 'language' | 'directoryLanguage' | 'rejectionCodes'
>;

/** An address as it is kept, and the row that it is sealed for. */
export interface SealedAddress {
  text: string | null;
  row: string;
}

/** All that anybody has given for a mail: in the ask itself, for its return, and for the account. */
export function sealedAddressesOf(
  mail: Addressed,
): Record<'asked' | 'registered' | 'account', SealedAddress> {
  const { id, taxReturnId, address, email, accountEmail } = mail;
  return {
    asked: { text: address, row: `notifications.address:${id}` },
    registered: { text: email, row: `tax_returns.email:${taxReturnId}` },
    account: { text: accountEmail, row: `tax_returns.account_email:${taxReturnId}` },
  };
}

/** Whom a mail goes to, in which language, and filled with what: the request first, then the directory, then the settings. */
@Injectable()
export class Addressee {
  private readonly logger = new Logger(Addressee.name);

  constructor(
    private readonly sealer: Sealer,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * The asked-for address, else the return's, else the account's; of a mail that fell back the account's alone. Undefined when
   * nobody gave one.
   * @throws SealError when there are some but none can be read.
   */
  addressOf(mail: Addressed): string | undefined {
    const { asked, registered, account } = sealedAddressesOf(mail);
    let unreadable: SealError | undefined;
    for (const { text, row } of mail.toAccount ? [account] : [asked, registered, account]) {
      if (text === null) continue;
      try {
        return this.sealer.open(text, row);
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
        unreadable = error;
      }
    }
    if (unreadable) throw unreadable;
    return undefined;
  }

  /** English where nobody asked for anything; a language without templates falls back when it is rendered. */
  languageOf(claimed: Filled): string {
    return claimed.language ?? claimed.directoryLanguage ?? 'en';
  }

  /** What the template is filled with. Undeclared members are left to the template to ignore. */
  contextOf(claimed: Filled): Record<string, unknown> {
    const asked = claimed.context
      ? (JSON.parse(this.sealer.open(claimed.context, `notifications.context:${claimed.id}`)) as Asked)
      : {};
    return defined({
      taxYear: claimed.taxYear ?? this.settings.TAX_YEAR,
      fileBy: this.settings.FILE_BY,
      resubmitBy: this.settings.RESUBMIT_BY,
      extensionBy: this.settings.EXTENSION_BY,
      stage: claimed.stage ?? undefined,
      rejectionCodes: this.codesOf(claimed)?.slice(0, CODES).map(inMailWords),
      ...asked,
      ...(typeof asked.state === 'string' ? { state: postalCodeOf(asked.state) } : {}),
    });
  }

  private codesOf({ rejectionCodes }: Filled): RejectionCode[] | undefined {
    if (!rejectionCodes) return undefined;
    return openCodes(this.sealer, rejectionCodes, (error) =>
      this.logger.error({
        message: 'The words of a rejection cannot be opened; its mail goes without them',
        err: error,
      }),
    );
  }
}

/** A context as it was asked for. */
type Asked = Record<string, unknown> & { state?: unknown };

/** As much as a mail takes: its template sets the limits. */
const CODES = 100;
const CODE_LENGTH = 100;
const DESCRIPTION_LENGTH = 1000;

function inMailWords(code: RejectionCode): { code: string; description?: string } {
  return defined({
    code: readable(code.MeFErrorCode, CODE_LENGTH),
    description: readable(code.MeFDescription ?? '', DESCRIPTION_LENGTH) || undefined,
  });
}

function defined<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
