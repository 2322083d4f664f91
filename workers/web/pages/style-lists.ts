// The sheet's part for what network-wide pages add: the filter, the ranked list, curves, strips, and the clock of an epoch.
export const LISTS = `
form{font-size:.9rem}
label{color:var(--soft);font-size:.8125rem}
input[type=search],input[type=text],input[type=url],select{display:block;width:100%;min-height:2.4rem;margin-top:.2rem;padding:.35rem .6rem;border:1px solid var(--edge);border-radius:6px;background:var(--paper);color:var(--ink);font:inherit;font-size:.9375rem}
input::placeholder{color:var(--soft);opacity:1}
input:hover,select:hover{border-color:var(--soft)}
input[type=checkbox]{width:1.05rem;height:1.05rem;margin:.22rem 0 0;accent-color:var(--accent);flex:none}
.filter button,.after button{min-height:2.4rem;padding:.35rem 1rem;border:1px solid var(--accent);border-radius:6px;background:var(--accent);color:var(--paper);font:500 .9375rem/1.2 var(--sans);cursor:pointer}
.filter button:hover{filter:brightness(1.08)}.after button:hover{background:var(--wash)}
.filter{display:grid;grid-template-columns:minmax(11rem,2fr) repeat(4,minmax(7rem,1fr)) auto;gap:.7rem .9rem;align-items:end;margin:1rem 0 1.2rem}
.filter .act{display:flex;align-items:center;gap:.9rem}
.after{display:flex;flex-wrap:wrap;align-items:center;gap:.6rem 1rem;margin:1rem 0 1.4rem}.after a{margin-left:auto}
.after button{background:none;color:var(--accent)}
.pick{display:flex;gap:.75rem;align-items:flex-start}.pick .hash{max-width:13rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.ranked svg.share{max-width:7rem;margin:.45rem 0 .3rem}
.ranked td:nth-child(2) span span{font-weight:600}
.state{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.2fr);gap:1.5rem 3rem;align-items:start;margin:2.2rem 0 0}
.state.alone{grid-template-columns:1fr}
svg.grades{height:1.1rem;border-radius:4px}
.grades-list{margin:.9rem 0 1.1rem;padding:0;list-style:none;font-size:.95rem}.grades-list li{display:grid;grid-template-columns:max-content 1fr max-content;gap:.7rem;padding:.42rem 0;border-bottom:1px solid var(--line)}
.state h2{margin-top:0}.state .map{margin:0}.disc{fill:var(--accent);opacity:.82}
i.dot{display:inline-block;width:.7rem;height:.7rem;border-radius:2px;align-self:center}
.g1{fill:var(--accent);background:var(--accent)}.g2{fill:var(--good2);background:var(--good2)}.g3{fill:var(--good3);background:var(--good3)}
.g4{fill:var(--bad2);background:var(--bad2)}.g5{fill:var(--fail);background:var(--fail)}.g6{fill:var(--void);background:var(--void)}
ul.plain,ol.how{max-width:66ch;padding-left:1.15rem;margin:.6rem 0 1.2rem}.plain li,.how li{margin:.4rem 0;padding-left:.15rem}.plain li::marker,.how li::marker{color:var(--soft)}
.two ul.plain{margin:0;padding:0;list-style:none}
.two ol.clock li{border:0;padding:.1rem 0 1rem}
ol.clock{list-style:none;margin:.4rem 0;padding:0 0 0 1.1rem;border-left:2px solid var(--line)}
.clock li{position:relative;padding:.1rem 0 1rem;font-size:.95rem}.clock li::before{content:"";position:absolute;left:-1.5rem;top:.5rem;width:.65rem;height:.65rem;border-radius:50%;background:var(--accent)}
.clock b{display:block;font:500 1.15rem/1.4 var(--serif)}
.curve{margin:.4rem 0 0}.curve figcaption{display:block}.graph{color:var(--soft);font-size:.8125rem}.graph svg{height:auto;overflow:visible;border-bottom:1px solid var(--line);margin:.15rem 0 .3rem}
.graph .ends{display:flex;justify-content:space-between;gap:1rem}
.graph .line{fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round}.graph .fill{fill:var(--accent);opacity:.1}.graph .rule{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}.graph .dot{fill:var(--paper);stroke:var(--accent);stroke-width:2.5}
svg.strip{height:1.25rem;max-width:15rem;min-width:8rem;border-radius:2px}
.history svg.strip{max-width:none;height:2.2rem}
ol.clock{align-self:start}
`;
