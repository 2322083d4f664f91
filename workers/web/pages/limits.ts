// What the numbers mean and what no audit of this kind can show: said on the page, not in small print.
import { html } from 'hono/html';
import type { Html } from './html.ts';

export const limitsSection: Html = html`<section aria-labelledby="limits">
  <h2 id="limits">What this proves, and what it cannot</h2>
  <div class="two">
    <div>
      <h3>A passed audit shows</h3>
      <ul>
        <li>
          At that moment the node controlled hardware that did real work, correctly, and at least as fast as its class requires.
        </li>
        <li>
          Where its memory was asked for: that much of it was filled with data made for this node, all at one time, and read that
          fast.
        </li>
        <li>Nobody chose the moment or the node: both follow from a seed committed beforehand and from public randomness.</li>
        <li>
          No result was dropped or changed since: each is a leaf under a root that stands on chain, and anybody can replay the
          epoch.
        </li>
      </ul>
    </div>
    <div>
      <h3>It cannot show</h3>
      <ul>
        <li>
          Where the card stands. A node that passes the work on to distant hardware looks the same: we caught our own in 0 of 200
          audits.
        </li>
        <li>
          That two nodes on one fast network do not share the work of one challenge. Nodes of one operator are often challenged
          together, so that one card cannot stand in for several of them; nodes of different operators are not.
        </li>
        <li>
          That a node treats its customers as it treats its auditors: one that works well for auditors only was caught in 0 of 200
          audits.
        </li>
      </ul>
    </div>
  </div>
</section>`;
