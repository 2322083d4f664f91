// What the runner says while it runs: one event a line, as plain words or as JSON. Fields are public facts (hashes, times,
// counts, reasons); keys, signatures and bodies are never passed in.

export type Fields = Readonly<Record<string, string | number | boolean>>;
export type Log = (event: string, fields?: Fields) => void;

/** Writes lines through `write`; in plain form as `event  name=value …`, both with the time first. */
export function createLog(form: 'json' | 'plain', write: (line: string) => void, now: () => number): Log {
  return (event, fields = {}) => {
    const time = new Date(now()).toISOString();
    if (form === 'json') write(JSON.stringify({ time, event, ...fields }));
    else write([time, event, ...Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`)].join('  '));
  };
}
