// The classes of the policy as a table: how fast a node of each has to be, and how much memory it has to show.
import { html } from 'hono/html';
import { MILLION } from '../../../protocol/consensus/integers.ts';
import { PAGE_BYTES } from '../../../protocol/challenges/vram/params.ts';
import type { GpuClass, Policy } from '../../../protocol/policy.ts';
import { bandwidth, bytes, rate, span } from './format.ts';
import type { Html } from './html.ts';
import { heads } from './parts.ts';

function row({ name, gemm, vram }: GpuClass): Html {
  const memory = vram === null ? null : Math.floor((PAGE_BYTES * vram.pages * vram.proofPpm) / MILLION);
  return html`<tr>
    <th scope="row">${name}</th>
    <td data-label="Rate" class="num">≥ ${rate(gemm.floorOpsPerSecond)}</td>
    <td data-label="Memory" class="num">${memory === null ? 'not asked' : `≥ ${bytes(memory)}`}</td>
    <td data-label="Read at" class="num">${vram === null ? '–' : `≥ ${bandwidth(vram.floorBytesPerSecond)}`}</td>
    <td data-label="Answer within" class="num">${span(gemm.commitDeadlineMs / 1000)}</td>
  </tr>`;
}

export function classesSection({ classes }: Policy): Html {
  return html`<section aria-labelledby="classes">
    <h2 id="classes">Classes</h2>
    <p>
      A node claims a class on chain and must be as fast as that class, each time. Proven are lower bounds: the work that was
      certainly done, over all the time that it took, the way to the node included.
    </p>
    <table>
      ${heads(['Class', 'Rate#', 'Memory shown#', 'Memory read at#', 'Answer within#'])}
      <tbody>
        ${classes.map(row)}
      </tbody>
    </table>
  </section>`;
}
