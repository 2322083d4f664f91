// The one style sheet: system fonts, one accent, light and dark by the reader's preference, tables that fold on a phone.
import { LISTS } from './style-lists.ts';
import { NODE_STYLE } from './style-node.ts';
import { PRINT } from './style-print.ts';
import { REFERENCE } from './style-reference.ts';

export const STYLE = `
:root{color-scheme:light dark;--paper:#fcfbf8;--ink:#1d2023;--soft:#62676d;--line:#e5e2da;--accent:#0c6b5d;--fail:#b0402a;--void:#c6c2b8;--wash:#f4f2ec;--edge:#8f8b82;--good2:#4f9a8b;--good3:#9cc5bb;--bad2:#d29a86;
--sans:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;
--serif:ui-serif,"Iowan Old Style","Palatino Linotype",Palatino,Charter,"Liberation Serif",Georgia,serif;
--mono:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
@media(prefers-color-scheme:dark){:root{--paper:#131517;--ink:#e7e5e0;--soft:#989da2;--line:#2a2d30;--accent:#5cc4ad;--fail:#e8836c;--void:#4b4f53;--wash:#1a1d1f;--edge:#6d7277;--good2:#3d8b7a;--good3:#2a5d53;--bad2:#96594b}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0 auto;padding:0 1.25rem;max-width:66rem;background:var(--paper);color:var(--ink);font:400 1rem/1.55 var(--sans);font-variant-numeric:tabular-nums;overflow-wrap:break-word}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:.18em;text-decoration-color:color-mix(in srgb,var(--accent) 35%,transparent)}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--accent);outline-offset:3px;border-radius:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.3rem .6rem}
header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:.4rem 1.5rem;padding:1.4rem 0 1.1rem}
.mark{display:flex;align-items:center;gap:.55rem;color:var(--ink);text-decoration:none;font:600 1.2rem/1 var(--serif);letter-spacing:.01em}
nav ul{display:flex;flex-wrap:wrap;gap:.35rem 1.35rem;margin:0;padding:0;list-style:none;font-size:.9rem}nav a{display:inline-block;padding:.15rem 0;color:var(--soft);text-decoration:none}
nav a:hover{color:var(--ink)}nav a[aria-current]{color:var(--ink);box-shadow:0 2px 0 -.5px var(--accent)}
h1{font:500 clamp(1.85rem,4.6vw,2.9rem)/1.14 var(--serif);letter-spacing:-.012em;margin:2.6rem 0 .9rem;max-width:22ch;text-wrap:balance}
h2{font:500 1.45rem/1.25 var(--serif);margin:3.6rem 0 .35rem;letter-spacing:-.005em}
h3{font:600 1rem/1.4 var(--sans);margin:0 0 .4rem}
p{margin:.4rem 0 1rem;max-width:62ch}
.lead{font-size:1.1rem;color:var(--soft);max-width:56ch}
.quiet,small{color:var(--soft);font-size:.875rem}
.crumb{margin:2.2rem 0 -2rem;font-size:.9rem;color:var(--soft)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:1.4rem 2rem;margin:2.2rem 0 2rem;padding:1.3rem 0;border-block:1px solid var(--line)}
.figures div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
.figures dt{color:var(--soft);font-size:.875rem}.figures dd{margin:0;font:500 1.75rem/1.25 var(--serif);font-variant-numeric:lining-nums tabular-nums}
.figures dd a{font-size:1.15rem}
figure{margin:1.6rem 0 0}
figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.2rem 1.5rem;color:var(--soft);font-size:.875rem;margin-top:.5rem}
svg{display:block;width:100%}
svg.epochs{height:6rem}svg.share{height:6px;border-radius:3px;min-width:5.5rem;margin:.1rem 0 .35rem}
svg.dots{display:inline-block;width:auto;max-width:100%;vertical-align:middle}path.unsigned{fill:none;stroke:var(--void);stroke-width:1.5}path.pass{fill:var(--accent)}path.fail{fill:var(--fail)}path.void{fill:var(--void)}path.track{fill:var(--line)}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:0;font-size:.875rem;color:var(--soft)}
.legend i{display:inline-block;width:.65rem;height:.65rem;border-radius:2px;margin-right:.45rem}
i.pass{background:var(--accent)}i.fail{background:var(--fail)}i.void{background:var(--void)}
table{width:100%;border-collapse:collapse;margin:1.1rem 0 .8rem;font-size:.95rem}
th,td{text-align:left;vertical-align:top;padding:.75rem 1.2rem .75rem 0;border-bottom:1px solid var(--line);font-weight:400}
thead th{color:var(--soft);font-size:.8125rem;padding-block:.45rem;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
th small{max-width:15rem}
thead th:first-child{width:14rem}tbody th{min-width:11.5rem}tbody th a{font-weight:600}tbody th small a{font-weight:400}
.num{text-align:right;white-space:nowrap}
td small,th small{display:block;line-height:1.4;margin-top:.1rem}
.wide{min-width:11rem}.claim{white-space:nowrap;max-width:11rem;overflow:hidden;text-overflow:ellipsis}time{white-space:nowrap}
.fails{color:var(--fail)}.holds{color:var(--accent)}
code,.hash{font-family:var(--mono);font-size:.86em}
.hash{overflow-wrap:anywhere}.one{white-space:nowrap}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.5rem 2rem;margin:1.1rem 0;font-size:.95rem}
.facts dt{color:var(--soft)}.facts dd{margin:0;min-width:0}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1.6rem 3rem;margin:1.3rem 0}
.two ul{margin:0;padding:0;list-style:none}.two li{padding:.55rem 0;border-top:1px solid var(--line);font-size:.95rem}
.more{margin:.9rem 0}
.note{background:var(--wash);border-radius:6px;padding:.8rem 1rem;max-width:none;color:var(--soft)}
footer{margin:4.5rem 0 0;padding:1.3rem 0 2.5rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
footer p{max-width:none;margin:.25rem 0}
${LISTS}${REFERENCE}@media(max-width:60rem){.filter{grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr))}.filter .search{grid-column:1/-1}}
@media(max-width:44rem){
.state{grid-template-columns:1fr}.filter{grid-template-columns:1fr 1fr}.ranked svg.share{max-width:none}
h2{margin-top:2.8rem}
thead th:first-child{width:auto}thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}
table,tbody,tr,th,td{display:block;width:100%}
tr{padding:.85rem 0;border-bottom:1px solid var(--line)}
th,td{border:0;padding:.14rem 0}
td[data-label]{display:grid;grid-template-columns:7.2rem 1fr;gap:.8rem}
td[data-label]::before{content:attr(data-label);color:var(--soft);font-size:.875rem}
.num{text-align:left;white-space:normal}.claim{max-width:none;white-space:normal}
.facts{grid-template-columns:1fr;gap:.1rem}.facts dd{margin-bottom:.6rem}
.figures{grid-template-columns:1fr 1fr;gap:1.1rem 1.2rem}.figures dd{font-size:1.45rem}
}
${NODE_STYLE}${PRINT}`;

/** A streak on a touchstone: the mark, in the accent of both schemes. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>rect{fill:#1d2023}path{stroke:#5cc4ad}@media(prefers-color-scheme:dark){rect{fill:#2a2d30}}</style><rect width="32" height="32" rx="7"/><path d="M8 23 24 9" stroke-width="4.2" stroke-linecap="round" fill="none"/></svg>`;
