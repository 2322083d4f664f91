// A whole epoch of the network in one request, read line by line as it comes.
import { createClient, type AssayOptions } from '../index.ts';

/** The lines of the export, the header first. Nothing holds the whole of it in memory. */
export async function* readExport(options: AssayOptions, epoch: number): AsyncGenerator<unknown, void, undefined> {
  const api = createClient(options);
  const answer = await api.GET('/v1/consensus/{epoch}/export', { params: { path: { epoch } }, parseAs: 'stream' });
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of answer.data ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}
