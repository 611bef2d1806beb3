import { UnreadableMessage } from '../receive/status.message.js';
import { bounceOf, diagnosticOf, NAMES_NO_MAIL, NOT_OURS, notificationOf, receiptId } from './receipt.js';
import type { ReadReceipt, Receipt } from './receipt.js';

/** Fields of a header or of a group of a delivery status, by name in lower case; of several the first. */
type Fields = Map<string, string>;

/**
 * Reads a delivery status notification (RFC 3464), the mail that a relay sends back. Only its delivery status is looked
 * at, and which mail of ours it is about; what else it quotes is not.
 * @throws UnreadableMessage when it is no such mail.
 */
export function readDsn(mail: string, domain: string): ReadReceipt {
  const text = mail.replaceAll('\r\n', '\n');
  const { fields, body } = partOf(text);
  const parts = partsOf(fields, body);
  const status = parts.find((part) => typeOf(part.fields) === 'message/delivery-status');
  if (!status) throw new UnreadableMessage('The mail is no delivery status notification');
  const recipient = recipientOf(status.body);
  const said = recipient && saidOf(recipient);
  if (!recipient || !said) return { unheeded: 'of-no-consequence' };
  const named = mailsNamedIn(text, domain);
  const [notificationId, ...more] = named.ours;
  if (notificationId === undefined) return named.others ? NOT_OURS : NAMES_NO_MAIL;
  if (more.length > 0) return NAMES_SEVERAL;
  const id = fields.get('message-id');
  return {
    receipt: {
      id: id ? receiptId('dsn', id) : receiptId('dsn', status.body, notificationId),
      notificationId,
      ...said,
      occurredAt: dateOf(recipient.get('last-attempt-date')) ?? dateOf(fields.get('date')) ?? new Date(),
      diagnostic: diagnosticOf(recipient.get('diagnostic-code')),
    },
  };
}

const NAMES_SEVERAL = {
  refused: 'names-several-mails',
  detail: 'The notification quotes more than one mail of this service, so nobody can tell which it is about.',
} as const;

/** Undefined while the relay goes on trying. */
function saidOf(recipient: Fields): Pick<Receipt, 'kind' | 'bounceType' | 'reason'> | undefined {
  switch (recipient.get('action')?.toLowerCase()) {
    case 'failed':
      return {
        kind: 'bounce',
        ...bounceOf(/\d\.\d{1,3}\.\d{1,3}/.exec(recipient.get('status') ?? '')?.[0] ?? ''),
      };
    case 'delivered':
      return { kind: 'delivery' };
    default:
      return undefined;
  }
}

/** The first group is about the mail, each further one about a recipient; our mails have one. */
function recipientOf(status: string): Fields | undefined {
  return status
    .split(/\n\s*\n/)
    .map(fieldsOf)
    .find((group) => group.has('action'));
}

/** Message-IDs are wherever the relay puts them: among the headers that it returns, or in what it answers to. */
function mailsNamedIn(text: string, domain: string): { ours: string[]; others: boolean } {
  // Quoted-printable breaks long lines.
  const ids = text.replaceAll('=\n', '').match(/<[^\s<>@]+@[^\s<>]+>/g) ?? [];
  const ours = ids.flatMap((id) => notificationOf(id, domain) ?? []);
  const others = /^message-id:/im.test(partOf(text).body);
  return { ours: [...new Set(ours)], others };
}

interface Part {
  fields: Fields;
  body: string;
}

function partOf(text: string): Part {
  const end = text.indexOf('\n\n');
  if (end === -1) return { fields: fieldsOf(text), body: '' };
  return { fields: fieldsOf(text.slice(0, end)), body: text.slice(end + 2) };
}

/** The parts of a multipart body; none when it is not one. */
function partsOf(fields: Fields, body: string): Part[] {
  const type = fields.get('content-type') ?? '';
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type) ?? [];
  const boundary = quoted ?? bare;
  if (!/^multipart\//i.test(type) || boundary === undefined) return [];
  return `\n${body}`
    .split(`\n--${boundary}`)
    .slice(1)
    .filter((part) => !part.startsWith('--'))
    .map((part) => partOf(part.replace(/^[ \t]*\n/, '')));
}

function typeOf(fields: Fields): string {
  return (fields.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** A field may go on in lines that begin with white space. */
function fieldsOf(text: string): Fields {
  const fields: Fields = new Map();
  for (const line of text.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const [, name, value = ''] = /^([!-9;-~]+):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined && !fields.has(name.toLowerCase())) fields.set(name.toLowerCase(), value);
  }
  return fields;
}

function dateOf(text: string | undefined): Date | undefined {
  const date = text === undefined ? undefined : new Date(text);
  const year = date?.getUTCFullYear() ?? NaN;
  return year >= 1900 && year < 10_000 ? date : undefined;
}
