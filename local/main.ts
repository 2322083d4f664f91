// `npm start`: the whole network on this machine. Nothing is left behind, however it ends.
import { createServer } from 'node:net';
import process from 'node:process';
import { tell } from '../schema/api/event-words.ts';
import { listenToAlerts, type Alerts } from './alerts.ts';
import { LocalError } from './errors.ts';
import { FIRST_EPOCH, LOOPBACK } from './limits.ts';
import { startNetwork, type Network } from './network.ts';
import { nameText } from './picture.ts';
import { readOptions, type Options } from './options.ts';
import type { Processes } from './processes.ts';
import { openScreen, type Screen } from './screen.ts';
import { usualFindings, type Finding } from './findings.ts';
import { summaryJson, summaryText } from './summary-text.ts';
import { summarize } from './summary.ts';
import type { View } from './view.ts';
import { untilSlashed, watch } from './watch.ts';

/** Different lines of the Worker's that are shown; a broken one must not flood the screen. */
const LINES_SAID_MAX = 200;
const PIPE_EXIT = 141;
/** One ctrl-C or `timeout` may reach us twice: from the process group and from npm or the launcher, which pass signals on. */
const SAME_SIGNAL_MS = 300;
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The first signal asks for an orderly stop, a second one ends everything at once. */
function signals(onFirst: () => void): { aborted: AbortSignal; exitCode: () => number; onForce: (processes: Processes) => void } {
  const controller = new AbortController();
  let code = 0;
  let firstAt = 0;
  let force: () => void = () => undefined;
  const stop = (exitCode: number): void => {
    code = exitCode;
    firstAt = performance.now();
    onFirst();
    controller.abort();
  };
  for (const [name, exitCode] of Object.entries(SIGNAL_EXIT)) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        stop(exitCode);
        return;
      }
      if (performance.now() - firstAt < SAME_SIGNAL_MS) return;
      force();
      process.exit(exitCode);
    });
  }
  // Whoever read our output has gone, as in `npm start | head`.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {
      if (!controller.signal.aborted) stop(PIPE_EXIT);
    });
  }
  return { aborted: controller.signal, exitCode: () => code, onForce: (processes) => (force = processes.killNow) };
}

async function assertPortFree(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const cause = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code ?? error.message})`;
      const mend = `stop what uses it, or name another: npm start -- --port ${String(port === 65_535 ? 8788 : port + 1)}`;
      reject(new LocalError(`Port ${String(port)} ${cause}.\n  Mend: ${mend}`, 2));
    });
    server.listen(port, LOOPBACK, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

function greeting(screen: Screen, { url, anvil, client, fleet, validators }: Network, { epochs, scenario }: Options): void {
  const named = fleet.nodes.map(({ plan }, index) => ({
    honest: plan.behaviour === 'honest',
    label: `${String(index)} ${plan.name}`,
  }));
  const dishonest = named.filter(({ honest }) => !honest).map(({ label }) => label);
  if (scenario !== null) screen.say(`Scenario      ${scenario.name}: ${scenario.text}`);
  screen.say(`Page and API  ${url}`);
  screen.say(`Chain         ${anvil.url}, registry ${client.registry}`);
  screen.say(`Validators    ${validators.map((one) => `${nameText(one)} ${one.url}`).join('\n              ')}`);
  screen.say(`Nodes         0 to ${String(fleet.nodes.length - 1)}, of which dishonest: ${dishonest.join(', ') || 'none'}`);
  if (epochs === null) {
    const flags = `--epoch ${String(FIRST_EPOCH)} --consensus --api ${url} --rpc ${anvil.url} --registry ${client.registry}`;
    screen.say(`When epoch ${String(FIRST_EPOCH)} is final (in about two minutes), check it from another terminal:`);
    screen.say(`  npm run assay -- verify ${flags}`);
  }
  screen.say('Stop with ctrl-C.\n');
}

/** The Worker's own lines, each once: a trouble that lasts is repeated every slot. */
function workerLines(screen: Screen): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (said.size < LINES_SAID_MAX && !said.has(line)) screen.say(line);
    said.add(line);
  };
}

/** Shows each alert as it arrives, verified, at an endpoint of this terminal's own. */
async function showAlerts(screen: Screen, { gateway }: Network, signal: AbortSignal): Promise<Alerts | null> {
  if (gateway === null) return null;
  let said = 0;
  const say = (line: string): void => {
    if (++said <= LINES_SAID_MAX) screen.say(line);
  };
  const alerts = await listenToAlerts(gateway, {
    onEvent: (item) => say(`webhook ${item.type}: ${tell(item).text}`),
    onRefused: (why) => say(`webhook refused: ${why}`),
    signal,
  });
  screen.say(`API key       ${alerts.key} (audits, webhooks; gone with this network)`);
  return alerts;
}

async function run(options: Options): Promise<number> {
  const screen = openScreen(options.json ? process.stderr : process.stdout);
  const stop = signals(() => screen.say('Stopping …'));
  await assertPortFree(options.port);
  screen.say('Starting chain, beacon, nodes, validators and gateway …');
  let network: Network | undefined;
  let alerts: Alerts | null = null;
  try {
    network = await startNetwork({ ...options, signal: stop.aborted, onLog: workerLines(screen), onProcesses: stop.onForce });
    greeting(screen, network, options);
    alerts = await showAlerts(screen, network, stop.aborted);
    await follow(options, network, stop.aborted, (view) => screen.show(view));
    screen.close();
    if (stop.aborted.aborted || options.epochs === null) return stop.exitCode();
    return await report(options, network, alerts);
  } catch (error) {
    if (stop.aborted.aborted) return stop.exitCode();
    throw error;
  } finally {
    await alerts?.stop();
    await network?.stop();
  }
}

/** Watches until enough epochs have a root and every expected slash is taken, while the scenario does its part. */
async function follow(
  { epochs, scenario }: Options,
  network: Network,
  signal: AbortSignal,
  onView: (view: View) => void,
): Promise<void> {
  const acted = scenario?.act?.(network, signal);
  await Promise.all([acted, watch(network, { epochs, until: 'root', signal, onView })]);
  if (epochs !== null && scenario !== null) await untilSlashed(network, scenario.slashes, signal);
}

/** Alerts arrive, and none that was not signed right. */
function alertFinding({ verified, refused }: ReturnType<Alerts['counts']>): Finding {
  const counts = [...verified].map(([type, count]) => `${type} ${String(count)}`);
  const found = [...counts, ...(refused === 0 ? [] : [`${String(refused)} refused`])].join(', ');
  return {
    text: 'alerts arrive, each signed right',
    found: found === '' ? 'none' : found,
    ok: verified.size > 0 && refused === 0,
  };
}

/** Prints what came of it. @returns 0 if all is as it should be */
async function report({ json, scenario }: Options, network: Network, alerts: Alerts | null): Promise<number> {
  const summary = await summarize(network, FIRST_EPOCH);
  const of = scenario === null ? usualFindings(summary) : scenario.findings(summary);
  const findings = alerts === null ? of : [...of, alertFinding(alerts.counts())];
  const text = summaryText(summary, findings);
  if (json) process.stderr.write(`${text}\n`);
  process.stdout.write(`${json ? summaryJson(summary, findings) : text}\n`);
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (typeof options !== 'string') return await run(options);
    process.stdout.write(options);
    return 0;
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    process.stderr.write(`assay: ${error.message}\n`);
    return error.exitCode;
  }
}

// The exit is ours to force: a library's idle handle must not keep a finished run alive.
process.exit(await main(process.argv.slice(2)));
