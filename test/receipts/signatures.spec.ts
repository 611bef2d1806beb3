import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { SnsCertificates } from '../../libs/notifications/src/receipts/sns.certificates.js';
import { SnsOpener } from '../../libs/notifications/src/receipts/sns.opener.js';
import type { Visit } from '../../libs/notifications/src/receipts/sns.opener.js';
import { certificateNameOf } from '../../libs/notifications/src/receipts/sns.envelope.js';
import { FakeSns, TOPIC } from '../support/ses.js';

let sns: FakeSns;
beforeAll(() => {
  Logger.overrideLogger(false);
  sns = FakeSns.start();
  return () => Logger.overrideLogger(new ConsoleLogger());
});

/** An opener that trusts our certificates; where it goes to confirm is noted. */
function anOpener({ topics = [] as string[], answer = true } = {}) {
  const visit = vi.fn<Visit>(() => Promise.resolve(answer));
  const certificates = new SnsCertificates({ SNS_CERTIFICATES: sns.folder });
  return { opener: new SnsOpener(certificates, { RECEIPT_TOPICS: topics }, visit), visit };
}

describe('an envelope of SNS', () => {
  it.each(['1', '2'] as const)('opens when its signature of version %s fits', async (SignatureVersion) => {
    const { opener } = anOpener();
    expect(await opener.open(sns.envelope('hello', { SignatureVersion }))).toEqual({ message: 'hello' });
    const withSubject = sns.envelope('hello', { SignatureVersion, Subject: 'Amazon SES' });
    expect(await opener.open(withSubject)).toEqual({ message: 'hello' });
  });

  it.each([
    ['another message', { Message: 'changed' }],
    ['another topic', { TopicArn: `${TOPIC}-2` }],
    ['another time', { Timestamp: '2020-01-01T00:00:00Z' }],
    ['a subject that nobody signed', { Subject: 'hello' }],
    ['a signature of another version', { SignatureVersion: '1' }],
    ['no signature', { Signature: '' }],
  ])('stays shut with %s', async (_what, members) => {
    const { opener } = anOpener();
    expect(await opener.open({ ...sns.envelope('hello'), ...members })).toMatchObject({
      refused: 'bad-signature',
    });
  });

  it('stays shut when its certificate is not there', async () => {
    const SigningCertURL = 'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-feed.pem';
    const opened = await anOpener().opener.open(sns.envelope('hello', { SigningCertURL }));
    expect(opened).toMatchObject({ refused: 'unknown-certificate' });
  });

  it('stays shut when it comes from a topic that nobody named', async () => {
    expect(await anOpener({ topics: [`${TOPIC}-2`] }).opener.open(sns.envelope('hello'))).toMatchObject({
      refused: 'other-topic',
    });
    expect(await anOpener({ topics: [TOPIC] }).opener.open(sns.envelope('hello'))).toEqual({
      message: 'hello',
    });
  });
});

describe('a certificate', () => {
  const name = 'SimpleNotificationService-0a1b.pem';

  it.each([
    'us-west-2.amazonaws.com',
    'us-gov-east-1.amazonaws.com',
    'ap-southeast-2.amazonaws.com',
    'cn-north-1.amazonaws.com.cn',
  ])('may come from SNS in %s', (host) => {
    expect(certificateNameOf(`https://sns.${host}/${name}`)).toBe(name);
  });

  it.each([
    `http://sns.us-west-2.amazonaws.com/${name}`,
    `https://sns.us-west-2.amazonaws.com.evil.example/${name}`,
    `https://evil.example/sns.us-west-2.amazonaws.com/${name}`,
    `https://sns.us-west-2.amazonaws.com@evil.example/${name}`,
    `https://user@sns.us-west-2.amazonaws.com/${name}`,
    `https://sns.us-west-2.amazonaws.com:8443/${name}`,
    `https://bucket.s3.amazonaws.com/${name}`,
    `https://sns.s3.amazonaws.com/${name}`,
    `https://sns.s3-us-west-2.amazonaws.com/${name}`,
    `https://sns.elb.amazonaws.com/${name}`,
    `https://sns.us-west-2.amazonaws.com.cn/${name}`,
    `https://sns.cn-north-1.amazonaws.com/${name}`,
    `https://sns.a.b.amazonaws.com/${name}`,
    'https://sns.us-west-2.amazonaws.com/../../etc/passwd',
    `https://sns.us-west-2.amazonaws.com/other/${name}`,
    'https://sns.us-west-2.amazonaws.com/own.pem',
    'no url',
  ])('may not come from %s', (url) => {
    expect(certificateNameOf(url)).toBeUndefined();
  });

  it('is had once', async () => {
    const certificates = new SnsCertificates({ SNS_CERTIFICATES: sns.folder });
    const { SigningCertURL } = sns.envelope('hello');
    const [one, two] = [certificates.find(SigningCertURL), certificates.find(SigningCertURL)];
    expect(await one).toContain('BEGIN CERTIFICATE');
    expect(await two).toBe(await one);
    expect(await certificates.find(SigningCertURL)).toBe(await one);
  });
});

describe('a subscription', () => {
  it('is confirmed for a topic that a setting names', async () => {
    const { opener, visit } = anOpener({ topics: [TOPIC] });
    const asked = sns.subscription();
    expect(await opener.open(asked)).toEqual({ confirmed: TOPIC });
    expect(visit.mock.calls).toEqual([[asked.SubscribeURL]]);
  });

  it('waits for an operator when no setting names its topic', async () => {
    const { opener, visit } = anOpener();
    expect(await opener.open(sns.subscription())).toMatchObject({ refused: 'subscription-asked' });
    expect(visit).not.toHaveBeenCalled();
  });

  it('never leads to another host, and never without a signature', async () => {
    const { opener, visit } = anOpener({ topics: [TOPIC] });
    const elsewhere = sns.subscription({ SubscribeURL: 'https://169.254.169.254/latest/meta-data' });
    expect(await opener.open(elsewhere)).toMatchObject({ refused: 'subscription-not-confirmed' });
    expect(await opener.open({ ...sns.subscription(), Signature: 'AAAA' })).toMatchObject({
      refused: 'bad-signature',
    });
    expect(visit).not.toHaveBeenCalled();
  });

  it('that could not be confirmed, and one that ended, are for an operator', async () => {
    const { opener } = anOpener({ topics: [TOPIC], answer: false });
    expect(await opener.open(sns.subscription())).toMatchObject({ refused: 'subscription-not-confirmed' });
    const ended = sns.subscription({ Type: 'UnsubscribeConfirmation' });
    expect(await opener.open(ended)).toMatchObject({ refused: 'unsubscribed' });
  });
});
