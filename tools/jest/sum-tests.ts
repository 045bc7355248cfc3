import { readFile } from 'node:fs/promises';
import { type JestReport, sumReports } from './test-sum.ts';

const files = process.argv.slice(2);
try {
  const reports = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as JestReport));
  const { line, sound } = sumReports(reports);
  console.log(line);
  process.exitCode = sound ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
