// The command line against a real chain and a real archive server: registering, verifying, bundling, and each way to end.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { numberToHex } from 'viem';
import { FEE_PER_GAS_MAX } from '../../../chain/limits.ts';
import { readNodes } from '../../../chain/nodes.ts';
import { readSeedBase } from '../../../chain/reports.ts';
import { encodePostReport } from '../../../chain/transactions.ts';
import { fromHex, type Hex } from '../../../protocol/bytes.ts';
import { nodeIdOf, nodeKeyPayload } from '../../../protocol/receipts.ts';
import { policyHash, type Policy } from '../../../protocol/policy.ts';
import { signerAddress } from '../../../protocol/signer.ts';
import { flipped } from '../../support/behaviours.ts';
import { serveArchive, type ArchiveServer } from '../../support/archive-server.ts';
import { buildEpoch, mixedPolicy, testWorld, type EpochFixture } from '../../support/epoch.ts';
import { VALIDATOR_MIN, tokens } from '../../support/deploy.ts';
import { testNodeKey } from '../../support/node-key.ts';
import { rowWith } from '../../support/replay.ts';
import { CHAIN_ID, GENESIS, SLOTS_PER_EPOCH, SLOT_SECONDS, startNetwork, type Network } from '../chain/network.ts';
import { assay, type Ran } from './io.ts';
import { startProxy, type Lie } from './lying-rpc.ts';

// each test runs whole verifications or several transactions; a busy machine takes its time
vi.setConfig({ testTimeout: 60_000 });

const EPOCH = 5;
const NODES = 5;
const policy: Policy = { ...mixedPolicy, schedule: { ...mixedPolicy.schedule, auditsPerNodePerDay: 20_000 } };
const operatorKey = `0x${'c0'.repeat(32)}` as const;
const operator = signerAddress(fromHex(operatorKey));
const env = { ASSAY_OPERATOR_KEY: operatorKey };
const folder = mkdtempSync(join(tmpdir(), 'assay-cli-'));

let network: Network;
let server: ArchiveServer;
let fixture: EpochFixture;
let target: string[];
const ran: Record<string, Ran> = {};
const stops: (() => Promise<void>)[] = [];

function proofFile(index: number): string {
  const { publicKey, sign } = testNodeKey(index);
  const nodeId = nodeIdOf(publicKey);
  const signature = sign(nodeKeyPayload({ chainId: CHAIN_ID, registry: network.registry }, operator, nodeId));
  const file = join(folder, `proof-${String(index)}.json`);
  writeFileSync(file, JSON.stringify({ nodeId, ...publicKey, operator, signature }));
  return file;
}

function registerNode(index: number, change: readonly string[] = []): Promise<Ran> {
  const claims = ['--url', 'https://node.example', '--class', 'tiny', '--vram-mib', '1024'];
  return assay(['register-node', '--proof', proofFile(index), ...claims, '--stake', 'min', ...target, ...change], env);
}

async function registerAll(): Promise<{ seedSecret: Hex; signerKey: Uint8Array }> {
  const vars = join(folder, 'vars');
  const made = await assay(['keys', '--out', vars, '--length', '64']);
  const [, signer = '', tip = ''] = /signer +(0x\w+)\s+seed tip +(0x\w+)/.exec(made.out) ?? [];
  const secrets = ['--signer', signer, '--seed-tip', tip];
  const register = ['register-validator', ...secrets, '--url', 'https://v.example', '--stake', 'min', ...target];
  ran['tokenless'] = await assay(register, env);
  await network.pay(operator, VALIDATOR_MIN + tokens(100));
  ran['unfunded'] = await assay(register, env);
  await network.rpc.setBalance({ address: operator, value: 10n ** 20n });
  ran['registered'] = await assay(register, env);
  ran['twice'] = await assay(register, env);
  ran['other'] = await assay(['register-validator', ...secrets, '--url', 'https://other.example', ...target], env);
  for (let index = 0; index < NODES; index++) ran['node'] = await registerNode(index);
  const { publicKey } = testNodeKey(2);
  const retire = ['retire-node', '--node-id', nodeIdOf(publicKey), ...target];
  ran['node again'] = await registerNode(0);
  ran['retired'] = await assay(retire, env);
  ran['retired twice'] = await assay(retire, env);
  const text = readFileSync(vars, 'utf8');
  const secret = (name: string): Hex => `0x${new RegExp(`${name}=0x([0-9a-f]{64})`).exec(text)?.[1] ?? ''}`;
  return { seedSecret: secret('SEED_SECRET'), signerKey: fromHex(secret('SIGNER_KEY')) };
}

