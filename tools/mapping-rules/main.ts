/** Prints the rules of the mapping, each with its basis; `--write` writes the page under `docs/`. */
import { writeFileSync } from 'node:fs';
import { pagePath, rulesPage, summaryOfRules } from './page.ts';

const [option, ...others] = process.argv.slice(2);
if (others.length > 0 || (option !== undefined && option !== '--write')) {
  console.error('npm run rules -- [--write]\n\nPrints the rules of the mapping, each documented, recorded or assumed.');
  process.exitCode = 2;
} else if (option === '--write') {
  writeFileSync(pagePath, rulesPage());
  console.log(`${pagePath}: ${summaryOfRules()}`);
} else {
  console.log(rulesPage());
  console.log(summaryOfRules());
}
