// The frame of every page. Readable without script and without style; `html` escapes every value that is not markup itself.
import { html } from 'hono/html';
import type { WebSettings } from '../../services/views/ports.ts';
import { ICON_PATH, STYLE_PATH } from './asset-paths.ts';
import { foot } from './foot.ts';
import type { Html } from './html.ts';

export type Frame = {
  readonly title: string;
  /** One sentence for search results and link previews. */
  readonly about: string;
  readonly body: Html;
  /** Whose page it is; unknown where an error came first. */
  readonly settings?: WebSettings;
};

const NAV = {
  validator: html`<a href="/#nodes">Nodes</a><a href="/#epochs">Epochs</a><a href="/network">Network</a
    ><a href="/#limits">What it proves</a>`,
  gateway: html`<a href="/#nodes">Nodes</a><a href="/#validators">Validators</a><a href="/#roots">Epochs</a
    ><a href="/#limits">What it proves</a>`,
};

export function layout({ title, about, body, settings }: Frame): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content="${about}" />
        <title>${title}</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
        <link rel="icon" href="${ICON_PATH}" type="image/svg+xml" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header>
          <a class="mark" href="/"><img src="${ICON_PATH}" alt="" width="22" height="22" />Assay</a>
          ${settings === undefined ? '' : html`<nav aria-label="Main">${NAV[settings.role]}</nav>`}
        </header>
        <main id="main">${body}</main>
        <footer>${settings === undefined ? '' : foot(settings)}</footer>
      </body>
    </html>`;
}
