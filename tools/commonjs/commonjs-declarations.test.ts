import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { WorkspacePackage } from '../workspace.ts';
import { specifiersOf, writeDeclarations } from './commonjs-declarations.ts';
import { ModulePlaces } from './module-places.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'declarations-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Writes files, and copies the declarations that `one/dist/index.d.ts` reaches. */
async function copied(files: Readonly<Record<string, string>>): Promise<(file: string) => string> {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const one: WorkspacePackage = {
    folder: join(folder, 'one'),
    manifest: { name: 'one', dependencies: { two: '*', dep: '*' } },
  };
  const exports = { './part': { types: './dist/part.d.ts' } };
  const two: WorkspacePackage = { folder: join(folder, 'two'), manifest: { name: 'two', exports } };
  const entry = join(folder, 'one/dist/index.d.ts');
  const outdir = join(folder, 'out');
  await writeDeclarations([entry], one, [two], new ModulePlaces(one, [two]), outdir);
  return (file) => readFileSync(join(outdir, file), 'utf8');
}

test('declarations name their copies, of other packages here, too', async () => {
  const read = await copied({
    'one/dist/index.d.ts': "export { A } from './deep/a.ts';\n//# sourceMappingURL=index.d.ts.map",
    'one/dist/deep/a.d.ts':
      "import type { B } from 'two/part';\nexport type A = B | typeof import('dep/x') | import('node:fs').Stats;",
    'two/dist/part.d.ts': "export { B } from './b.ts';",
    'two/dist/b.d.ts': 'export type B = 1;',
  });
  expect(read('index.d.ts')).toBe("export { A } from './deep/a.ts';\n");
  expect(read('deep/a.d.ts')).toContain("from '../two/part.ts'");
  expect(read('two/part.d.ts')).toContain("from './b.ts'");
  expect(read('two/b.d.ts')).toBe('export type B = 1;');
});

test('types of a package that users need not have are refused', async () => {
  const index = "import type { C } from '@scope/peer';\nexport type A = C;";
  await expect(copied({ 'one/dist/index.d.ts': index })).rejects.toThrow('dependencies of one alone, got @scope/peer');
});

test('comments name no modules', () => {
  expect(specifiersOf("/**\n * import a from 'b';\n */\nimport c from 'd';\n// from 'e'\n")).toEqual(['d']);
});
