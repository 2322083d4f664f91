// Badges to copy: a picture that always shows the newest grade, and leads here.
import { html } from 'hono/html';
import type { Html } from './html.ts';

export function badgesSection({ id, index, origin }: { id: string; index: number; origin: string }): Html {
  const badge = `/badges/nodes/${id}.svg`;
  const page = `${origin}/nodes/${id}`;
  const name = `Node ${String(index)} on Assay`;
  const markdown = `[![${name}](${origin}${badge})](${page})`;
  const markup = `<a href="${page}"><img src="${origin}${badge}" alt="${name}"></a>`;
  return html`<section aria-labelledby="badges">
    <h2 id="badges">Badges</h2>
    <p><img class="badge" src="${badge}" alt="The badge of node ${index}, as it is now" height="20" /></p>
    <h3>Markdown</h3>
    <pre data-copy="the Markdown"><code>${markdown}</code></pre>
    <h3>HTML</h3>
    <pre data-copy="the HTML"><code>${markup}</code></pre>
  </section>`;
}
