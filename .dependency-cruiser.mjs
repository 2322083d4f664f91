// The import rule of the project: imports point inward.
//
//   protocol ← schema ← chain ← workers/services ← workers/entries
//
// Each rule below says what a folder may import; everything else inside the repository is refused. Checked by
// `npm test -- imports`, and test/unit/house/import-rule.test.ts proves that a planted outward import fails.

const inside = '^(protocol|schema|chain|workers|gpu-runners|contracts|local|cli|client|test|bench)/';

/**
 * "Files under `from` may import only files that match one of `allowed`", over the repository's own files.
 * @param {string} name @param {string} comment @param {string | string[]} from @param {string[]} allowed
 * @returns {import('dependency-cruiser').IForbiddenRuleType}
 */
const onlyOwn = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: inside, pathNot: allowed },
});

/**
 * "Files under `from` may import only these packages", types included. Node's own modules count as packages.
 * @param {string} name @param {string} comment @param {string | string[]} from @param {string[]} packages
 * @returns {import('dependency-cruiser').IForbiddenRuleType}
 */
const onlyPackages = (name, comment, from, packages) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: {
    dependencyTypesNot: ['local', 'aliased', 'localmodule'],
    pathNot: [inside, ...packages.map((id) => `(^|node_modules/)${id}(/|$)`)],
  },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    onlyOwn('protocol-is-pure', 'protocol/ imports nothing of ours outside itself.', '^protocol/', ['^protocol/']),
    onlyPackages('protocol-packages', 'protocol/ uses hash and curve libraries only.', '^protocol/', ['@noble/[^/]+']),
    onlyOwn('schema-inward', 'schema/ imports protocol/ only.', '^schema/', ['^schema/', '^protocol/']),
    onlyPackages('schema-packages', 'schema/ uses zod and drizzle only.', '^schema/', ['zod', 'drizzle-orm', '@noble/[^/]+']),
    onlyOwn('chain-inward', 'chain/ imports schema/ and protocol/ only.', '^chain/', ['^chain/', '^schema/', '^protocol/']),
    onlyPackages('chain-packages', 'chain/ uses viem, and runs everywhere.', '^chain/', ['viem', 'zod', '@noble/[^/]+']),
    onlyOwn('services-inward', 'Services know their ports, never adapters, entries or pages.', '^workers/services/', [
      '^workers/(services/|ports\\.ts$|limits\\.ts$|errors\\.ts$)',
      '^(protocol|schema|chain)/',
    ]),
    onlyPackages('services-packages', 'Services are free of transports and of storage libraries.', '^workers/services/', [
      '@noble/[^/]+',
      'zod',
      'viem',
      'ipaddr\\.js',
    ]),
    onlyOwn(
      'adapters-inward',
      'An adapter is the real side of a port; it knows ports, tables and the parsed configuration.',
      '^workers/adapters/',
      [
        '^workers/(adapters/|services/|ports\\.ts$|limits\\.ts$|errors\\.ts$|env\\.ts$|config\\.ts$)',
        '^(protocol|schema|chain)/',
      ],
    ),
    onlyOwn('web-inward', 'Pages and routes call services; they know no adapter and no entry.', '^workers/web/', [
      '^workers/(web/|services/|ports\\.ts$|limits\\.ts$|errors\\.ts$|env\\.ts$|compose(\\.ts$|/))',
      '^(protocol|schema|chain)/',
    ]),
    onlyOwn(
      'entries-inward',
      'Entries parse and call services; only entries/http.ts mounts the web routes.',
      '^workers/entries/',
      [
        '^workers/(entries/|services/|ports\\.ts$|limits\\.ts$|errors\\.ts$|env\\.ts$|compose(\\.ts$|/))',
        '^workers/web/',
        '^(protocol|schema|chain)/',
      ],
    ),
    {
      name: 'web-mounted-by-http-only',
      comment: 'entries and web do not import one another sideways: entries/http.ts mounts the routes, nothing else.',
      severity: 'error',
      from: { path: '^workers/entries/', pathNot: '^workers/entries/http\\.ts$' },
      to: { path: '^workers/web/' },
    },
    {
      name: 'compose-owns-adapters',
      comment: 'workers/compose.ts and compose/ are the only importers of adapters, but for tests.',
      severity: 'error',
      from: { pathNot: '^(workers/compose(\\.ts$|/)|workers/adapters/|test/(unit|workerd|system)/)' },
      to: { path: '^workers/adapters/' },
    },
    onlyOwn('worker-inward', 'The Worker imports nothing that is not deployed.', '^workers/', [
      '^workers/',
      '^(protocol|schema|chain)/',
    ]),
    {
      name: 'worker-no-node',
      comment: 'The Worker and what it is built from use web standards, not modules of Node.',
      severity: 'error',
      from: { path: '^(protocol|schema|chain|workers)/' },
      to: { dependencyTypes: ['core'] },
    },
    onlyOwn(
      'runner-inward',
      'A runner shares protocol, wire formats and chain reads; it never sees the Worker.',
      '^gpu-runners/',
      ['^gpu-runners/', '^(protocol|chain)/', '^schema/(wire|policy)/', '^schema/values'],
    ),
    onlyOwn('cli-inward', 'The command line uses protocol, schema, chain and the public API.', '^cli/', [
      '^cli/',
      '^(protocol|schema|chain)/',
    ]),
    onlyOwn(
      'client-alone',
      'The client is what others install: it knows the API by its generated types only.',
      ['^client/'],
      ['^client/'],
    ),
    onlyPackages(
      'client-packages',
      'The client uses openapi-fetch; what generates and builds it may use the tools.',
      '^client/(?!(generate|build)\\.ts$)',
      ['openapi-fetch'],
    ),
    {
      name: 'nothing-imports-local',
      comment: 'The embedded network serves `npm start`, system tests and bench; no deployed code knows it.',
      severity: 'error',
      from: { pathNot: '^(local|bench|test/(system|browser|simulation|unit))/|^test/campaign\\.ts$' },
      to: { path: '^local/' },
    },
    {
      name: 'nothing-imports-test-or-bench',
      comment: 'Tests and measurements are leaves (a bench may use test vectors and helpers).',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-circular',
      comment: 'A cycle means that two files are one, or that a third is missing.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that imports nothing is left over.',
      severity: 'error',
      from: {
        orphan: true,
        path: inside,
        // The browser's scripts are entries of the bundles that local/scripts.ts makes.
        pathNot: ['^test/', '\\.d\\.ts$', '/main\\.ts$', '\\.mjs$', '^schema/policy/', '^schema/abi/', '^workers/web/browser/'],
      },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'An import that cannot be resolved escapes every other rule (cloudflare:* exists in workerd only).',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^cloudflare:' },
    },
    {
      name: 'declared',
      comment: 'Only packages that package.json names may be imported.',
      severity: 'error',
      from: { path: inside },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], pathNot: '^cloudflare:' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Only our own build output: an unanchored `dist/` would hide every package that keeps its code in such a folder.
    exclude: { path: '^(gpu-runners/)?(dist|\\.cache|\\.wrangler)/|^contracts/(out|cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['workerd', 'import', 'types', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
