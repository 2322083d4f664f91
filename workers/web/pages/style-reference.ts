// What only the reference has: routes with their forms and the blocks of text in them.
export const REFERENCE = `
pre{position:relative;overflow-x:auto;margin:.5rem 0 1rem;padding:.8rem 1rem;background:var(--wash);border-radius:6px;font-size:.9rem;line-height:1.5;max-height:28rem}
.route{padding:1.6rem 0;border-top:1px solid var(--line)}.route h3 a{color:var(--ink);text-decoration:none}.route h3 a:hover{text-decoration:underline}
.address{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline;max-width:none}.address code{overflow-wrap:anywhere;min-width:0}.address b{color:var(--accent);font-weight:600}
.answer{margin:.35rem 0;max-width:none;font-size:.95rem}.answer .status{display:inline-block;min-width:2.6rem}.answer summary{width:auto;color:inherit;font-size:inherit}
.groups{columns:20rem auto;column-gap:2.5rem}.groups details{break-inside:avoid}.groups ul{display:block;margin:.2rem 0 .7rem 1rem}.groups li{padding:.05rem 0}.groups li a{overflow-wrap:anywhere}.groups summary{padding:.15rem 0;cursor:pointer;font-weight:600;color:var(--ink)}
.key,.try{margin:1.2rem 0;padding:.9rem 1rem;border:1px solid var(--line);border-radius:6px;max-width:46rem}.key[hidden],.try[hidden],output[hidden]{display:none}
.try p{display:grid;grid-template-columns:9rem 1fr;gap:.3rem 1rem;align-items:center;max-width:none;margin:.3rem 0}.try p:has(button){display:block}
.key label,.try label{font-size:.9rem;color:var(--soft)}
.key input,.try input,.try textarea{width:100%;font:400 .9rem/1.4 var(--mono);color:var(--ink);background:var(--paper);border:1px solid var(--edge);border-radius:4px;padding:.35rem .5rem}
.try button{font:600 .9rem/1 var(--sans);color:var(--paper);background:var(--accent);border:0;border-radius:4px;padding:.6rem .9rem;cursor:pointer}
output{display:block;margin-top:.7rem}output pre{max-height:24rem}
@media(max-width:44rem){.try p{grid-template-columns:1fr}}
`;
