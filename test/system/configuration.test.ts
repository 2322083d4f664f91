// A configuration that cannot work stops the start with a sentence that names cause and mend.
import { describe, expect, it } from 'vitest';
import { startNetwork, type NetworkOptions } from '../../local/network.ts';
import { nodePlans } from '../../local/node-plans.ts';
import { watch } from '../../local/watch.ts';
import { nodeOperators, signer } from '../../local/accounts.ts';

async function complaint(options: NetworkOptions): Promise<string> {
  const network = await startNetwork({ nodes: nodePlans(1), validators: 1, gateway: false, ...options });
  try {
    await watch(network, { epochs: 1, signal: AbortSignal.timeout(30_000) });
    return 'no complaint';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await network.stop();
  }
}

// Each network has one validator and waits most of the time, so they run beside one another.
describe.concurrent('a broken configuration', () => {
  it('with another chain id names both chains', async () => {
    const text = await complaint({ env: { CHAIN_ID: '1' } });
    expect(text).toMatch(/serves chain 31337, the configuration says 1\. Correct/);
  });

  it('without a signer key says how to make one', async () => {
    const text = await complaint({ env: { SIGNER_KEY: null } });
    expect(text).toMatch(/SIGNER_KEY.*wrangler secret put/);
  });

  it('with a registry without code says so', async () => {
    const text = await complaint({ env: { REGISTRY_ADDRESS: '0x00000000000000000000000000000000000000aa' } });
    expect(text).toMatch(/Nothing is deployed at 0x0{38}aa .*correct its address/);
  });

  it('with a key that is not the registered signer names the addresses', async () => {
    const other = nodeOperators[0]?.address ?? '0x';
    const text = await complaint({ registeredSigner: other });
    expect(text).toMatch(new RegExp(`${signer.address}.*${other}.*Set the right key`));
  });
});
