// The routes of the network's part: roots, scores, proofs, validators, faults, and what validators read from one another.
import {
  addressParam,
  consensusQuery,
  epochParam,
  faultsQuery,
  hashParam,
  leavesQuery,
  nodeIndexParam,
  noQuery,
  scoresQuery,
} from '../../../schema/api/requests.ts';
import { tellable } from '../../../schema/wire/network.ts';
import { listConsensus } from '../../services/views/list-consensus.ts';
import { listFaults, showFault } from '../../services/views/list-faults.ts';
import { listScores } from '../../services/views/list-scores.ts';
import { listValidators } from '../../services/views/list-validators.ts';
import { readLeaves } from '../../services/views/read-leaves.ts';
import { showConsensus } from '../../services/views/show-consensus.ts';
import { provePenalty, proveReward, proveScore, proveService, proveValidator } from '../../services/views/show-proof.ts';
import { showValidator } from '../../services/views/show-validator.ts';
import { tellObjections, tellReport, tellReportSet, tellStatements } from '../../services/views/tell-peers.ts';
import { FOREVER_CACHING, PEER_CACHING } from '../caching.ts';
import { json } from '../json.ts';
import { take } from '../problem.ts';
import { pathValue, queryValue, type App, type WebContext } from '../request.ts';

const epochOf = (c: WebContext) => pathValue(c, 'epoch', epochParam);

function mountRoots(app: App): void {
  app.get('/v1/consensus', async (c) => json(c, await listConsensus(c.var.ports, queryValue(c, consensusQuery))));
  app.get('/v1/consensus/:epoch', async (c) => {
    queryValue(c, noQuery);
    const { detail, settled } = take(await showConsensus(c.var.ports, { epoch: epochOf(c) }));
    return json(c, detail, settled ? 'fixed' : 'live');
  });
  app.get('/v1/consensus/:epoch/leaves', async (c) => {
    const input = { epoch: epochOf(c), query: queryValue(c, leavesQuery) };
    const { body, rootHash } = take(await readLeaves(c.var.ports, input));
    const [data, size] = body instanceof Uint8Array ? [body, body.length] : [body.body, body.size];
    const headers = { 'content-type': 'application/json', 'content-length': String(size), 'cache-control': FOREVER_CACHING };
    // Weak: the lines follow from the root, their spelling does not.
    return c.body(data, 200, { ...headers, etag: `W/"${rootHash}"` });
  });
}

/** Lines under a final root never change. */
function mountLines(app: App): void {
  app.get('/v1/consensus/:epoch/scores', async (c) => {
    const input = { epoch: epochOf(c), query: queryValue(c, scoresQuery) };
    return json(c, take(await listScores(c.var.ports, input)), 'fixed');
  });
  app.get('/v1/consensus/:epoch/scores/:nodeIndex', async (c) => {
    queryValue(c, noQuery);
    const input = { epoch: epochOf(c), nodeIndex: pathValue(c, 'nodeIndex', nodeIndexParam) };
    return json(c, take(await proveScore(c.var.ports, input)), 'fixed');
  });
  app.get('/v1/consensus/:epoch/services/:nodeIndex', async (c) => {
    queryValue(c, noQuery);
    const input = { epoch: epochOf(c), nodeIndex: pathValue(c, 'nodeIndex', nodeIndexParam) };
    return json(c, take(await proveService(c.var.ports, input)), 'fixed');
  });
  app.get('/v1/consensus/:epoch/validators/:operator', async (c) => {
    queryValue(c, noQuery);
    const input = { epoch: epochOf(c), operator: pathValue(c, 'operator', addressParam) };
    return json(c, take(await proveValidator(c.var.ports, input)), 'fixed');
  });
  app.get('/v1/consensus/:epoch/rewards/:account', async (c) => {
    queryValue(c, noQuery);
    const input = { epoch: epochOf(c), account: pathValue(c, 'account', addressParam) };
    return json(c, take(await proveReward(c.var.ports, input)), 'fixed');
  });
  app.get('/v1/consensus/:epoch/penalties/:nodeId', async (c) => {
    queryValue(c, noQuery);
    const input = { epoch: epochOf(c), nodeId: pathValue(c, 'nodeId', hashParam) };
    return json(c, take(await provePenalty(c.var.ports, input)), 'fixed');
  });
}

/** What changes while rounds run is kept for a second: a round is a few seconds long. */
function mountPeers(app: App): void {
  const told = (c: WebContext, value: object): Response =>
    c.json(tellable(value) as object, 200, { 'cache-control': PEER_CACHING });
  app.get('/v1/consensus/:epoch/statements', async (c) => {
    queryValue(c, noQuery);
    return told(c, take(await tellStatements(c.var.ports, { epoch: epochOf(c) })));
  });
  app.get('/v1/consensus/:epoch/objections', async (c) => {
    queryValue(c, noQuery);
    return told(c, take(await tellObjections(c.var.ports, { epoch: epochOf(c) })));
  });
  app.get('/v1/report-sets/:hash', async (c) => {
    queryValue(c, noQuery);
    return json(c, take(await tellReportSet(c.var.ports, { hash: pathValue(c, 'hash', hashParam) })), 'fixed');
  });
  app.get('/v1/epochs/:epoch/report', async (c) => {
    queryValue(c, noQuery);
    const { told: report, posted } = take(await tellReport(c.var.ports, { epoch: epochOf(c) }));
    return json(c, report, posted ? 'fixed' : 'live');
  });
}

export function mountConsensus(app: App): void {
  mountRoots(app);
  mountLines(app);
  mountPeers(app);
  app.get('/v1/validators', async (c) => {
    queryValue(c, noQuery);
    return json(c, await listValidators(c.var.ports));
  });
  app.get('/v1/validators/:operator', async (c) => {
    queryValue(c, noQuery);
    return json(c, take(await showValidator(c.var.ports, { operator: pathValue(c, 'operator', addressParam) })));
  });
  app.get('/v1/faults', async (c) => json(c, await listFaults(c.var.ports, queryValue(c, faultsQuery))));
  app.get('/v1/faults/:faultKey', async (c) => {
    queryValue(c, noQuery);
    return json(c, take(await showFault(c.var.ports, { faultKey: pathValue(c, 'faultKey', hashParam) })));
  });
}
