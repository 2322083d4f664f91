// On paper: black on white whatever the screen's scheme was, no controls, rows that stay whole, heads repeated on each sheet.
export const PRINT = `
@media print{
:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--edge:#bbb;--accent:#0c6b5d;--fail:#962c18;--void:#bbb;--wash:#f4f4f4;--good2:#4f9a8b;--good3:#9cc5bb;--bad2:#d29a86}
body{max-width:none;padding:0;font-size:10pt}
nav,.skip,form,input,button,.more{display:none!important}
header{padding:0 0 .6rem}h1{margin-top:.6rem}h2{break-after:avoid}
tr,figure,.figures,.note{break-inside:avoid}thead{display:table-header-group}
a{color:inherit;text-decoration:none}
*{print-color-adjust:exact}
}
`;
