// The digest that a seat signs to read sightings, against an independent implementation of EIP-712.
import { expect, test } from 'vitest';
import { hashTypedData } from 'viem';
import { sightingsDigest } from '../../../protocol/sightings-request.ts';

const domain = { chainId: 31337, registry: `0x${'5e'.repeat(20)}` } as const;
const request = { reader: `0x${'a1'.repeat(20)}`, owner: `0x${'b2'.repeat(20)}`, timeMs: 1_790_000_000_123 } as const;

test('is the one of EIP-712', () => {
  const theirs = hashTypedData({
    domain: { name: 'Assay', version: '1', chainId: domain.chainId, verifyingContract: domain.registry },
    types: {
      SightingsRequest: [
        { name: 'reader', type: 'address' },
        { name: 'owner', type: 'address' },
        { name: 'timeMs', type: 'uint64' },
      ],
    },
    primaryType: 'SightingsRequest',
    message: { ...request, timeMs: BigInt(request.timeMs) },
  });
  expect(sightingsDigest(domain, request)).toBe(theirs);
});

test('differs by reader, owner, time and registry', () => {
  const digests = [
    sightingsDigest(domain, request),
    sightingsDigest(domain, { ...request, reader: request.owner }),
    sightingsDigest(domain, { ...request, owner: request.reader }),
    sightingsDigest(domain, { ...request, timeMs: request.timeMs + 1 }),
    sightingsDigest({ ...domain, chainId: 1 }, request),
  ];
  expect(new Set(digests).size).toBe(digests.length);
});
