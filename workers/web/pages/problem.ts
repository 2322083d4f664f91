// An error as a page: what happened, and what to do about it.
import { html } from 'hono/html';
import { PROBLEMS, type ProblemCode } from '../../../schema/api/problems.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';

export function problemPage(code: ProblemCode, detail: string): Html {
  const { title, status } = PROBLEMS[code];
  const body = html`<h1>${title}</h1>
    <p class="lead">${detail}</p>
    <p><a href="/">To the network</a> <span class="quiet">· ${status}, ${code}</span></p>`;
  return layout({ title: `${title} · Assay`, about: title, body });
}
