/** A mail as it would come if it were about one of ours, and whether it quoted a Message-ID by itself. */
export interface PlayedMail {
  mail: string;
  quotesMessageId: boolean;
}

const QUOTED = /^[ \t>|*]*message-id[ \t]*:[ \t]*(?:\r?\n[ \t>]+)?<?([^\s<>]+)>?/im;
const QUOTED_FIELD = /^([ \t>|]*)(?:from|to|subject|date|received|return-path):[ \t]*\S/im;
const ANSWERED = /^(?:references|in-reply-to):[ \t]*(?:\r?\n[ \t]+)?<([^\s<>]+)>/im;

/** Takes the Message-ID that a mail quotes for one of ours, or puts one beside what it quotes. */
export function playedMail(bytes: Buffer, ours: string): PlayedMail {
  const mail = bytes.toString('utf8');
  const cut = /\r?\n[ \t]*\r?\n/.exec(mail)?.index ?? mail.length;
  const [header, body] = [mail.slice(0, cut), mail.slice(cut)];
  // First as it is meant: a line may be broken within the id.
  const id = QUOTED.exec(decoded(body))?.[1] ?? QUOTED.exec(body)?.[1];
  if (id !== undefined) return { mail: withId(mail, id, ours), quotesMessageId: true };
  const [, answered] = ANSWERED.exec(header) ?? [];
  if (answered !== undefined) return { mail: mail.replaceAll(answered, ours), quotesMessageId: false };
  const beside = QUOTED_FIELD.exec(body);
  if (beside === null) return { mail: `${mail}\nMessage-ID: <${ours}>\n`, quotesMessageId: false };
  const line = `${beside[1]}Message-ID: <${ours}>\n`;
  return {
    mail: header + body.slice(0, beside.index) + line + body.slice(beside.index),
    quotesMessageId: false,
  };
}

function withId(mail: string, id: string, ours: string): string {
  const broken = [...id].map((sign) => sign.replace(/[^\w]/g, '\\$&')).join('(?:=\\r?\\n)?');
  const replaced = mail.replace(new RegExp(broken, 'g'), ours);
  if (replaced !== mail) return replaced;
  return mail.replace(BASE64, (block) => {
    const text = Buffer.from(block, 'base64').toString('latin1');
    if (!text.includes(id)) return block;
    const encoded = Buffer.from(text.replaceAll(id, ours), 'latin1').toString('base64');
    return `${encoded.replace(/.{76}/g, '$&\n')}\n`;
  });
}

/** Lines that can be nothing else, and what they stand for. */
const BASE64 = /(?:^[A-Za-z0-9+/]{60,76}\r?\n)+(?:[A-Za-z0-9+/]+={0,2}(?:\r?\n|$))?/gm;

function decoded(body: string): string {
  const plain = [...body.matchAll(BASE64)].map(([block]) => Buffer.from(block, 'base64').toString('latin1'));
  return [body.replace(/=\r?\n/g, ''), ...plain].join('\n');
}
