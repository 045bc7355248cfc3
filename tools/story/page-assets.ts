const light =
  '--ground:#fbfaf7;--panel:#ffffff;--ink:#1d2329;--quiet:#545d66;--line:#d9d6cd;--accent:#0b6b5d;--accent-ground:#e4f2ee;--bad:#b3261e;--other:#5b7fa6;--focus:#0b57d0';
const dark =
  '--ground:#14181c;--panel:#1c2228;--ink:#e9ecef;--quiet:#a9b2bb;--line:#39424b;--accent:#6fd3bf;--accent-ground:#17332e;--bad:#ff8a80;--other:#8fb2da;--focus:#8ab4f8';

/** Contrasts of text are 4.5 to 1 or more in both themes; the poison shard differs by weight, not by colour alone. */
export const style = `
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}}}
:root[data-theme=dark]{color-scheme:dark;${dark}}
:root[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,main,footer{max-width:1120px;margin:0 auto;padding:0 20px}
header{padding-top:28px;position:relative}
.brand{margin:0;color:var(--accent);font-weight:700;letter-spacing:.04em}
h1{font-size:clamp(1.6rem,4vw,2.5rem);line-height:1.15;margin:.3em 0 .4em;text-wrap:balance;max-width:30ch}
h2{font-size:1.3rem;margin:2em 0 .6em}
.lead{font-size:1.08rem;color:var(--quiet);max-width:62ch;margin:0}
#theme{position:absolute;right:20px;top:24px}
button{font:inherit;color:var(--ink);background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.4em .9em;cursor:pointer}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:12px;background:var(--panel)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.8em 1em .2em;color:var(--quiet);font-size:.9rem}
th,td{padding:.5em 1em;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th,thead td{border-top:0;white-space:nowrap}
tbody th{font-weight:400;color:var(--quiet);min-width:11em}
td.undam,th.undam{background:var(--accent-ground);font-weight:600}
[role=tablist]{display:flex;flex-wrap:wrap;gap:8px}
[role=tab][aria-selected=true]{background:var(--accent);border-color:var(--accent);color:var(--ground);font-weight:600}
[role=tabpanel]{margin-top:14px;padding:4px 18px 18px;border:1px solid var(--line);border-radius:12px;background:var(--panel)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em;margin:0;font-size:.92rem}
dt{font-family:ui-monospace,Menlo,Consolas,monospace;color:var(--quiet);overflow-wrap:anywhere}
dd{margin:0}
.none,.legend{color:var(--quiet);font-size:.92rem}
.key{display:inline-block;width:26px;height:0;border-top:2px solid var(--other);vertical-align:middle;margin:0 .3em 0 .8em}
.key.poisoned{border-top:4px solid var(--bad);margin-left:0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:18px}
figure{margin:0}
figcaption{font-weight:600;margin-bottom:.2em}
svg{width:100%;height:auto;display:block}
.grid{stroke:var(--line)}
.tick{fill:var(--quiet);font-size:11px}
path{fill:none;stroke-linejoin:round}
path.healthy{stroke:var(--other);stroke-width:1.5}
path.poisoned{stroke:var(--bad);stroke-width:3}
.cursor{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3}
label{display:block;margin-top:1em;font-weight:600}
input[type=range]{width:100%;accent-color:var(--accent)}
.readout{min-height:3.2em;color:var(--quiet)}
summary{cursor:pointer}
details .scroll{margin-top:.6em;max-height:22em;overflow:auto}
footer{padding-block:2em 3em;color:var(--quiet);font-size:.9rem}
@media (max-width:600px){dl{grid-template-columns:1fr}dd{margin-bottom:.4em}th,td{padding:.45em .7em}tbody th{min-width:8em}[role=tabpanel]{padding-inline:12px}}
`;

/** Tabs by the ARIA pattern, the time cursor, the theme. */
export function script([from, to]: readonly [number, number]): string {
  return `
const tabs=[...document.querySelectorAll('[role=tab]')];
function select(tab,focus){for(const other of tabs){const on=other===tab;other.setAttribute('aria-selected',on);other.tabIndex=on?0:-1;document.getElementById(other.getAttribute('aria-controls')).hidden=!on}if(focus)tab.focus()}
for(const[index,tab]of tabs.entries()){
tab.addEventListener('click',()=>select(tab));
tab.addEventListener('keydown',(event)=>{
const to={ArrowRight:index+1,ArrowLeft:index-1,Home:0,End:tabs.length-1}[event.key];
if(to===undefined)return;event.preventDefault();select(tabs[(to+tabs.length)%tabs.length],true)})}
const readouts=JSON.parse(document.getElementById('story').textContent);
for(const input of document.querySelectorAll('input[type=range]')){
const key=input.dataset.contender;
const show=()=>{const{part,text}=readouts[key][input.value]??{part:0,text:''};const x=${from}+part*${to - from};
document.getElementById('readout-'+key).textContent=text;
input.setAttribute('aria-valuetext',text.split(':')[0]);
for(const cursor of document.querySelectorAll('#panel-'+key+' .cursor')){cursor.setAttribute('x1',x);cursor.setAttribute('x2',x)}};
input.addEventListener('input',show);show()}
const theme=document.getElementById('theme');
const isDark=()=>(document.documentElement.dataset.theme??(matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light'))==='dark';
theme.setAttribute('aria-pressed',isDark());
theme.addEventListener('click',()=>{document.documentElement.dataset.theme=isDark()?'light':'dark';theme.setAttribute('aria-pressed',isDark())});
`;
}