beforeAll(async () => {
  network = await startNetwork(policyHash(policy));
  stops.push(() => network.stop());
  target = ['--rpc', network.url, '--registry', network.registry];
  const { seedSecret, signerKey } = await registerAll();
  await network.goTo(EPOCH + 1);
  const base = await readSeedBase(network.client, operator, EPOCH);
  fixture = buildEpoch(
    testWorld({
      ...{ domain: { chainId: CHAIN_ID, registry: network.registry }, epoch: EPOCH, policy, validator: operator, signerKey },
      clock: { genesis: GENESIS, slotSeconds: SLOT_SECONDS, slotsPerEpoch: SLOTS_PER_EPOCH },
      ...{ seedSecret, seedLength: 64, seedEpoch: (base?.epoch ?? 0) + 1, validatorCount: 1 },
      nodes: await readNodes(network.client, EPOCH),
    }),
  );
  await network.send(operator, encodePostReport(fixture.facts.report, fixture.facts.signature));
  server = await serveArchive(fixture);
  stops.push(() => server.stop());
}, 120_000);

afterAll(async () => {
  for (const stop of stops) await stop(); // also when the set-up broke off half-way
  rmSync(folder, { recursive: true });
});

const verify = (...more: string[]): Promise<Ran> =>
  assay(['verify', '--epoch', String(EPOCH), '--api', server.url, ...target, ...more]);

/** Verifies while the server gives other bytes (or 404) for a path. */
async function verifyWith(path: string, bytes: Uint8Array | null, ...more: string[]): Promise<Ran> {
  const before = server.routes.get(path) ?? null;
  server.routes.set(path, bytes);
  try {
    return await verify(...more);
  } finally {
    server.routes.set(path, before);
  }
}

describe('transactions', () => {
  it('are sent and mined, each step with its own', () => {
    expect(ran['registered']?.err).toBe('');
    const mined = 'sent 0x[0-9a-f]{64} from 0x[0-9a-f]{40}\\nmined in block \\d+\\n';
    const steps = [
      `approving 1000 TEST …\\n${mined}`,
      `depositing 1000 TEST …\\n${mined}`,
      `registering the validator …\\n${mined}`,
      'It takes effect two epochs after the current one.\\nIt has a seat.',
    ];
    expect(ran['registered']?.out).toMatch(new RegExp(`^${steps.join('')}$`));
    expect([ran['node']?.code, ran['retired']?.code]).toEqual([0, 0]);
    expect(fixture.world.nodes.map(({ retired }) => retired)).toEqual([false, false, true, false, false]);
  });

  it('are made only where they are needed', () => {
    expect(ran['twice']).toEqual({
      ...{ code: 0, err: '' },
      out: [
        '1000 TEST are the stake as a validator already: nothing to deposit.',
        'It is registered already, with this signer and URL.',
        'It has a seat.',
      ].join('\n'),
    });
    expect([ran['node again']?.code, ran['node again']?.out]).toEqual([0, expect.stringContaining('with these claims')]);
    expect([ran['other']?.code, ran['other']?.err]).toEqual([2, expect.stringContaining('Change it with update-validator')]);
  });

  it('that the sender cannot pay for say so', () => {
    expect([ran['tokenless']?.code, ran['tokenless']?.err]).toEqual([
      2,
      expect.stringMatching(/0x\w+ has 0 TEST, and 1000 TEST are to be deposited\. Send it some of the token 0x/),
    ]);
    expect([ran['unfunded']?.code, ran['unfunded']?.err]).toEqual([
      2,
      expect.stringMatching(/0x\w+ cannot pay for the transaction; it has 0\. Send it some/),
    ]);
  });

  it('that the registry refuses name its error', () => {
    expect([ran['retired twice']?.code, ran['retired twice']?.err]).toEqual([
      2,
      expect.stringContaining('The registry refuses this with NodeHasRetired. Nothing was sent.'),
    ]);
  });

  it('tell as one JSON object what they sent', async () => {
    const node = nodeIdOf(testNodeKey(1).publicKey);
    const claims = ['--url', 'https://node.example', '--class', 'tiny', '--vram-mib', '1024'];
    const { code, out } = await assay(['update-node', '--node-id', node, ...claims, ...target, '--json'], env);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ ok: true, chainId: CHAIN_ID, registry: network.registry, sender: operator },
      transactions: [{ what: 'changing the node', hash: expect.stringMatching(/^0x/) as string }],
    });
  });

  it('on another chain than named are refused', async () => {
    const { code, err } = await registerNode(9, ['--chain-id', '5']);
    expect([code, err]).toEqual([2, expect.stringContaining('The RPC serves chain 31337')]);
  });

  it('to an address without a registry are refused', async () => {
    const { err } = await assay(['retire-validator', '--rpc', network.url, '--registry', `0x${'12'.repeat(20)}`], env);
    expect(err).toContain('Nothing is deployed at 0x1212');
  });

  it('with another operator’s proof are not sent', async () => {
    const other = { ASSAY_OPERATOR_KEY: `0x${'c1'.repeat(32)}` };
    const claims = ['--url', 'https://n.example', '--class', 'tiny', '--vram-mib', '1'];
    const { code, err } = await assay(['register-node', '--proof', proofFile(7), ...claims, ...target], other);
    expect([code, err]).toEqual([2, expect.stringContaining(`The proof is for operator ${operator}, but the key is that of`)]);
  });
});

