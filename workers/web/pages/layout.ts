// The frame of every page. Readable without script and without style; `html` escapes every value that is not markup itself. Scripts
// are our own files only, deferred, and nothing on a page depends on one.
import { html } from 'hono/html';
import type { WebSettings } from '../../services/views/ports.ts';
import { ICON_PATH, STYLE_PATH } from './asset-paths.ts';
import { foot } from './foot.ts';
import type { Html } from './html.ts';

/** Where a page belongs in the navigation. */
export type Room = 'nodes' | 'validators' | 'epochs' | 'methodology' | 'status' | 'api' | 'network';

export type Feed = { readonly title: string; readonly href: string };

export type Frame = {
  readonly title: string;
  /** One sentence for search results and link previews. */
  readonly about: string;
  readonly body: Html;
  /** Whose page it is; unknown where an error came first. */
  readonly settings?: WebSettings;
  readonly room?: Room;
  /** Paths of our own scripts, whose names hold their hash. */
  readonly scripts?: readonly string[];
  /** Feeds beside the one of all incidents. */
  readonly feeds?: readonly Feed[];
};

const INCIDENTS: Feed = { title: 'Incidents', href: '/incidents.atom' };

/** The rooms in order; the network's own lists are at `/` of a gateway and at `/network` of a validator. */
function roomsOf({ role }: WebSettings): readonly (readonly [Room, string, string])[] {
  const network = role === 'gateway' ? '/' : '/network';
  const first: (readonly [Room, string, string])[] =
    role === 'gateway'
      ? [['nodes', 'Nodes', '/#nodes']]
      : [
          ['nodes', 'Audits', '/'],
          ['network', 'Network', '/network'],
        ];
  return [
    ...first,
    ['validators', 'Validators', `${network}#validators`],
    ['epochs', 'Epochs', `${network}#roots`],
    ['methodology', 'Methodology', '/methodology'],
    ['status', 'Status', '/status'],
    ['api', 'API', '/reference'],
  ];
}

function nav(settings: WebSettings, at: Room | undefined): Html {
  return html`<nav aria-label="Main">
    <ul>
      ${roomsOf(settings).map(
        ([room, name, href]) =>
          html`<li>
            ${room === at ? html`<a href="${href}" aria-current="true">${name}</a>` : html`<a href="${href}">${name}</a>`}
          </li>`,
      )}
    </ul>
  </nav>`;
}

export function layout({ title, about, body, settings, room, scripts = [], feeds = [] }: Frame): Html {
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
        ${[INCIDENTS, ...feeds].map(
          (feed) => html`<link rel="alternate" type="application/atom+xml" title="${feed.title}" href="${feed.href}" />`,
        )}
        ${scripts.map((path) => html`<script src="${path}" defer></script>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header>
          <a class="mark" href="/"><img src="${ICON_PATH}" alt="" width="22" height="22" />Assay</a>
          ${settings === undefined ? '' : nav(settings, room)}
        </header>
        <main id="main">${body}</main>
        <footer>${settings === undefined ? '' : foot(settings)}</footer>
      </body>
    </html>`;
}
