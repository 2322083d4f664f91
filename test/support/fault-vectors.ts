// Writes test/vectors/faults.json: `node test/support/fault-vectors.ts`, or with `--check` compares. Complete examples of each
// fault that FaultProver takes, the nearest honest things that it must refuse, and drand rounds as the chain wants them.
// Statements are hashed and signed by protocol/, points come from noble, draws from the second implementation, calldata from
// viem: Solidity, which shares nothing with any of these, and TypeScript's encoders are tested against the same file.
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { p256 } from '@noble/curves/nist.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { encodeFunctionData, parseAbi, serializeCompactSignature, signatureToCompactSignature, parseSignature } from 'viem';
import { BEACON_DST, randomnessOf, verifyRound } from '../../protocol/beacon.ts';
import { ZERO32, ascii, fromHex, toHex, u64, type Hex } from '../../protocol/bytes.ts';
import { challengeHash, type Challenge } from '../../protocol/challenge.ts';
import { bytes32Word, structHash, typedPayload, uintWord } from '../../protocol/domain.ts';
import { keccak, sha256 } from '../../protocol/hash.ts';
import { canonicalJson, type Json } from '../../protocol/policy.ts';
import { commitmentPayload, nodeIdOf, openingPayload } from '../../protocol/receipts.ts';
import { reportDigest, reportHash, type EpochReport } from '../../protocol/report.ts';
import { signDigest, signerAddress } from '../../protocol/signer.ts';
import { beaconRound, draws, slotCount, type Setting } from '../vectors/reference/schedule.ts';
import { FAULT_ABI, faultKey } from './fault-abi.ts';

const vectorFile = fileURLToPath(new URL('../vectors/faults.json', import.meta.url));
const EPOCH = 7;
const SEED_LENGTH = 600;
/** A field element in EIP-2537's form: 64 bytes, of which BLS12-381 uses 48. */
const FIELD_BYTES = 64;
// what contracts/test/support uses too: anvil's first contract, operator and signer
const domain = { chainId: 31_337, registry: '0x5fbdb2315678afecb367f032d93f642f64180aa3' } as const;
const validator: Hex = '0x0000000000000000000000000000000000000a11';
const signerKey = fromHex(`0x${'a11ce'.padStart(64, '0')}`, 32);

const word = (label: string): Hex => toHex(keccak(ascii(`assay fault vector ${label}`)));
const hash = (hex: Hex): Hex => toHex(keccak(fromHex(hex, 32)));
const abi = parseAbi(FAULT_ABI);

// ── drand ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
const field = (value: bigint): string => value.toString(16).padStart(2 * FIELD_BYTES, '0');

/** A signature's point, uncompressed as the precompiles take it: x ‖ y. */
function pointOf(signature: Hex): Hex {
  const { x, y } = bls12_381.G1.Point.fromHex(signature.slice(2)).toAffine();
  return `0x${field(x)}${field(y)}`;
}

/** A key's eight words: x.c0, x.c1, y.c0, y.c1 of two words each. */
function keyWords(publicKey: Hex): Hex[] {
  const { x, y } = bls12_381.G2.Point.fromHex(publicKey.slice(2)).toAffine();
  const text = [x.c0, x.c1, y.c0, y.c1].map(field).join('');
  return Array.from({ length: 8 }, (_, i): Hex => `0x${text.slice(64 * i, 64 * (i + 1))}`);
}

/** The point that a round's message hashes to. */
function messagePoint(round: number): Hex {
  const point = bls12_381.shortSignatures.hash(sha256(u64(round)), BEACON_DST);
  return pointOf(toHex(point.toBytes()));
}

function roundVector(publicKey: Hex, round: number, signature: Hex) {
  if (!verifyRound(publicKey, { round, signature })) throw new Error(`round ${String(round)} does not verify`);
  const points = { point: pointOf(signature), messagePoint: messagePoint(round) };
  return { round, signature, ...points, randomness: randomnessOf(signature) };
}