describe('transactions through an RPC that lies', () => {
  /** Retires a node through it. */
  const retire = async (lie: Lie): Promise<Ran & { readonly methods: string[] }> => {
    const proxy = await startProxy(network.url, lie);
    try {
      const nodeId = nodeIdOf(testNodeKey(3).publicKey);
      const ran = await assay(['retire-node', '--node-id', nodeId, '--rpc', proxy.url, '--registry', network.registry], env);
      return { ...ran, methods: proxy.methods };
    } finally {
      await proxy.stop();
    }
  };

  it.each([
    ['eth_maxPriorityFeePerGas', 'one gas'],
    ['eth_getBlockByNumber', 'a block'],
  ])('about fees pay no more than the cap (%s)', async (method) => {
    const wei = numberToHex(2n * FEE_PER_GAS_MAX);
    const { code, err, methods } = await retire((asked, result) => {
      if (asked !== method) return result;
      return typeof result === 'object' ? { ...result, baseFeePerGas: wei } : wei;
    });
    expect([code, err]).toEqual([2, expect.stringMatching(/The RPC asks \d{4}(\.\d+)? gwei for one gas; at most 1000 are paid/)]);
    expect(methods).not.toContain('eth_sendRawTransaction');
  });

  it('about the chain once it was checked are signed for the one that was checked', async () => {
    let checks = 0;
    const { code, err } = await retire((asked, result) => (asked === 'eth_chainId' && ++checks > 2 ? '0x1' : result));
    expect([code, err]).toEqual([0, '']);
  });
});

describe('verify', () => {
  it('passes an honest epoch, and says how much it looked at', async () => {
    const { code, out, err } = await verify('--all');
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines.filter((line) => line.startsWith('✓')).length).toBe(16);
    expect(out).toContain(`✓ due draws (${String(fixture.rows.length)})`);
    const total = String(fixture.transcripts.size);
    expect(lines.at(-1)).toContain(`verifies: each of ${String(fixture.rows.length)} due draws has its one record`);
    expect(lines.at(-1)).toContain(`Transcripts looked into: ${total} of ${total}`);
  });

  it('takes the sample that a seed chooses', async () => {
    const seed = `0x${'aa'.repeat(32)}`;
    const objects = async (): Promise<string[]> => {
      server.seen.length = 0;
      const { code, out } = await verify('--validator', operator, '--sample', '4', '--sample-seed', seed);
      expect([code, out.includes(`Sample seed ${seed}`), out.includes('✓ transcripts (8)')]).toEqual([0, true, true]);
      return server.seen.toSorted();
    };
    expect(await objects()).toEqual(await objects());
  });

  it('writes one JSON object', async () => {
    const { code, out } = await verify('--json', '--sample', '3');
    const result = JSON.parse(out) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(result).toMatchObject({
      ...{ ok: true, epoch: EPOCH, validator: operator, chainId: CHAIN_ID, registry: network.registry, failed: null },
      ...{ records: fixture.rows.length, transcripts: { total: fixture.transcripts.size, checked: 6 } },
    });
  });

  it('works from a bundle, without the API', async () => {
    const file = join(folder, 'bundle');
    const saved = await assay(['archive', '--epoch', String(EPOCH), '--api', server.url, '--out', file]);
    expect([saved.code, saved.err]).toEqual([0, '']);
    server.seen.length = 0;
    const { code, out } = await assay(['verify', '--epoch', String(EPOCH), '--file', file, '--all', ...target]);
    expect([code, server.seen]).toEqual([0, []]);
    expect(out).toContain('verifies');
  });
});

