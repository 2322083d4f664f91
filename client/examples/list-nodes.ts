// Every node of the network with its score, a hundred at a time.
import { createClient, pages, type AssayOptions } from '../index.ts';

export async function listNodes(options: AssayOptions): Promise<string[]> {
  const api = createClient(options);
  const lines: string[] = [];
  for await (const nodes of pages((at) => api.GET('/v1/nodes', { params: { query: { limit: 100, ...at } } }))) {
    for (const { id, verdict } of nodes) lines.push(`${id} ${verdict === null ? 'unproven' : String(verdict.scorePpm)}`);
  }
  return lines;
}