type Chain = { publicKey: Hex; genesis: number; periodSeconds: number; rounds: { round: number; signature: Hex }[] };
const quicknet = JSON.parse(readFileSync(new URL('../vectors/drand.json', import.meta.url), 'utf8')) as Chain;

/** A test key whose rounds anybody can sign, as the embedded network's beacon does. */
const testSecret = sha256(ascii('assay fault vector beacon key')).with(0, 1);
const testKey = toHex(bls12_381.shortSignatures.getPublicKey(testSecret).toBytes());
const testSign = (round: number): Hex => {
  const scheme = bls12_381.shortSignatures;
  return toHex(scheme.sign(scheme.hash(sha256(u64(round)), BEACON_DST), testSecret).toBytes());
};

// ── nodes and the validator ──────────────────────────────────────────────────────────────────────────────────────────────
/** Node i has the private key i + 1. */
function node(index: number) {
  const secret = fromHex(`0x${(index + 1).toString(16).padStart(64, '0')}`, 32);
  const point = p256.getPublicKey(secret, false);
  const key = { x: toHex(point.subarray(1, 33)), y: toHex(point.subarray(33)) };
  return { secret, ...key, nodeId: nodeIdOf(key) };
}

function seedAt(secret: Hex, distance: number): Hex {
  let value = secret;
  for (let i = distance; i < SEED_LENGTH; i++) value = hash(value);
  return value;
}

/** Nodes with even and with odd numbers have an operator each. */
const operatorOf = (index: number): Hex =>
  index % 2 === 0 ? '0x0000000000000000000000000000000000000b0b' : '0x00000000000000000000000000000000000ca401';

/** A member's number is its draw's plus so much for each place; the places are 1 to 5. */
const MEMBER_STEP = 2 ** 20;

/** Base of a registration in epoch 0 is epoch 1, with the tip. */
const secret = word('seed');
const seed = seedAt(secret, EPOCH - 1);

// ── the four faults ──────────────────────────────────────────────────────────────────────────────────────────────────────
type Network = {
  readonly name: string;
  readonly setting: Setting;
  readonly publicKey: Hex;
  readonly sign: (round: number) => Hex;
};

function policyOf({ name, setting, publicKey }: Network) {
  const { auditsPerNodePerDay, jitterMs, beacon, kinds } = setting;
  const policy: Json = {
    version: 2,
    name,
    beacon: { scheme: 'bls-unchained-g1-rfc9380', publicKey, ...beacon, freshnessRounds: 3 },
    schedule: { auditsPerNodePerDay, jitterMs, settleSeconds: 120, revealSeconds: 600 },
    kinds: kinds.map((entry) => ({ ...entry })),
    regions: ['here'],
    presence: { deadlineMs: 5000 },
    // a name that quotes the field's text, to show that it can't be mistaken for the field
    classes: [{ name: '{"auditsPerNodePerDay":9,', gemm: { rows: 16, columns: 512 }, vram: null }],
    rewards: { nodesPerEpoch: 1, validatorsPerEpoch: 1 },
  };
  const text = canonicalJson(policy);
  const mark = '{"auditsPerNodePerDay":';
  const at = text.indexOf(mark);
  if (at < 0 || text.includes(mark, at + 1)) throw new Error('the field must stand there once');
  const prefix = toHex(ascii(text.slice(0, at)));
  const suffix = toHex(ascii(text.slice(at + mark.length + String(auditsPerNodePerDay).length)));
  return { text, hash: toHex(sha256(ascii(text))), prefix, suffix };
}

function reportFor({ setting }: Network, policyHash: Hex, archive: string): EpochReport {
  const roots = { auditRoot: word('audits'), summaryRoot: word('summaries'), archiveHash: word(archive) };
  const links = { beaconRound: beaconRound(setting, EPOCH), nodeCount: setting.nodeCount, policyHash, previous: ZERO32 };
  return { epoch: EPOCH, validator, ...roots, due: 90, done: 88, seed, ...links };
}

