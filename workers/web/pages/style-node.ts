// Styles of the pages about nodes: the rosette, charts, map, timeline, comparison, and the forms on them.
export const NODE_STYLE = `
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.hero{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,25rem);gap:1rem 2.5rem;align-items:center;margin:2.6rem 0 1rem}
.hero h1{margin:0 0 .7rem}.hero h1 span{display:block}.hero .over{font:400 1rem/1.5 var(--sans);letter-spacing:0;color:var(--soft);margin-bottom:.35rem}.hero .over .hash{display:inline;margin-left:.4rem}
.hero h1 .quiet{font-size:inherit;color:var(--ink)}.hero .lead{color:var(--ink)}
.ways{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;margin:1.3rem 0 0;padding:0;list-style:none;font-size:.95rem}
.rosette{max-width:25rem;margin:0 auto;overflow:visible}
.rosette text{font:400 14px var(--sans);fill:var(--soft);font-variant-numeric:tabular-nums}.rosette .value{fill:var(--ink);font-weight:600}
.rosette a{text-decoration:none}.rosette path{transition:opacity .15s}.rosette a:hover .pass,.rosette a:hover .fail{opacity:.8}.rosette a:hover text{fill:var(--ink)}
.rosette a:focus-visible{outline:0}.rosette a:focus-visible path.track,.rosette a:focus-visible path.unknown{stroke:var(--accent);stroke-width:2}.rosette a:focus-visible text{text-decoration:underline}
path.unknown{fill:none;stroke:var(--void);stroke-width:1.2;stroke-dasharray:3 3}
.rosette-mark{width:3.6rem;height:3.6rem;margin:0 0 .5rem}
.numbers tbody th{width:20rem}.numbers tbody th{font-weight:600}.numbers tbody th small{font-weight:400;max-width:none}
.numbers td.value{min-width:9rem}.numbers b{font:500 1.45rem/1.2 var(--serif);font-variant-numeric:lining-nums tabular-nums}
.gauge{width:7.5rem;height:4px;border-radius:2px;margin:.45rem 0 .2rem}
tr:target{background:var(--wash)}tr:target>:first-child{box-shadow:-.8rem 0 0 var(--wash)}
.chart{margin:1.5rem 0 0}.chart figcaption{margin:0 0 .5rem}.chart .name{font-weight:600;color:var(--ink)}
.chart:focus-visible{outline-offset:8px}
.lane svg{height:2.9rem}.lane .readout{position:absolute;clip-path:inset(50%);height:1px;overflow:hidden}
.readout{min-height:1.5em;margin:.35rem 0 0}
rect.hit{fill:transparent}rect.hit:hover,rect.hit.on{fill:var(--ink);fill-opacity:.08}
.ends{display:flex;justify-content:space-between;gap:1rem;color:var(--soft);font-size:.8125rem;margin-top:.4rem}
.charts figcaption{margin-bottom:.9rem}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:.6rem 2.8rem}
.plot{display:grid;grid-template-columns:max-content minmax(0,1fr);column-gap:.7rem}
.plot svg{height:11rem;overflow:visible}
.plot .ticks{display:flex;flex-direction:column;justify-content:space-between;height:11rem;text-align:right;color:var(--soft);font-size:.8125rem;line-height:1}
.plot .ticks span{height:0;display:flex;align-items:center;justify-content:flex-end;white-space:nowrap}
.plot .ends{grid-column:2}
path.grid,path.main,path.edge,path.level{fill:none;vector-effect:non-scaling-stroke}
path.grid{stroke:var(--line);stroke-width:1}path.main{stroke:var(--accent);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
path.edge{stroke:var(--accent);stroke-opacity:.45;stroke-width:1;stroke-linecap:round}path.band{fill:var(--accent);fill-opacity:.1}
path.level{stroke:var(--soft);stroke-width:1;stroke-dasharray:5 4}
i.line,i.edge,i.level{height:0!important;width:1.1rem!important;border-radius:0!important;vertical-align:middle;border-top:2px solid var(--accent)}
i.edge{border-top:1px solid var(--accent);opacity:.6}i.level{border-top:1px dashed var(--soft)}
.ranges{display:inline-flex;flex-wrap:wrap;gap:.2rem;margin:.7rem 0 0;padding:.2rem;list-style:none;background:var(--wash);border-radius:8px;font-size:.9rem}
.ranges a{display:block;padding:.25rem .8rem;border-radius:6px;color:var(--soft);text-decoration:none}.ranges a:hover{color:var(--ink)}
.ranges a[aria-current]{background:var(--paper);color:var(--ink);box-shadow:0 0 0 1px var(--line)}
.map{max-width:56rem}.map .land{stroke:var(--void);stroke-width:1.9;stroke-linecap:round;fill:none}
.map circle{stroke:var(--paper);stroke-width:1.2}.map .ring{fill:none;stroke:var(--accent);stroke-width:1}
.near circle{fill:var(--accent)}.middling circle{fill:var(--good2)}.far circle{fill:var(--good3)}.away circle{fill:var(--fail)}.map g .ring{fill:none}
.map text{font:600 6px var(--sans);fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:2.2px;stroke-linejoin:round;font-variant-numeric:tabular-nums}
i.near{background:var(--accent)}i.middling{background:var(--good2)}i.far{background:var(--good3)}i.away{background:var(--fail)}.map figcaption i{border-radius:50%}
.timeline{list-style:none;margin:1.2rem 0;padding:0 0 0 1.3rem;border-left:2px solid var(--line)}
.timeline>li{position:relative;padding:0 0 1.4rem}.timeline>li::before{content:"";box-sizing:border-box;position:absolute;left:-1.3rem;top:.4rem;width:.7rem;height:.7rem;margin-left:calc(-.35rem - 1px);border-radius:50%;background:var(--void);box-shadow:0 0 0 3px var(--paper)}
.timeline>li.over:not(.suspected)::before{background:var(--paper);border:2px solid var(--fail)}.timeline>li.open::before{background:var(--fail)}
.timeline h3{margin:0 0 .15rem}.timeline p{margin:0;font-size:.95rem;color:var(--soft)}.timeline b{color:var(--ink);font-weight:500}
summary{cursor:pointer;color:var(--soft);font-size:.875rem;width:max-content;padding:.2rem 0}summary:hover{color:var(--ink)}
.seen{margin:.3rem 0 0;padding-left:1.1rem;font-size:.875rem;color:var(--soft)}
.dense th,.dense td{padding-block:.35rem}.recent tbody th{min-width:18rem}.recent tbody th small{max-width:none}
pre{position:relative;margin:.8rem 0;padding:.85rem 1rem;background:var(--wash);border-radius:6px;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.9rem;line-height:1.5}
pre:has(.copy){padding-right:5.2rem}
button{font:inherit;color:inherit;cursor:pointer}
.copy{position:absolute;right:.5rem;top:.5rem;padding:.15rem .6rem;font:400 .8125rem/1.5 var(--sans);background:var(--paper);border:1px solid var(--line);border-radius:5px;color:var(--soft)}.copy:hover{color:var(--ink)}
form.verify,form.ask{margin:1.3rem 0}form.verify label,form.ask label{display:block;font-size:.875rem;color:var(--soft);margin-bottom:.35rem}
form.verify div,form.ask div{display:flex;flex-wrap:wrap;gap:.5rem;max-width:42rem}
form.verify input,form.ask input{flex:1 1 16rem;min-width:0;font:400 .95rem/1.4 var(--mono);padding:.5rem .7rem;color:var(--ink);background:var(--paper);border:1px solid var(--edge,#8f8b82);border-radius:6px}
form.verify button,form.ask button{margin:0;padding:.5rem 1.2rem;border:1px solid var(--accent);border-radius:6px;background:var(--accent);color:var(--paper);font-weight:600}
form.verify button:disabled{opacity:.55}
.steps{list-style:none;margin:1rem 0 0;padding:0;max-width:none}.steps li{position:relative;padding:.45rem 0 .45rem 1.8rem}
.steps li::before{content:"✓";position:absolute;left:.2rem;color:var(--accent);font-weight:700}.steps .broke::before{content:"✗";color:var(--fail)}
.steps .broke span{color:var(--fail);font-weight:600}.steps small{display:block;font-family:var(--mono);font-size:.8125rem;overflow-wrap:anywhere}.steps .broke small{font-family:var(--sans);font-size:.9rem;color:var(--ink)}
#verify-outcome{font-size:1rem;font-weight:600}#verify-outcome.quiet{font-weight:400}
.badge{height:20px;width:auto}
.compare thead th{vertical-align:bottom;white-space:normal;color:var(--ink);font-size:1rem;width:auto}.compare thead th a{font-weight:600}.compare thead small a{font-weight:400}
.compare tbody th{min-width:9rem;color:var(--soft)}.compare{table-layout:fixed}.compare td.best>span{font-weight:600}.compare td.best .holds{float:right;margin:.1rem 0 0 .5rem}.rosette-mark path.unknown{stroke-width:3.5;stroke-dasharray:7 7}.compare td small{font-weight:400}.compare thead td{border-bottom:1px solid var(--line)}
@media(max-width:52rem){.hero{grid-template-columns:minmax(0,1fr)}}
@media(max-width:44rem){
.numbers tbody th{width:auto}.map text{font-size:12px}.map circle{r:5px}.map .ring{r:8px}
.compare thead{display:block;position:static;clip-path:none;height:auto;width:auto;overflow:visible}.compare thead tr{display:grid;grid-template-columns:repeat(auto-fit,minmax(6rem,1fr));gap:.8rem}.compare thead td{display:none}.compare thead th{display:block;border:0}
.seen{padding-left:.9rem}.recent tbody th{min-width:0}
.tight{display:table;font-size:.875rem}.tight tbody{display:table-row-group}.tight tr{display:table-row}.tight th,.tight td,.tight td[data-label]{display:table-cell;width:auto;min-width:0;padding:.5rem .6rem .5rem 0;border-bottom:1px solid var(--line);text-align:right}.tight td{white-space:nowrap}.tight tbody th,.tight thead th:first-child{text-align:left;min-width:0}
.tight td[data-label]::before{content:none}.tight thead{display:table-header-group;position:static;clip-path:none;height:auto}.tight thead th{white-space:normal;vertical-align:bottom}
}
@media(prefers-reduced-motion:reduce){*{transition:none!important;scroll-behavior:auto!important}}
@media print{.ways,.ranges,form.verify,form.ask,.copy,.badge{display:none}.hero{grid-template-columns:1fr 18rem}section{break-inside:avoid-page}}
`;
