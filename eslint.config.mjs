// Type-aware lint without warnings: everything below is an error. Formatting is prettier's alone.
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** protocol/ computes what two parties must compute alike: time, entropy and I/O are arguments, never reached for. */
const impureGlobals = [
  ...[
    'Date',
    'performance',
    'crypto',
    'fetch',
    'setTimeout',
    'setInterval',
    'queueMicrotask',
    'process',
    'console',
    'globalThis',
  ],
  ...['Temporal', 'Intl', 'WebAssembly', 'Worker', 'navigator', 'Buffer'],
].map((name) => ({ name, message: 'protocol/ is pure: take it as an argument.' }));

const impureSyntax = [
  { selector: ':function[async=true]', message: 'protocol/ is synchronous: let the caller await.' },
  { selector: 'AwaitExpression', message: 'protocol/ is synchronous: let the caller await.' },
  { selector: 'NewExpression[callee.name="Promise"]', message: 'protocol/ is synchronous: let the caller await.' },
  {
    selector: 'MemberExpression[object.name="Math"][property.name="random"]',
    message: 'protocol/ is pure: entropy is an argument.',
  },
  {
    selector:
      'MemberExpression[object.name="Math"][property.name=/^(sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|exp|expm1|pow|log|log2|log10|log1p|cbrt|hypot)$/]',
    message: 'Transcendental functions differ between engines: two parties would not compute alike. Use integers or sqrt.',
  },
];

const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' };

export default defineConfig([
  globalIgnores([
    '**/dist/',
    '.cache/',
    '.assay/',
    '.wrangler/',
    'contracts/out/',
    'contracts/cache/',
    'contracts/src/',
    'contracts/test/',
    // generated from the contracts
    'schema/abi/',
    // generated from the API's routes
    'client/schema.ts',
  ]),
  {
    files: ['**/*.ts', '**/*.mjs'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-param-reassign': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', noDefaultExport],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Numbers and bigints in messages are what messages are for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => child.kill()` as a handler reads better than a block.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `type` where a shape is a union's member or a mapped type, `interface` elsewhere: both read well.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // An index signature must be read with brackets (tsconfig: noPropertyAccessFromIndexSignature).
      '@typescript-eslint/dot-notation': 'off',
      // A port may be async where one of its sides has nothing to await.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ['protocol/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-syntax': ['error', noDefaultExport, ...impureSyntax],
    },
  },
  {
    // What a tool or a runtime reads must be a default export.
    files: ['*.config.{ts,mjs}', '.dependency-cruiser.mjs', 'workers/index.ts', 'local/**/*.worker.ts', 'test/workerd/**/*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Programs for a terminal may print, and so may the Worker's entries: their log is the operator's terminal.
    files: [
      'workers/entries/**',
      'workers/index.ts',
      'local/**',
      'cli/**',
      'bench/**',
      'gpu-runners/**',
      'test/**',
      '*.mjs',
      'contracts/*.mjs',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts', '**/*.test.ts'],
    rules: {
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  {
    // Plain JavaScript: tsc checks its JSDoc types; the lint's type rules do not understand JSDoc casts.
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-undef': 'off', '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
]);
