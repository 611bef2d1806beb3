import type { Page } from '../pages/frame.js';
import { html } from '../pages/html.js';

/** Asks for a key. @param wrong the last one was none. */
export function signInPage(next: string, wrong = false): Page {
  return {
    title: 'Sign in',
    section: '',
    main: html`<form class="panel sign-in" method="post" action="/sign-in">
      <h1>Sign in</h1>
      <input type="hidden" name="next" value="${next}" />
      ${
        wrong &&
        html`<p class="say bad" role="alert" id="wrong">
          This key is unknown, expired or revoked. <code>receipt keys list</code> shows which there are.
        </p>`
      }
      <input type="text" name="username" value="key" autocomplete="username" hidden />
      <label for="key">Your key</label>
      <input
        id="key"
        name="key"
        type="password"
        required
        autofocus
        autocomplete="current-password"
        spellcheck="false"
        aria-describedby="about-key${wrong ? ' wrong' : ''}"
      />
      <p class="soft small" id="about-key">
        To look it takes the scope <code>read</code>, to act <code>operate</code>, for samples of mails
        <code>preview</code>, for those that were sent <code>mails</code>. No key?
        <code>receipt keys create --name NAME --scope read --scope operate --reason "…"</code>
      </p>
      <div><button>Sign in</button></div>
    </form>`,
  };
}
