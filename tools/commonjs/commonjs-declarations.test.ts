import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { specifiersOf, writeDeclarations } from './commonjs-declarations.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'declarations-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Writes files, and copies the declarations that `index.d.ts` and `part.d.ts` reach. */
async function copied(files: Readonly<Record<string, string>>): Promise<(file: string) => string> {
  for (const [file, text] of Object.entries({ 'part.d.ts': '', ...files })) {
    const path = join(folder, 'dist', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const manifest = { name: 'one', dependencies: { dep: '*' }, peerDependencies: { '@scope/peer': '*' } };
  const entries = ['index.d.ts', 'part.d.ts'].map((file) => join(folder, 'dist', file));
  const outdir = join(folder, 'out');
  await writeDeclarations(entries, { folder, manifest }, outdir);
  return (file) => readFileSync(join(outdir, file), 'utf8');
}

test('declarations are copied as they stand, with all that they reach', async () => {
  const read = await copied({
    'index.d.ts': "export { A } from './deep/a.ts';\n//# sourceMappingURL=index.d.ts.map",
    'deep/a.d.ts': "export type A = typeof import('dep/x') | import('node:fs').Stats | import('./b.ts').B;",
    'deep/b.d.ts': 'export type B = 1;',
  });
  expect(read('index.d.ts')).toBe("export { A } from './deep/a.ts';\n");
  expect(read('deep/a.d.ts')).toContain("import('./b.ts').B");
  expect(read('deep/b.d.ts')).toBe('export type B = 1;');
});

test('a peer may be named by an entry that is for those who have it, and not by the root', async () => {
  const usesPeer = "import type { C } from '@scope/peer';\nexport type A = C;";
  const read = await copied({ 'index.d.ts': '', 'part.d.ts': usesPeer });
  expect(read('part.d.ts')).toBe(usesPeer);
  await expect(copied({ 'index.d.ts': usesPeer })).rejects.toThrow('expected types of dep alone, got @scope/peer');
});

test('types of any other package are refused', async () => {
  const index = "import type { C } from '@scope/other';\nexport type A = C;";
  await expect(copied({ 'index.d.ts': index })).rejects.toThrow('expected types of dep alone, got @scope/other');
  await expect(copied({ 'index.d.ts': '', 'part.d.ts': index })).rejects.toThrow('dep, @scope/peer alone, got');
});

test('comments name no modules', () => {
  expect(specifiersOf("/**\n * import a from 'b';\n */\nimport c from 'd';\n// from 'e'\n")).toEqual(['d']);
});