const signedReport = (report: EpochReport) => ({
  report,
  reportHash: reportHash(report),
  signature: signDigest(reportDigest(domain, report), signerKey),
});
const forAbi = (report: EpochReport) => ({ ...report, epoch: BigInt(report.epoch), beaconRound: BigInt(report.beaconRound) });
const compact = (signature: Hex): Hex => serializeCompactSignature(signatureToCompactSignature(parseSignature(signature)));

function twoReports(network: Network, policyHash: Hex) {
  const a = signedReport(reportFor(network, policyHash, 'archive'));
  const b = signedReport(reportFor(network, policyHash, 'another archive'));
  const args = [forAbi(a.report), a.signature, forAbi(b.report), compact(b.signature)] as const;
  const calldata = encodeFunctionData({ abi, functionName: 'proveTwoReports', args });
  return { a, b: { ...b, compactSignature: args[3] }, faultKey: faultKey.reports(validator, EPOCH), calldata };
}

const ROOT_TYPE =
  'EpochRoot(uint64 epoch,uint32 round,bytes32 scoreRoot,bytes32 rewardRoot,bytes32 penaltyRoot,bytes32 reportSetHash,bytes32 nodeSetRoot,bytes32 previousRoot,bytes32 policyHash)';

function signedRoot(policyHash: Hex, scores: string) {
  const words = { scoreRoot: word(scores), rewardRoot: word('rewards'), penaltyRoot: ZERO32 };
  const sets = { reportSetHash: word('report set'), nodeSetRoot: word('node set'), previousRoot: ZERO32, policyHash };
  const root = { epoch: EPOCH, round: 2, ...words, ...sets };
  const tail = [...Object.values(words), ...Object.values(sets)].map(bytes32Word);
  const rootHash = structHash(ROOT_TYPE, [uintWord(root.epoch), uintWord(root.round), ...tail]);
  const digest = toHex(keccak(typedPayload(domain, rootHash)));
  return { root, rootHash: toHex(rootHash), digest, signature: signDigest(digest, signerKey) };
}

function twoRoots(policyHash: Hex) {
  const [a, b] = [signedRoot(policyHash, 'scores'), signedRoot(policyHash, 'other scores')];
  const forCall = (root: typeof a.root) => ({ ...root, epoch: BigInt(root.epoch) });
  const args = [validator, forCall(a.root), compact(a.signature), forCall(b.root), b.signature] as const;
  const calldata = encodeFunctionData({ abi, functionName: 'proveTwoRoots', args });
  return { a: { ...a, compactSignature: args[2] }, b, faultKey: faultKey.roots(validator, EPOCH, a.root.round), calldata };
}

/** Two receipts of node 0; which of the two kinds each is of. */
function twoReceipts(name: string, openings: readonly [boolean, boolean]) {
  const { secret: key, nodeId } = node(0);
  const challenge = word(`challenge ${name}`);
  const receipt = (opening: boolean, which: string) => {
    const [commitment, drawHash, openingHash] = [word(`commitment ${which}`), word('draw'), word('opening')];
    const payload = opening
      ? openingPayload(domain, challenge, commitment, drawHash, openingHash)
      : commitmentPayload(domain, nodeId, challenge, commitment);
    const signature = toHex(p256.sign(payload, key, { lowS: true, prehash: true }));
    const [r, s]: [Hex, Hex] = [`0x${signature.slice(2, 66)}`, `0x${signature.slice(66)}`];
    return { opening, commitment, drawHash: opening ? drawHash : ZERO32, openingHash: opening ? openingHash : ZERO32, r, s };
  };
  const [a, b] = [receipt(openings[0], 'a'), receipt(openings[1], 'b')];
  const calldata = encodeFunctionData({ abi, functionName: 'proveTwoReceipts', args: [nodeId, challenge, a, b] });
  return { name, nodeId, challengeHash: challenge, a, b, faultKey: faultKey.receipts(nodeId, challenge), calldata };
}

/** A number below n that follows from a label. */
const pick = (label: string, n: number): number => Number(BigInt(word(label)) % BigInt(n));

type Place = { readonly slot: number; readonly draw: number; readonly node: number };
type Drawn = { readonly slot: number; readonly draw: number; readonly nodeIndex: number };

