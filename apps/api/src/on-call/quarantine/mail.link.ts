import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';

/** The mail that a parked receipt is about; no link to one that is not known here. */
export function mailLink({ notificationId, reason }: { notificationId: string; reason: string }): Html {
  const id = html`<code>${notificationId}</code>`;
  return reason === 'unknown-notification'
    ? id
    : html`<a href="/ops/notifications/${notificationId}">${id}</a>`;
}
