// The routes of what all validators agreed on: roots, their lines, and proofs of single lines.
import { createRoute } from '@hono/zod-openapi';
import {
  consensusDetail,
  consensusList,
  penaltyProof,
  rewardProof,
  scoreList,
  scoreProof,
  serviceProof,
  validatorProof,
} from '../../../schema/api/consensus.ts';
import {
  consensusQuery,
  epochPath,
  leavesQuery,
  noQuery,
  penaltyPath,
  rewardPath,
  scorePath,
  scoresQuery,
  seatPath,
} from '../../../schema/api/requests.ts';
import { leavesSchema } from '../../../schema/wire/network.ts';
import { listConsensus } from '../../services/views/list-consensus.ts';
import { listScores } from '../../services/views/list-scores.ts';
import { readLeaves } from '../../services/views/read-leaves.ts';
import { showConsensus } from '../../services/views/show-consensus.ts';
import { provePenalty, proveReward, proveScore, proveService, proveValidator } from '../../services/views/show-proof.ts';
import { FOREVER_CACHING } from '../caching.ts';
import { json } from '../json.ts';
import { jsonAnswer, problems } from '../openapi.ts';
import { take } from '../problem.ts';
import type { App } from '../request.ts';
import { mountPeers } from './peers.ts';
import { mountValidators } from './validators.ts';

const listConsensusRoute = createRoute({
  method: 'get',
  path: '/v1/consensus',
  operationId: 'listConsensus',
  tags: ['consensus'],
  summary: 'Epochs of the network, newest first',
  request: { query: consensusQuery },
  responses: {
    200: jsonAnswer(consensusList, 'State, root, signers and transaction of each.'),
    ...problems('bad-query', 'bad-cursor'),
  },
});

const showConsensusRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}',
  operationId: 'showConsensus',
  tags: ['consensus'],
  summary: 'One epoch of the network',
  request: { params: epochPath, query: noQuery },
  responses: {
    200: jsonAnswer(consensusDetail, 'Also its seats, each one’s archive and why it is left out, and disagreements.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const readLeavesRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}/leaves',
  operationId: 'readLeaves',
  tags: ['consensus'],
  summary: 'All lines under a root',
  request: { params: epochPath, query: leavesQuery },
  responses: {
    200: jsonAnswer(leavesSchema, 'Under the final root, or under any root that was computed here.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const listScoresRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}/scores',
  operationId: 'listScores',
  tags: ['consensus'],
  summary: 'Scores of all nodes under a final root',
  request: { params: epochPath, query: scoresQuery },
  responses: {
    200: jsonAnswer(scoreList, 'Each with uptime, latency and bandwidth.'),
    ...problems('bad-id', 'bad-query', 'bad-cursor', 'not-found', 'not-revealed'),
  },
});

const proveScoreRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}/scores/{nodeIndex}',
  operationId: 'proveScore',
  tags: ['consensus'],
  summary: 'A node’s score with its proof',
  request: { params: scorePath, query: noQuery },
  responses: {
    200: jsonAnswer(scoreProof, 'The leaf, and the way from it to the root on chain.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const proveServiceRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}/services/{nodeIndex}',
  operationId: 'proveService',
  tags: ['consensus'],
  summary: 'A node’s uptime, latency and bandwidth with their proof',
  request: { params: scorePath, query: noQuery },
  responses: {
    200: jsonAnswer(serviceProof, 'The leaf, and the way from it to the root on chain.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const proveValidatorRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}/validators/{operator}',
  operationId: 'proveValidator',
  tags: ['consensus'],
  summary: 'A validator’s line with its proof',
  request: { params: seatPath, query: noQuery },
  responses: {
    200: jsonAnswer(validatorProof, 'The leaf, and the way from it to the root on chain.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const proveRewardRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}/rewards/{account}',
  operationId: 'proveReward',
  tags: ['consensus'],
  summary: 'What an account has earned, with its proof',
  request: { params: rewardPath, query: noQuery },
  responses: {
    200: jsonAnswer(rewardProof, 'Everything up to the root; `assay claim` takes it to the chain.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const provePenaltyRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}/penalties/{nodeId}',
  operationId: 'provePenalty',
  tags: ['consensus'],
  summary: 'What a node was charged, with its proof',
  request: { params: penaltyPath, query: noQuery },
  responses: {
    200: jsonAnswer(penaltyProof, 'Everything up to the root; `assay penalise` takes it to the chain.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

function mountRoots(app: App): void {
  app.openapi(listConsensusRoute, async (c) => json(c, await listConsensus(c.var.ports, c.req.valid('query'))));
  app.openapi(showConsensusRoute, async (c) => {
    const { detail, settled } = take(await showConsensus(c.var.ports, c.req.valid('param')));
    return json(c, detail, settled ? 'fixed' : 'live');
  });
  app.openapi(readLeavesRoute, async (c) => {
    const input = { ...c.req.valid('param'), query: c.req.valid('query') };
    const { body, rootHash } = take(await readLeaves(c.var.ports, input));
    const [data, size] = body instanceof Uint8Array ? [body, body.length] : [body.body, body.size];
    const headers = { 'content-type': 'application/json', 'content-length': String(size), 'cache-control': FOREVER_CACHING };
    // Weak: the lines follow from the root, their spelling does not.
    return c.body(data, 200, { ...headers, etag: `W/"${rootHash}"` });
  });
}

/** Lines under a final root never change. */
function mountLines(app: App): void {
  app.openapi(listScoresRoute, async (c) => {
    const input = { ...c.req.valid('param'), query: c.req.valid('query') };
    return json(c, take(await listScores(c.var.ports, input)), 'fixed');
  });
  app.openapi(proveScoreRoute, async (c) => json(c, take(await proveScore(c.var.ports, c.req.valid('param'))), 'fixed'));
  app.openapi(proveServiceRoute, async (c) => json(c, take(await proveService(c.var.ports, c.req.valid('param'))), 'fixed'));
  app.openapi(proveValidatorRoute, async (c) => json(c, take(await proveValidator(c.var.ports, c.req.valid('param'))), 'fixed'));
  app.openapi(proveRewardRoute, async (c) => json(c, take(await proveReward(c.var.ports, c.req.valid('param'))), 'fixed'));
  app.openapi(provePenaltyRoute, async (c) => json(c, take(await provePenalty(c.var.ports, c.req.valid('param'))), 'fixed'));
}

export function mountConsensus(app: App): void {
  mountRoots(app);
  mountLines(app);
  mountPeers(app);
  mountValidators(app);
}
