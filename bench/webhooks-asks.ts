// What the measure of webhooks asks of its Worker.
export type MakeAsk = { readonly count: number; readonly url: string };
export type BurstAsk = { readonly name: string; readonly events: number };
