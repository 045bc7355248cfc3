import { duration } from '../terminal/duration.ts';
import { chart, cursorRange } from './chart.ts';
import { figureRows } from './figures-table.ts';
import { escaped, scriptData } from './html.ts';
import { script, style } from './page-assets.ts';
import type { ContenderStory, StoryData } from './story-data.ts';

/** The story as one self-contained page: no network, no other file. */
export function page(data: StoryData): string {
  const { parameters: p, contenders } = data;
  const most = scales(data);
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>One bad record: four ways to consume a stream</title>
<style>${style}</style>
</head>
<body>
<header>
<button id="theme" type="button" aria-pressed="false">Dark</button>
<p class="brand">Undam</p>
<h1>One bad record, ${p.watchedHours} hours, four ways to consume a stream</h1>
<p class="lead">${p.shards} Kinesis shards at ${p.recordsPerSecond} record a second each, a batching window of ${p.batchingWindowSeconds} s, ${p.retentionHours} h retention. After ${p.poisonAtHour} hours, a producer writes a record that can never be processed.</p>
</header>
<main>
<section aria-labelledby="compared">
<h2 id="compared">The result</h2>
${comparison(data)}
</section>
<section aria-labelledby="over-time">
<h2 id="over-time">Over time</h2>
<div role="tablist" aria-label="Ways to consume the stream">
${contenders.map(tab).join('\n')}
</div>
${contenders.map((story, index) => panel(story, index, p.watchedHours, most)).join('\n')}
</section>
</main>
<footer><p>Simulated by <code>npm run story</code> with the rules of Lambda's event source mapping that AWS documents or that were recorded on AWS. Two rules are assumed: the waits between retries (200 ms, doubled up to 60 s), and how far Lambda reads ahead of a blocked batch. The first two handlers process one record at a time, Powertools a whole batch at once, Undam up to ten records at once, in order per key: this is most of the difference in GB-seconds.</p></footer>
<script id="story" type="application/json">${scriptData(readouts(data))}</script>
<script>${script(cursorRange)}</script>
</body>
</html>
`;
}

function comparison(data: StoryData): string {
  const { contenders } = data;
  const heads = contenders.map(({ name, key }) => `<th scope="col" class="${key}">${escaped(name)}</th>`).join('');
  const rows = figureRows(data).map(({ label, cells }) => {
    const values = cells.map((cell, index) => `<td class="${contenders[index]!.key}">${escaped(cell)}</td>`).join('');
    return `<tr><th scope="row">${escaped(label)}</th>${values}</tr>`;
  });
  const caption = 'The same stream and the same business function under four set-ups';
  return `<div class="scroll" tabindex="0" role="region" aria-label="Comparison"><table><caption>${caption}</caption><thead><tr><td></td>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function tab({ key, name }: ContenderStory, index: number): string {
  const selected = index === 0;
  return `<button role="tab" type="button" id="tab-${key}" aria-controls="panel-${key}" aria-selected="${selected}" tabindex="${selected ? 0 : -1}">${escaped(name)}</button>`;
}

interface Scales {
  readonly ageMs: number;
  readonly passed: number;
}

function scales({ contenders }: StoryData): Scales {
  const samples = contenders.flatMap(({ shards }) => shards.flatMap((shard) => shard.samples));
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 1);
  return { ageMs: most(samples.map(({ ageMs }) => ageMs)), passed: most(samples.map(({ passed }) => passed)) };
}

function panel(story: ContenderStory, index: number, hours: number, most: Scales): string {
  const { key, name, summary, settings, shards, figures } = story;
  const set = Object.entries(settings).map(
    ([setting, value]) => `<dt>${escaped(setting)}</dt><dd>${escaped(value)}</dd>`,
  );
  const age = chart({
    id: `age-${key}`,
    title: `Iterator age under ${name}`,
    description: `The oldest waiting record was at most ${duration(figures.longestBlockMs)} old.`,
    shards,
    value: ({ ageMs }) => ageMs,
    most: most.ageMs,
    mark: (value) => (value === 0 ? '0' : duration(value)),
    hours,
  });
  const passed = chart({
    id: `passed-${key}`,
    title: `Checkpoints under ${name}`,
    description: `Records behind the checkpoint of each shard, ${most.passed.toLocaleString('en')} at most.`,
    shards,
    value: (sample) => sample.passed,
    most: most.passed,
    mark: (value) => Math.round(value).toLocaleString('en'),
    hours,
  });
  return `<div role="tabpanel" id="panel-${key}" aria-labelledby="tab-${key}" tabindex="0"${index === 0 ? '' : ' hidden'}>
<p>${escaped(summary)}</p>
${set.length > 0 ? `<dl>${set.join('')}</dl>` : '<p class="none">The mapping has AWS defaults.</p>'}
<p class="legend"><span class="key poisoned"></span> the shard of the bad record <span class="key healthy"></span> the other shards</p>
<div class="charts"><figure><figcaption>Iterator age</figcaption>${age}</figure><figure><figcaption>Records behind the checkpoint</figcaption>${passed}</figure></div>
<label for="time-${key}">Look at an hour</label>
<input type="range" id="time-${key}" data-contender="${key}" min="0" max="${(shards[0]?.samples.length ?? 1) - 1}" value="0">
<p class="readout" id="readout-${key}" aria-live="polite"></p>
${samplesTable(story)}
</div>`;
}

function samplesTable({ shards, name }: ContenderStory): string {
  const everyFour = shards[0]?.samples.filter((_, index) => index % 4 === 3) ?? [];
  const heads = shards.map(
    (shard) => `<th scope="col">${shortId(shard.shardId)}${shard.holdsPoison ? ' (bad record)' : ''}</th>`,
  );
  const rows = everyFour.map(({ atMs }) => {
    const cells = shards.map(({ samples }) => {
      const sample = samples.find((one) => one.atMs === atMs);
      return `<td>${sample ? `${duration(sample.ageMs)}, ${sample.passed.toLocaleString('en')}` : ''}</td>`;
    });
    return `<tr><th scope="row">${atMs / 3_600_000} h</th>${cells.join('')}</tr>`;
  });
  const caption = `Iterator age and records behind the checkpoint under ${name}, hour by hour`;
  return `<details><summary>The charts as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="Samples under ${escaped(name)}"><table><caption>${escaped(caption)}</caption><thead><tr><td></td>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div></details>`;
}

interface Readout {
  /** Position on the time axis, from 0 to 1. */
  readonly part: number;
  readonly text: string;
}

/** The page's text for each time of each contender. */
function readouts({
  contenders,
  parameters: { watchedHours },
}: StoryData): Readonly<Record<string, readonly Readout[]>> {
  const sentence = (story: ContenderStory, index: number): string => {
    const shards = story.shards.map(({ shardId, samples }) => {
      const sample = samples[index];
      return `${shortId(shardId)}: ${sample ? `${duration(sample.ageMs)}, ${sample.passed.toLocaleString('en')} passed` : 'nothing'}`;
    });
    return `After ${duration(story.shards[0]?.samples[index]?.atMs ?? 0)}: ${shards.join('; ')}.`;
  };
  const all = (story: ContenderStory): Readout[] =>
    (story.shards[0]?.samples ?? []).map(({ atMs }, index) => ({
      part: atMs / (watchedHours * 3_600_000),
      text: sentence(story, index),
    }));
  return Object.fromEntries(contenders.map((story) => [story.key, all(story)]));
}

function shortId(shardId: string): string {
  return `shard ${Number(shardId.slice(-12))}`;
}