describe('verify ends with 1 and names', () => {
  it('a manifest that is not the report’s', async () => {
    const path = `/v1/epochs/${String(EPOCH)}/archive`;
    const { code, out } = await verifyWith(path, flipped(fixture.manifestBytes, 30), '--json');
    const { ok, failed } = JSON.parse(out) as { ok: boolean; failed: { name: string; failure: string } };
    expect([code, ok, failed.name]).toEqual([1, false, 'archive hash']);
    expect(failed.failure).toMatch(/^SHA-256 of the manifest: expected 0x/);
  });

  it('another policy', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...policy, proofPpm: 1 }));
    const { code, out } = await verifyWith('/v1/policy', bytes);
    expect([code, out.split('\n').at(-1)]).toEqual([1, expect.stringContaining('does NOT verify. policy hash:')]);
  });

  it('another policy, unless the one of the epoch is served by its hash', async () => {
    const path = `/v1/policies/${policyHash(policy)}`;
    server.routes.set(path, new TextEncoder().encode(JSON.stringify(policy)));
    const { code } = await verifyWith('/v1/policy', new TextEncoder().encode('{}'));
    server.routes.delete(path);
    expect(code).toBe(0);
  });

  it('a policy that is none', async () => {
    const { code, out } = await verifyWith('/v1/policy', new TextEncoder().encode('{}'));
    expect([code, out.split('\n').at(-1)]).toEqual([1, expect.stringContaining('does NOT verify. policy hash: policy: version')]);
  });

  it('a chunk that changed, and one withheld', async () => {
    const hash = fixture.manifest.chunks[0]?.sha256 ?? '0x';
    const path = `/v1/objects/${hash}`;
    const changed = await verifyWith(path, flipped(fixture.chunks[0]?.bytes ?? new Uint8Array(1), 5));
    expect([changed.code, changed.out]).toEqual([1, expect.stringContaining(`chunk 0 SHA-256: expected ${hash}`)]);
    const withheld = await verifyWith(path, null);
    expect([withheld.code, withheld.out]).toEqual([1, expect.stringContaining(`chunk 0: the API does not have ${hash}`)]);
  });

  it('a transcript that changed, and one withheld', async () => {
    const row = rowWith(fixture, 'none');
    const place = `slot ${String(row.slot)} draw ${String(row.draw)}`;
    const path = `/v1/audits/${[row.epoch, row.slot, row.draw].join('-')}/transcript`;
    const bytes = fixture.transcripts.get(row.transcriptHash) ?? new Uint8Array(1);
    const changed = await verifyWith(path, flipped(bytes, 99), '--all');
    expect([changed.code, changed.out]).toEqual([1, expect.stringContaining(`transcripts: ${place} transcriptHash: expected`)]);
    const withheld = await verifyWith(path, null, '--all');
    expect([withheld.code, withheld.out]).toEqual([1, expect.stringContaining(`${place}: the API does not have its transcript`)]);
  });
});

describe('verify ends with 2 when', () => {
  it('nobody reported the epoch', async () => {
    const { code, err } = await verify('--epoch', '4');
    expect([code, err]).toEqual([2, expect.stringContaining('No validator has posted a report for epoch 4')]);
  });

  it('the validator named did not', async () => {
    const { code, err } = await verify('--validator', `0x${'77'.repeat(20)}`);
    expect([code, err]).toEqual([2, expect.stringContaining('has posted no report for epoch 5')]);
  });

  it('the archive is not public', async () => {
    const { code, err } = await verifyWith(`/v1/epochs/${String(EPOCH)}/archive`, null);
    expect([code, err]).toEqual([2, expect.stringContaining('The API has no archive of epoch 5')]);
  });

  it('the API does not answer', async () => {
    const argv = ['verify', '--epoch', String(EPOCH), '--api', 'http://127.0.0.1:9', ...target];
    const { code, err } = await assay(argv);
    expect([code, err]).toEqual([2, expect.stringContaining('The API does not answer /v1/epochs/5/archive')]);
  });

  it('an answer is too large', async () => {
    const { code, err } = await verifyWith('/v1/policy', new Uint8Array(300_000));
    expect([code, err]).toEqual([2, expect.stringContaining('has more than 262144 bytes')]);
  });
});
