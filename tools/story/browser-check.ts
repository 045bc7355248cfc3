/** Opens the story page in a real browser, uses it, and takes screenshots: `npm run test:browser`. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { root } from '../repo/workspace.ts';

const folder = join(root, '.cache/story');
const file = process.argv[2] ?? join(folder, 'story.html');
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let passed = 0;
let failed = 0;

function check(title: string, isTrue: boolean, more = ''): void {
  if (isTrue) passed++;
  else failed++;
  console.log(`${isTrue ? 'ok' : 'FAILED'}  ${title}${isTrue || more === '' ? '' : `: ${more}`}`);
}

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', process.env.CHROMIUM ?? ''].find((path) =>
  existsSync(path),
);
if (!executablePath) {
  console.error('expected Chromium: install it (apt-get install -y chromium), or name it in CHROMIUM');
  process.exit(2);
}
if (!existsSync(file)) {
  console.error(`expected a page at ${file}: run npm run story first`);
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  await look('light', { colorScheme: 'light', viewport: { width: 1_280, height: 900 } }, useIt);
  await look('dark', { colorScheme: 'dark', viewport: { width: 1_280, height: 900 } });
  await look('narrow', { colorScheme: 'light', viewport: { width: 360, height: 740 } }, noOverflow);
} finally {
  await browser.close();
}
console.log(`\n${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;

async function look(name: string, options: BrowserContextOptions, use?: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const troubles: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  await use?.(page);
  check(
    `${name}: nothing but the page itself is asked for`,
    requests.filter((url) => !/^(file|data):/.test(url)).length === 0,
  );
  check(`${name}: no errors on the console`, troubles.length === 0, troubles.join('; '));
  const violations = await violationsOf(page);
  check(`${name}: axe finds nothing`, violations.length === 0, violations.join('; '));
  await context.close();
}

async function violationsOf(page: Page): Promise<string[]> {
  const answer = await page.evaluate(
    `(() => { ${axe}; return axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' at ' + nodes.map((node) => node.target).join(', '))) })()`,
  );
  return answer as string[];
}

async function useIt(page: Page): Promise<void> {
  const tabs = page.getByRole('tab');
  check('there are four tabs', (await tabs.count()) === 4);
  for (const tab of await tabs.all()) {
    await tab.click();
    const name = await tab.textContent();
    check(
      `a click shows ${name}`,
      (await page.getByRole('tabpanel').getAttribute('aria-labelledby')) === (await tab.getAttribute('id')),
    );
  }
  await tabs.first().click();
  await page.keyboard.press('ArrowLeft');
  check('an arrow key goes round to the last tab', (await tabs.last().getAttribute('aria-selected')) === 'true');
  const range = page.getByRole('slider');
  const before = await page.locator('.readout:visible').textContent();
  await range.focus();
  for (let press = 0; press < 40; press++) await page.keyboard.press('ArrowRight');
  const after = await page.locator('.readout:visible').textContent();
  check(
    'the cursor moves by keyboard and tells the time',
    before !== after && /^After 10 h/.test(after ?? ''),
    after ?? '',
  );
  await page.getByText('The charts as a table').locator('visible=true').click();
  check('the charts are there as a table', await page.getByRole('table', { name: /hour by hour/ }).isVisible());
  const theme = page.getByRole('button', { name: 'Dark' });
  await theme.click();
  check('the theme can be turned', (await theme.getAttribute('aria-pressed')) === 'true');
}

async function noOverflow(page: Page): Promise<void> {
  const [content, width] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
    number,
    number,
  ];
  check('nothing overflows at 360 pixels', content <= width, `${content} of ${width}`);
}
