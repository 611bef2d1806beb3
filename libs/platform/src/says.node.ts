/** Node's own from 21 on. */
interface Older {
  navigator?: { userAgent: string };
}

/** Unless something says so, pg loads all of `fetch` to learn that this is no Cloudflare: a tenth of what a start takes. */
export function sayThatThisIsNode(): void {
  (globalThis as Older).navigator ??= { userAgent: `Node.js/${process.versions.node}` };
}
