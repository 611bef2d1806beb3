import { Catch } from '@nestjs/common';
import type { Request, Response } from 'express';
import { withoutAddresses } from '#libs/platform/index.js';
import { ProblemFilter } from '../problems/problem.filter.js';
import type { Problem } from '../problems/problem.js';
import { signInPath } from './next.path.js';
import { sendPage } from './frame.js';
import { html } from './html.js';

/** Says what is wrong on a page where a browser asks, and as a problem document otherwise. */
@Catch()
export class ProblemPageFilter extends ProblemFilter {
  protected override answer(problem: Problem, request: Request, response: Response): void {
    if (request.accepts(['json', 'html']) !== 'html') return super.answer(problem, request, response);
    const { status, title, detail, errors = [] } = problem.document;
    if (status === 401) {
      // Or the browser would ask in a window of its own.
      response.removeHeader('WWW-Authenticate');
      if (request.method === 'GET') return response.redirect(303, signInPath(request));
    }
    const list = errors.map(
      ({ pointer, parameter, detail: wrong }) =>
        html`<li>${pointer ?? parameter}: ${withoutAddresses(wrong)}</li>`,
    );
    const main = html`<h1>${title}</h1>
      <p>
        ${status === 401 ? 'Nobody is signed in, or no longer. Nothing was done.' : withoutAddresses(detail)}
      </p>
      ${
        list.length > 0 &&
        html`<ul>
          ${list}
        </ul>`
      }
      <p>
        ${
          status === 401
            ? html`<a href="${signInPath(request)}">Sign in</a>`
            : html`<a href="/ops">To what needs somebody</a> · <a href="/preview">To the mails</a>`
        }
      </p>`;
    sendPage(response, { title, section: '', main }, status);
  }
}