/** Places in and around cohorts, chosen at random, and which of them nobody drew. */
function placesAround(all: readonly Drawn[], nodeCount: number, about: string) {
  const places = Array.from({ length: 240 }, (_, i): Place => {
    const label = `${about} place ${String(i)}`;
    const drawn = all[pick(`${label} draw`, all.length)];
    if (drawn === undefined) throw new Error('no draws');
    const number = drawn.draw + (i % 8 === 0 ? pick(`${label} beyond`, 3) : 0);
    return { slot: drawn.slot, draw: number + MEMBER_STEP * pick(`${label} place`, 8), node: pick(`${label} node`, nodeCount) };
  });
  const isUndrawn = ({ slot, draw, node: index }: Place): boolean => {
    const [number, member] = [draw % MEMBER_STEP, Math.floor(draw / MEMBER_STEP)];
    const drawn = all.find((one) => one.slot === slot && one.draw === number);
    if (drawn === undefined || member > 5) return true;
    if (member === 0) return index !== drawn.nodeIndex;
    return index === drawn.nodeIndex || operatorOf(index) !== operatorOf(drawn.nodeIndex);
  };
  return {
    slots: places.map(({ slot }) => slot),
    draws: places.map(({ draw }) => draw),
    nodes: places.map(({ node: index }) => index),
    undrawn: places.map((place) => (isUndrawn(place) ? 1 : 0)),
  };
}

// ── undrawn challenges ───────────────────────────────────────────────────────────────────────────────────────────────────
function undrawn(network: Network) {
  const { name, setting, publicKey, sign } = network;
  const policy = policyOf(network);
  const signed = signedReport(reportFor(network, policy.hash, 'archive'));
  const round = roundVector(publicKey, beaconRound(setting, EPOCH), sign(beaconRound(setting, EPOCH)));
  const beacon = Buffer.from(fromHex(round.randomness, 32));
  const slots = Array.from({ length: setting.slotsPerEpoch }, (_, slot) => slot);
  const all = slots.flatMap((slot) =>
    draws(setting, EPOCH, Buffer.from(fromHex(seed, 32)), beacon, slot).map(({ draw, nodeIndex }) => ({ slot, draw, nodeIndex })),
  );
  const last = all.at(-1);
  if (last === undefined) throw new Error('no draws');
  const other = node((last.nodeIndex + 1) % setting.nodeCount).nodeId;
  const drawn = node(last.nodeIndex).nodeId;

  const example = (about: string, place: { slot: number; draw: number; nodeId: Hex }) => {
    const fixed = { kind: 1, paramsHash: word('params'), nonce: word(`nonce ${about}`), deadline: 1_700_000_000_000 };
    const challenge: Challenge = { epoch: EPOCH, validator, ...place, ...fixed };
    const digest = challengeHash(domain, challenge);
    const signature = signDigest(digest, signerKey);
    const forCall = { ...challenge, epoch: BigInt(EPOCH), deadline: BigInt(challenge.deadline) };
    const args = [forCall, signature, forAbi(signed.report), round.point, policy.prefix, policy.suffix] as const;
    const last_ = setting.auditsPerNodePerDay;
    const calldata = encodeFunctionData({ abi, functionName: 'proveUndrawn', args: [...args, last_] });
    return { about, challenge, challengeHash: digest, signature, calldata };
  };
  const { slot, draw } = last;
  const sibling = node((last.nodeIndex + 2) % (setting.nodeCount - (setting.nodeCount % 2))).nodeId;
  const member = (place: number, nodeId: Hex) => ({ slot, draw: draw + place * MEMBER_STEP, nodeId });
  return {
    ...{ name, setting, nodeIds: Array.from({ length: setting.nodeCount }, (_, i) => node(i).nodeId) },
    operators: Array.from({ length: setting.nodeCount }, (_, i) => operatorOf(i)),
    ...{ publicKey, keyWords: keyWords(publicKey), policy, ...signed, round, faultKey: faultKey.undrawn(validator, EPOCH) },
    drawCount: all.length,
    drawn: { slots: all.map((each) => each.slot), draws: all.map((each) => each.draw), nodes: all.map((each) => each.nodeIndex) },
    guilty: [
      example('another node than the drawn one', { slot, draw, nodeId: other }),
      example('a node that nobody registered', { slot, draw, nodeId: word('no node') }),
      example('a draw beyond the last of its slot', { slot, draw: slotCount(setting, slot), nodeId: drawn }),
      example('a slot beyond the last of the epoch', { slot: setting.slotsPerEpoch, draw: 0, nodeId: drawn }),
      example('a member of another operator', member(1, other)),
      example('the drawn node as its own member', member(2, drawn)),
      example('a sixth member', member(6, sibling)),
      example('a member of a draw beyond the last of its slot', {
        ...{ slot, draw: slotCount(setting, slot) + MEMBER_STEP, nodeId: sibling },
      }),
    ],
    honest: example('the drawn node', { slot, draw, nodeId: drawn }),
    members: [example('the first member', member(1, sibling)), example('the fifth member', member(5, sibling))],
    places: placesAround(all, setting.nodeCount, name),
  };
}

