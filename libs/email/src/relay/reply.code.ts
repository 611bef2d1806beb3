/**
 * The code of a reply, of one line or of many. Undefined when it is none: lines that contradict each other say nothing.
 */
export function replyCode(reply: string): number | undefined {
  const [first = '', ...more] = reply.split('\n');
  const [, code] = /^([2-5]\d\d)(?:[ -]|$)/.exec(first) ?? [];
  if (code === undefined || more.some((line) => !line.startsWith(code))) return undefined;
  return Number(code);
}
