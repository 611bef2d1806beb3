import type { TestMail } from '#libs/notifications/index.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import type { ShownMail } from './shown.mails.js';
import { pathOf } from './preview.query.js';

/** Whether test mails may be sent from here, where to, and what became of the last one. */
export interface TestMailState {
  /** Undefined where no address is allowed. */
  suggestion: string | undefined;
  /** Where the mail may go, in words. */
  allowed: string;
  sent: TestMail | null;
  /** What says that the form is ours. */
  token: Html | undefined;
}

/** @param allowed the setting TEST_MAIL_ALLOWED */
export function testMailState(
  allowed: readonly string[],
  { sent, token }: Pick<TestMailState, 'sent' | 'token'>,
): TestMailState {
  if (allowed.includes('*'))
    return {
      sent,
      token,
      suggestion: 'preview@example.com',
      allowed: 'Any address: all mail stays in the inbox of this stack.',
    };
  const [single] = allowed.filter((entry) => entry.includes('@'));
  return {
    sent,
    token,
    suggestion: allowed.length === 0 ? undefined : (single ?? ''),
    allowed: `Allowed: ${allowed.join(', ')}.`,
  };
}

/** Sends this very mail to a colleague. The address travels in the body of the request, never in an address bar. */
export function testMailPanel(
  { template, sample, values, edited, mail }: ShownMail,
  state: TestMailState,
): Html {
  return html`<section class="panel" aria-labelledby="test-mail">
    <h2 id="test-mail">Send a test</h2>
    ${state.sent && outcome(state.sent)}
    ${
      state.suggestion === undefined
        ? html`<p>Off: the setting <code>TEST_MAIL_ALLOWED</code> names no address.</p>`
        : html`<form method="post" action="${pathOf(template.name, sample)}/test-mails">
          ${state.token}
          <input type="hidden" name="lang" value="${mail?.language}" />
          ${edited && html`<input type="hidden" name="values" value="${values}" />`}
          <label for="test-mail-to">To</label>
          <input
            id="test-mail-to"
            name="to"
            type="email"
            required
            autocomplete="off"
            value="${state.suggestion}"
            aria-describedby="test-mail-allowed"
          />
          <p class="soft small" id="test-mail-allowed">${state.allowed} The subject starts with [TEST].</p>
          <div><button${!mail && html` disabled`}>Send</button></div>
        </form>`
    }
  </section>`;
}

function outcome({ outcome, response }: TestMail): Html {
  if (outcome === 'accepted')
    return html`<p class="say good" role="status">Sent: the relay accepted the test mail.</p>`;
  return html`<p class="say bad" role="status">
    Not sent: the relay’s answer was ${outcome ?? 'not known yet'}. ${response}
  </p>`;
}
