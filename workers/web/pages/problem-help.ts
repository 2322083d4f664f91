// What a problem's code means: the page that `type` in an answer leads to.
import { html } from 'hono/html';
import { PROBLEM_HELP } from '../../../schema/api/problem-help.ts';
import { PROBLEMS, type ProblemCode } from '../../../schema/api/problems.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';

export function problemHelpPage(settings: WebSettings, code: ProblemCode): Html {
  const { title, status } = PROBLEMS[code];
  const { when, mend } = PROBLEM_HELP[code];
  const body = html`<h1>${title}</h1>
    <p class="lead">${when}</p>
    <dl class="facts">
      <dt>To mend it</dt>
      <dd>${mend}</dd>
      <dt>Code</dt>
      <dd><code>${code}</code></dd>
      <dt>Status</dt>
      <dd>${String(status)}</dd>
    </dl>
    <p><a href="/reference">All routes</a> <span class="quiet">·</span> <a href="/v1/problems/${code}">as JSON</a></p>`;
  return layout({ title: `${title} · Assay`, about: when, body, settings, room: 'api' });
}
