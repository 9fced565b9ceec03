/** How the page looks: one light and one dark set of colours, two panes that become one on a narrow screen. */
export const style = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #5b6672; --line: #d5dbe1; --wash: #f4f6f8;
  --now: #e3eefc; --blue: #1a63c4; --red: #c22a2a; --amber: #a85b00; --violet: #7440b8; --green: #1c7a3e;
  --gone: #fdecec; --new: #e8f6ec }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e4e8ec; --soft: #97a3b0; --line: #323a43;
  --wash: #1b2127; --now: #1c3350; --blue: #6fb0ff; --red: #ff7b7b; --amber: #f0aa4b; --violet: #c39bff;
  --green: #6fd08f; --gone: #3a2024; --new: #17321f } }
* { box-sizing: border-box }
body { margin: 0; height: 100vh; height: 100dvh; display: grid; grid-template-rows: auto minmax(0, 1fr); background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif }
header { padding: 12px 20px 10px; border-bottom: 1px solid var(--line) }
h1 { margin: 0; font-size: 17px; line-height: 1.3; overflow-wrap: anywhere } h1 small { font-weight: 400; color: var(--soft); font-size: 14px }
header p { margin: 4px 0 0; overflow-wrap: anywhere } .legend { color: var(--soft); font-size: 12.5px; display: flex; flex-wrap: wrap; gap: 2px 14px }
.legend b { font-weight: 600 } .legend kbd { font: inherit; border: 1px solid var(--line); border-radius: 3px; padding: 0 4px }
main { display: grid; grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr); min-height: 0 }
.chart { overflow: auto; border-right: 1px solid var(--line); overscroll-behavior: contain }
.inner { position: relative; min-width: max-content }
.names { position: sticky; top: 0; z-index: 3; height: 40px; background: var(--paper); border-bottom: 1px solid var(--line) }
.names span { position: absolute; bottom: 5px; transform: translateX(-50%); text-align: center; font-size: 11.5px; line-height: 1.15;
  font-weight: 600; overflow: hidden; max-height: 2.3em; overflow-wrap: anywhere }
.rows { position: relative } .rows svg { position: absolute; left: 0; top: 0; z-index: 1; pointer-events: none; display: block }
ol { list-style: none; margin: 0; padding: 0 }
.rows button { display: flex; align-items: center; width: 100%; height: 42px; border: 0; padding: 0 14px 0 0;
  background: none; color: inherit; font: inherit; text-align: left; cursor: pointer; white-space: nowrap }
.rows button:hover { background: var(--wash) } .rows button[aria-current] { background: var(--now) }
:focus-visible { outline: 2px solid var(--blue); outline-offset: -2px }
.rows .number { position: absolute; left: 26px; width: 26px; padding-top: 10px; text-align: right; color: var(--soft); font-variant-numeric: tabular-nums }
.stopped { height: 42px; line-height: 52px; padding-left: 34px; color: var(--red) }
svg text { font-size: 12px; fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round }
g.now text { stroke: var(--now) } tspan { font-weight: 700 } tspan.crash { fill: var(--red) } tspan.stale { fill: var(--amber) } tspan.fault { fill: var(--violet) }
.lane { stroke: var(--line) } .actor { fill: var(--blue) } .arrow { stroke: var(--blue); stroke-width: 1.6; fill: none } .tip { fill: var(--blue) }
.paid { stroke-dasharray: 4 3 } g.crash * { stroke: var(--red); stroke-width: 1.8; fill: var(--paper) } g.stale * { stroke: var(--amber); stroke-width: 1.8; fill: none }
g.stale circle { fill: var(--paper) } path.fault { fill: var(--violet) }
.loop { stroke: var(--red); stroke-width: 2; fill: none } .looptip, .stop { fill: var(--red) }
.tag { border-radius: 9px; padding: 0 8px; font-size: 12px; line-height: 18px; color: var(--paper); background: var(--violet); white-space: nowrap }
.tag.crash { background: var(--red) } .tag.stale { background: var(--amber) } .tag.bad { background: var(--red) }
.detail { overflow: auto; padding: 0 20px 40px; overscroll-behavior: contain }
nav { position: sticky; top: 0; z-index: 2; display: flex; align-items: center; gap: 6px; padding: 8px 0; background: var(--paper); border-bottom: 1px solid var(--line) }
nav button { font: inherit; min-width: 34px; height: 30px; color: inherit; background: var(--wash); border: 1px solid var(--line); border-radius: 5px; cursor: pointer }
nav output { margin-left: 6px; color: var(--soft); font-variant-numeric: tabular-nums }
h2 { font-size: 15px; margin: 14px 0 4px; overflow-wrap: anywhere } h3 { font-size: 13px; margin: 22px 0 6px; color: var(--soft) }
section > p { margin: 4px 0 10px; overflow-wrap: anywhere } .none { color: var(--soft) }
code, pre { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; white-space: pre-wrap }
pre { margin: 4px 0 4px 12px; max-height: 50vh; overflow: auto }
.tree, .tree ul { list-style: none; margin: 0; padding: 0 0 0 14px; border-left: 1px solid var(--line) } .tree { padding-left: 0; border: 0 }
.tree li { margin: 3px 0; overflow-wrap: anywhere } .path { font-weight: 600 } .tree .to { margin: 0 5px; color: var(--soft) }
.before, .after { border-radius: 3px; padding: 0 4px; -webkit-box-decoration-break: clone; box-decoration-break: clone } .before { background: var(--gone) } .after { background: var(--new) }
details.before, details.after { display: block; margin: 2px 0 } .removed > code.before { text-decoration: line-through; text-decoration-color: var(--red) }
.removed > .path::before { content: "− "; color: var(--red) } .added > .path::before { content: "+ "; color: var(--green) }
summary { cursor: pointer; overflow-wrap: anywhere } .state > details { margin: 3px 0 } .state .touched > summary { color: var(--blue); font-weight: 600 }
.reasons { border-collapse: collapse; width: 100% } .reasons td, .reasons td:first-child { width: 28% } .reasons td:nth-child(2) { width: 30% } .reasons button { white-space: nowrap }
.reasons th { text-align: left; vertical-align: top; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
.reasons td:first-child { width: 28% } .reasons td:nth-child(2) { width: 30% } .reasons button { white-space: nowrap }
.reasons th { font-weight: 600; font-size: 12.5px; color: var(--soft) } .reasons button { border: 0; padding: 0; background: none; color: var(--blue); font: inherit; text-decoration: underline; cursor: pointer }
@media (max-width: 860px) { main { grid-template-columns: minmax(0, 1fr); grid-template-rows: minmax(0, 45%) minmax(0, 1fr) }
  .chart { border-right: 0; border-bottom: 2px solid var(--line) } .detail, header { padding-left: 14px; padding-right: 14px } .keys { display: none } }
@media (max-height: 560px) { body { height: auto; display: block } .chart { max-height: 75vh } .detail { overflow: visible } main { display: block } }
@media print { body { height: auto; display: block } main { display: block } .chart, .detail { overflow: visible } nav, .state { display: none } section[hidden] { display: block } }
`
