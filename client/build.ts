// `node client/build.ts [folder]` makes what the package exports as `assay/client`: one module and its types. Run before the package is packed.
import { build } from 'esbuild';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const folder = dirname(fileURLToPath(import.meta.url));

/** Types of index.ts and of what it imports, with the names that the module's files have once they are built. */
function writeTypes(outDir: string): void {
  const options: ts.CompilerOptions = {
    ...{ declaration: true, emitDeclarationOnly: true, strict: true, skipLibCheck: true, outDir, rootDir: folder, types: [] },
    ...{ allowImportingTsExtensions: true, exactOptionalPropertyTypes: true, verbatimModuleSyntax: true },
    ...{ target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
    lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  };
  const program = ts.createProgram([join(folder, 'index.ts')], options);
  const { diagnostics } = program.emit();
  const found = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (found.length > 0)
    throw new Error(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n'));
  for (const name of readdirSync(outDir).filter((file) => file.endsWith('.d.ts'))) {
    const path = join(outDir, name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(from '\.\/\w+)\.ts'/g, "$1.js'"));
  }
}

/** Writes `index.js` and the `.d.ts` files; openapi-fetch stays an import. */
export async function buildClient(outDir: string): Promise<void> {
  mkdirSync(outDir, { recursive: true });
  await build({
    entryPoints: [join(folder, 'index.ts')],
    outfile: join(outDir, 'index.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['openapi-fetch'],
    legalComments: 'none',
    logLevel: 'silent',
  });
  writeTypes(outDir);
}

if (argv[1] === fileURLToPath(import.meta.url)) await buildClient(argv[2] ?? join(folder, 'dist'));
