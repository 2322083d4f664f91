// Each name of the table with its code.
import { withBoth, withFill, withProver, type Behaviour } from '../behaviour.ts';
import type { BehaviourName } from '../table.ts';
import { auditDetector } from './audit-detector.ts';
import { garbageCommitment, truncatedCommitment, unrelatedCommitment } from './broken-commitment.ts';
import { busyHog, falseBusyMadeUp, falseBusyOld } from './busy.ts';
import { closedPort } from './closed-port.ts';
import { deepJson, deepJsonSmall } from './deep-json.ts';
import { drip } from './drip.ts';
import { flapping } from './flapping.ts';
import { floodEndless, floodHuge } from './flood.ts';
import { gzipBomb } from './gzip-bomb.ts';
import { highS } from './high-s.ts';
import { oldCommitment } from './old-commitment.ts';
import { oneDevice, oneMemory, slowTogether } from './one-device.ts';
import { duplicatedOpenings, emptyOpenings, outOfRangeOpenings, shortOpenings, swappedOpenings } from './openings.ts';
import { otherIdentity } from './other-identity.ts';
import { overclaims } from './overclaims.ts';
import { proxy } from './proxy.ts';
import { redirect } from './redirect.ts';
import { refuses } from './refuses.ts';
import { sharedBuffer } from './shared-buffer.ts';
import { silent } from './silent.ts';
import { twoCommitments } from './two-commitments.ts';
import { wrongKey } from './wrong-key.ts';

export const behaviourCode: Readonly<Record<BehaviourName, Behaviour>> = {
  'wrong-result': withProver('wrong-result'),
  'skip-5': withProver('skip-5'),
  'skip-10': withProver('skip-10'),
  'skip-50': withProver('skip-50'),
  'garbage-round-values': withProver('garbage-round-values'),
  'garbage-round': withProver('garbage-round'),
  'old-commitment': oldCommitment,
  'wrong-key': wrongKey,
  'high-s': highS,
  'other-identity': otherIdentity,
  'two-commitments': twoCommitments,
  'empty-openings': emptyOpenings,
  'short-openings': shortOpenings,
  'duplicated-openings': duplicatedOpenings,
  'out-of-range-openings': outOfRangeOpenings,
  'swapped-openings': swappedOpenings,
  'truncated-commitment': truncatedCommitment,
  'garbage-commitment': garbageCommitment,
  'unrelated-commitment': unrelatedCommitment,
  silent,
  drip,
  'flood-huge': floodHuge,
  'flood-endless': floodEndless,
  'deep-json': deepJson,
  'deep-json-small': deepJsonSmall,
  'gzip-bomb': gzipBomb,
  redirect,
  refuses,
  'closed-port': closedPort,
  overclaims,
  'partial-storage-95': withFill('partial-storage-95'),
  'partial-storage-90': withFill('partial-storage-90'),
  'partial-storage-50': withFill('partial-storage-50'),
  regenerates: withFill('regenerates'),
  'regenerates-half': withFill('regenerates-half'),
  'host-offload': withFill('host-offload'),
  'shared-buffer': sharedBuffer,
  'cached-answers': withBoth('cached-answers', 'cached-answers'),
  int7: withProver('int7'),
  int4: withProver('int4'),
  f16: withProver('f16'),
  'one-device': oneDevice,
  'one-memory': oneMemory,
  'slow-together': slowTogether,
  'false-busy-made-up': falseBusyMadeUp,
  'false-busy-old': falseBusyOld,
  'busy-hog': busyHog,
  flapping,
  proxy,
  'audit-detector': auditDetector,
};
