import { Inject, Injectable } from '@nestjs/common';
import { ObjectStore, SETTINGS } from '#libs/platform/index.js';
import type { OpenObject, Settings } from '#libs/platform/index.js';
import { StatusService } from './status.service.js';
import type { KnownStatus } from './status.service.js';

const STORE = Symbol('the bucket of tax returns');

/** The bucket that holds the XML of submissions, where an installation has one. */
export const RETURN_XML_STORE = {
  provide: STORE,
  inject: [SETTINGS],
  useFactory: (settings: Settings) => {
    const { TAX_RETURNS_BUCKET: name } = settings;
    return name === undefined
      ? undefined
      : new ObjectStore(settings, { name, setting: 'TAX_RETURNS_BUCKET' });
  },
};

/** There is no XML to give. The message says why. */
export class NoXml extends Error {}

/** The return is known, and may not be taken over as things stand. */
export class NotExportable extends Error {}

/** The XML of returns, for the state filing tool. */
@Injectable()
export class ReturnXml {
  constructor(
    private readonly statuses: StatusService,
    @Inject(STORE) private readonly store: ObjectStore | undefined,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Opens the XML of the submission that counts.
   * @throws NoXml; NotExportable; ObjectError.
   */
  async open(taxReturnId: string): Promise<OpenObject> {
    const status = await this.statuses.of(taxReturnId);
    if (!status) throw new NoXml('No submission of this tax return is known.');
    if (!status.exportable)
      throw new NotExportable(
        `The return is ${status.status}${status.status === 'Pending' ? ' without a receipt' : ''}. It may be taken over once it is accepted, or has a receipt.`,
      );
    if (!this.store) throw new NoXml('This installation keeps no XML: TAX_RETURNS_BUCKET is not set.');
    return this.store.open(this.keyOf(status));
  }

  private keyOf({ taxReturnId, taxYear, counting }: KnownStatus): string {
    const { submissionId } = counting;
    // Dots alone would lead to another folder.
    if (submissionId === null || /^\.+$/.test(submissionId))
      throw new NoXml('The authority has given its submission no id yet by which its XML could be found.');
    return this.settings.TAX_RETURNS_KEY.replaceAll('{taxYear}', String(taxYear))
      .replaceAll('{taxReturnId}', taxReturnId)
      .replaceAll('{submissionId}', submissionId);
  }
}
