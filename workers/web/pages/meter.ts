// A thin bar for a share, beside the number that says the same.
import { html } from 'hono/html';
import type { Html } from './html.ts';

const MILLION = 1_000_000;

export function meter(ppm: number): Html {
  const width = Math.max(0, Math.min(100, (100 * ppm) / MILLION)).toFixed(1);
  return html`<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <path class="track" d="M0 0h100v6H0z" />
    <path class="pass" d="M0 0h${width}v6H0z" />
  </svg>`;
}
