// The frame of every page. Readable without script and without style; `html` escapes every value that is not markup itself.
import { html } from 'hono/html';
import { ICON_PATH, STYLE_PATH } from './asset-paths.ts';

export type Html = ReturnType<typeof html>;

export type Frame = {
  readonly title: string;
  /** One sentence for search results and link previews. */
  readonly about: string;
  readonly body: Html;
  readonly foot?: Html;
};

export function layout({ title, about, body, foot }: Frame): Html {
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
          <nav aria-label="Main">
            <a href="/#nodes">Nodes</a><a href="/#epochs">Epochs</a><a href="/#limits">What it proves</a>
          </nav>
        </header>
        <main id="main">${body}</main>
        <footer>${foot ?? ''}</footer>
      </body>
    </html>`;
}
