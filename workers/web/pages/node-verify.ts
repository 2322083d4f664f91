// "Verify this": what the reader's browser can check by itself, and the same as a command. Without script the command stands alone.
import { html } from 'hono/html';
import type { ScoreItem } from '../../../schema/api/consensus.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { number } from './format.ts';
import type { Html } from './html.ts';

export type VerifyPart = {
  readonly settings: WebSettings;
  /** Both lines of the node under the newest final root; null where that does not speak of it. */
  readonly verdict: ScoreItem | null;
  /** Where this service is reached, for the command line. */
  readonly origin: string;
};

/** What the page shows and the leaves must say as well. */
function shown(verdict: ScoreItem): string {
  const { scorePpm, ratePpm, correctPpm, samples, effectiveSamples, measure, elapsedMs, tier } = verdict;
  const { uptimePpm, uptimeLowPpm, uptimeSamples, latencyMs, latencyHighMs, bandwidth } = verdict;
  return JSON.stringify({
    ...{ scorePpm, ratePpm, correctPpm, samples, effectiveSamples, measure, elapsedMs, tier },
    ...{ uptimePpm, uptimeLowPpm, uptimeSamples, latencyMs, latencyHighMs, bandwidth },
  });
}

const command = ({ settings, origin }: VerifyPart, { epoch, nodeIndex }: ScoreItem): string =>
  `npm run assay -- verify --epoch ${String(epoch)} --node ${String(nodeIndex)} --api ${origin} --rpc ${settings.publicRpcUrl ?? '<an RPC that you trust>'} --registry ${settings.registry}`;

export function verifySection(part: VerifyPart): Html {
  const { settings, verdict } = part;
  const title = html`<h2 id="verify">Verify this</h2>`;
  if (verdict === null) {
    return html`<section aria-labelledby="verify">
      ${title}
      <p class="note">There is nothing to verify yet: no root that the validators agreed on speaks of this node.</p>
    </section>`;
  }
  const { epoch, nodeIndex, nodeId } = verdict;
  return html`<section aria-labelledby="verify">
    ${title}
    <p>
      Don’t take our word for these numbers. Your browser can fetch the node’s leaf, hash it again, walk up to the root and
      compare it with the one that stands on chain, through an RPC of your choice.
    </p>
    <form
      class="verify"
      hidden
      data-epoch="${epoch}"
      data-node-index="${nodeIndex}"
      data-node-id="${nodeId}"
      data-registry="${settings.registry}"
      data-chain-id="${settings.chainId}"
      data-shown="${shown(verdict)}"
    >
      <label for="rpc">An RPC of chain ${number(settings.chainId).replaceAll(',', '')} that you trust</label>
      <div>
        <input
          id="rpc"
          name="rpc"
          type="url"
          required
          autocomplete="off"
          spellcheck="false"
          placeholder="https://…"
          value="${settings.publicRpcUrl ?? ''}"
        /><button type="submit">Verify</button>
      </div>
    </form>
    <ol class="steps" id="verify-steps"></ol>
    <p id="verify-outcome" class="quiet" role="status"></p>
    <p class="quiet">
      The script that does this comes from this service as well. Whoever trusts neither takes the command, from a copy of the
      source: it does the same, and <code>--consensus</code> in place of <code>--node ${nodeIndex}</code> computes the whole root
      from the validators’ reports.
    </p>
    <pre data-copy="the command"><code>${command(part, verdict)}</code></pre>
    <p class="quiet">
      By hand: <a href="/v1/consensus/${epoch}/scores/${nodeIndex}">the leaf and its proof</a>,
      <a href="/v1/consensus/${epoch}/services/${nodeIndex}">those of uptime and latency</a>; the registry’s
      <code>verifyScore</code> takes the first.
    </p>
  </section>`;
}
