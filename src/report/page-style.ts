/** The style sheet of the report page, light and dark. */

export const PAGE_STYLE: string = `
:root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#1a2230;--soft:#5c6778;--line:#dde2ea;
--good:#12805c;--bad:#c0292f;--warn:#a96400;--send:#2a63d4;--poll:#0b8f83;--fail:#d97a00;--info:#9146c9;
--shade:#c0292f14;--code:#eef1f5}
@media (prefers-color-scheme:dark){:root{--paper:#10141b;--card:#181e28;--ink:#e4e9f1;--soft:#94a1b4;
--line:#2a3342;--good:#3ecf9b;--bad:#ff6d6d;--warn:#f0b34a;--send:#6ea1ff;--poll:#3fd0c2;--fail:#ffad4d;
--info:#c792f5;--shade:#ff6d6d1c;--code:#202836}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",
Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:27px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}
h2{font-size:18px;margin:36px 0 12px}
h3{font-size:15px;margin:0;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
p{margin:0 0 6px}
code,.mono,td.num,td.what{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px}
.eyebrow{color:var(--soft);font-size:13px;margin-bottom:10px}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px}
.verdict{border-left:6px solid var(--tone)}
.verdict h1{color:var(--tone)}
.valid{--tone:var(--good)}.invalid{--tone:var(--bad)}.inconclusive{--tone:var(--warn)}
.bug{margin-bottom:14px;border:1px solid var(--warn);border-radius:10px;padding:10px 16px;color:var(--warn);
font-weight:600}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;margin-top:14px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px}
.tile b{display:block;font-size:22px;font-weight:650;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th{color:var(--soft);font-weight:600;font-size:12.5px;text-align:left;border-bottom:1px solid var(--line);
padding:5px 12px 5px 0;white-space:nowrap}
td{border-bottom:1px solid var(--line);padding:5px 12px 5px 0;vertical-align:top}
tr:last-child td{border-bottom:0}
td.num,th.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.what{word-break:break-word}
.pill{display:inline-block;border-radius:20px;padding:0 9px;font-size:12.5px;font-weight:600;
border:1px solid currentColor}
.ok{color:var(--good)}.failed{color:var(--fail)}.unknown{color:var(--info)}.soft{color:var(--soft)}
details.anomaly{background:var(--card);border:1px solid var(--line);border-radius:10px;margin-bottom:12px}
details.anomaly>summary{cursor:pointer;padding:13px 18px;display:flex;gap:12px;align-items:baseline;
flex-wrap:wrap;list-style:none}
details.anomaly>summary::-webkit-details-marker{display:none}
details.anomaly>summary::before{content:"\\25B8";color:var(--soft)}
details.anomaly[open]>summary::before{content:"\\25BE"}
details.anomaly.convicts{border-left:4px solid var(--bad)}
.finding{border-top:1px solid var(--line);padding:14px 18px}
.finding p{margin-bottom:10px}
.legend{display:flex;gap:18px;flex-wrap:wrap;font-size:13px;color:var(--soft);margin-bottom:4px}
.legend i{display:inline-block;width:18px;height:0;border-top:3px solid var(--of);vertical-align:middle;
margin-right:6px}
.legend i.dashed{border-top-style:dashed;border-top-width:2px}
#charts svg{display:block;width:100%;height:auto;font:11.5px system-ui,sans-serif}
#charts text{fill:var(--soft)}
#charts .title{fill:var(--ink);font-weight:600;font-size:12.5px}
#charts .grid{stroke:var(--line);stroke-width:1}
#charts .lane{fill:var(--bad);opacity:.78}
#charts .lane-text{fill:var(--ink)}
#charts .shade{fill:var(--shade)}
#charts .cursor{stroke:var(--soft);stroke-dasharray:3 3}
#tip{position:fixed;pointer-events:none;background:var(--card);border:1px solid var(--line);border-radius:8px;
padding:8px 11px;font-size:12.5px;box-shadow:0 4px 18px #0003;display:none;max-width:320px;z-index:2}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 22px;margin:0}
dt{color:var(--soft)}dd{margin:0;word-break:break-word}
@media print{body{background:#fff}.card,.tile,details.anomaly{break-inside:avoid}}
`;
