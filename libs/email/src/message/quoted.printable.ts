const [TAB, LF, CR, SPACE, DOT, EQUALS] = [0x09, 0x0a, 0x0d, 0x20, 0x2e, 0x3d];
/** Characters of a line, without the `=` that breaks it (RFC 2045, 6.7: 76 with it). */
const WIDTH = 75;
const HEX = Buffer.from('0123456789ABCDEF');

/**
 * A text in quoted-printable, in one pass. Every line break, however it is written, becomes CRLF; characters of several bytes stay on one
 * line; a line never begins with a dot, so that nothing of it needs stuffing on its way.
 */
export function quotedPrintable(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  // Three for each byte, and three for each line that is broken.
  const out = Buffer.allocUnsafe(bytes.length * 3 + Math.ceil((bytes.length * 3) / (WIDTH - 11)) * 3 + 3);
  let end = 0;
  let column = 0;
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] as number;
    if (byte === CR || byte === LF) {
      at += byte === CR && bytes[at + 1] === LF ? 2 : 1;
      end = breakLine(out, end);
      column = 0;
      continue;
    }
    const length = bytesOf(byte);
    let isPlain = byte >= SPACE ? byte < 0x7f && byte !== EQUALS : byte === TAB;
    if (isPlain && (byte === SPACE || byte === TAB)) isPlain = !endsLine(bytes[at + 1]);
    const width = isPlain ? 1 : 3 * length;
    if (column + width > WIDTH) {
      out[end++] = EQUALS;
      end = breakLine(out, end);
      column = 0;
    }
    if (isPlain && !(byte === DOT && column === 0)) {
      out[end++] = byte;
      column += 1;
      at += 1;
      continue;
    }
    for (const last = at + length; at < last; at += 1) end = escape(out, end, bytes[at] as number);
    column += 3 * length;
  }
  return out.subarray(0, end);
}

/** Of the character that begins with this byte. */
function bytesOf(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

function endsLine(byte: number | undefined): boolean {
  return byte === undefined || byte === CR || byte === LF;
}

function breakLine(out: Buffer, end: number): number {
  out[end] = CR;
  out[end + 1] = LF;
  return end + 2;
}

function escape(out: Buffer, end: number, byte: number): number {
  out[end] = EQUALS;
  out[end + 1] = HEX[byte >> 4] as number;
  out[end + 2] = HEX[byte & 15] as number;
  return end + 3;
}