const common = { slotSeconds: 60, slotsPerEpoch: 60, jitterMs: 20_000, kinds: [{ kind: 1, weight: 1 }] } as const;
/** Epoch 7 begins 30 seconds after quicknet's round 657413, a real one. */
const recorded = quicknet.rounds.at(-1);
if (recorded === undefined) throw new Error('no recorded rounds');
const REAL: Network = {
  name: 'quicknet',
  publicKey: quicknet.publicKey,
  sign: () => recorded.signature,
  setting: {
    ...common,
    genesis: quicknet.genesis + (recorded.round - 1) * quicknet.periodSeconds + 30 - EPOCH * 3600,
    beacon: { genesis: quicknet.genesis, periodSeconds: quicknet.periodSeconds, leadSeconds: 30 },
    ...{ auditsPerNodePerDay: 240, nodeCount: 9, validatorCount: 2 },
  },
};
const TEST: Network = {
  name: 'test key',
  publicKey: testKey,
  sign: testSign,
  setting: {
    ...common,
    genesis: 1_700_000_000,
    beacon: { genesis: 1_700_000_000, periodSeconds: 1, leadSeconds: 4 },
    ...{ auditsPerNodePerDay: 8640, nodeCount: 4, validatorCount: 4 },
  },
};

/** The file's text. */
export function renderFaultVectors(): string {
  const real = quicknet.rounds.map(({ round, signature }) => roundVector(quicknet.publicKey, round, signature));
  const ours = [1, 2, 3, 2 ** 32, 2 ** 53 - 1].map((round) => roundVector(testKey, round, testSign(round)));
  const policyHash = policyOf(TEST).hash;
  const file = {
    source: 'test/support/fault-vectors.ts; rounds of quicknet as in drand.json',
    domain,
    epoch: EPOCH,
    validator: { operator: validator, privateKey: toHex(signerKey), signer: signerAddress(signerKey) },
    seed: { secret, length: SEED_LENGTH, tip: seedAt(secret, 0), seed },
    drand: [
      {
        name: 'quicknet',
        publicKey: quicknet.publicKey,
        keyWords: keyWords(quicknet.publicKey),
        count: real.length,
        rounds: real,
      },
      { name: 'test key', publicKey: testKey, keyWords: keyWords(testKey), count: ours.length, rounds: ours },
    ],
    twoReports: twoReports(TEST, policyHash),
    twoRoots: twoRoots(policyHash),
    twoReceipts: [
      twoReceipts('two commitments', [false, false]),
      twoReceipts('a commitment and an opening', [false, true]),
      twoReceipts('two openings', [true, true]),
    ],
    undrawn: [undrawn(REAL), undrawn(TEST)],
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const text = renderFaultVectors();
  if (!argv.includes('--check')) writeFileSync(vectorFile, text);
  else if (readFileSync(vectorFile, 'utf8') !== text) throw new Error('faults.json is out of date: run this without --check');
}
