// Pages about the API: its reference, and what each problem means.
import { problemCode } from '../../../schema/api/problems.ts';
import { documentMaker } from '../api/meta.ts';
import { pathValue, type App } from '../request.ts';
import { problemHelpPage } from './problem-help.ts';
import { referencePage } from './reference.ts';

/** New with a deployment only. */
const CACHING = { 'cache-control': 'public, max-age=300' };

export function mountApiPages(app: App): void {
  const document = documentMaker(app);
  app.get('/reference', async (c) => c.html(await referencePage(c.var.ports.settings, document(c)), 200, CACHING));
  app.get('/problems/:code', async (c) => {
    const code = pathValue(c, 'code', problemCode);
    return c.html(await problemHelpPage(c.var.ports.settings, code), 200, CACHING);
  });
}
