import { LEFT_OUT_WORDS, OVERRIDABLE } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { capField } from '../cap.part.js';
import type { ResendQuery } from '../on-call.query.js';
import { counted } from '../words.js';
import { chosen, overruling, whyField } from './chosen.part.js';

interface Many {
  query: ResendQuery;
  /** How many match, as far as they were counted. */
  found: number;
  isAll: boolean;
  token: Html | undefined;
  /** Names the re-send: sent twice, it makes one batch. */
  source: string;
}

/** So many that nobody waits while each is looked at: a batch does that, and nothing is sent before somebody starts it. */
export function manyPage({ query, found, isAll, token, source }: Many): Page {
  const many = `${counted(found, 'mail')}${isAll ? '' : ' or more'}`;
  return {
    title: 'Re-send of many',
    section: '/ops',
    main: html`<div class="head">
        <div>
          <h1>${many} match</h1>
          <p class="soft">
            Nothing has been done yet. They are so many that a batch looks at each: its report says how many
            would be sent, and who is left out and why. Nothing is sent before somebody starts it.
          </p>
        </div>
        <a href="/ops">Back</a>
      </div>
      <form class="panel" method="post" action="/ops/resend">
        ${token} ${chosen({ ...query, override: [] })}
        <input type="hidden" name="source" value="${source}" />
        <input type="hidden" name="report" value="yes" />
        <h2>Have them looked at</h2>
        ${whyField} ${capField(found, 'With more of them to be sent it is not started.')}
        <fieldset>
          <legend>Left out, unless you say otherwise</legend>
          ${OVERRIDABLE.map(
            (why) =>
              html`<p class="small">${LEFT_OUT_WORDS[why].sentence}</p>
                ${overruling(why, query.override.includes(why))}`,
          )}
        </fieldset>
        <div><button>Make the report</button></div>
      </form>`,
  };
}
