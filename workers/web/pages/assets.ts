// What pages load: one style sheet, one icon, and our own scripts.
import { FOREVER_CACHING } from '../caching.ts';
import { SCRIPTS } from '../assets/scripts.ts';
import type { App } from '../request.ts';
import { ICON_PATH, STYLE_PATH } from './asset-paths.ts';
import { ICON, STYLE } from './style.ts';

export function mountAssets(app: App): void {
  const asset = (path: string, text: string, type: string): void => {
    app.get(path, (c) => c.body(text, 200, { 'content-type': type, 'cache-control': FOREVER_CACHING }));
  };
  asset(STYLE_PATH, STYLE, 'text/css; charset=utf-8');
  asset(ICON_PATH, ICON, 'image/svg+xml');
  for (const { path, text } of Object.values(SCRIPTS)) asset(path, text, 'text/javascript; charset=utf-8');
}
