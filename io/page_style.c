/* page_style.c: the style sheet of a report: colours for bright and dark screens and for paper;
 * tables and pictures that scroll on narrow screens. The colours are those of the curves
 * (curves.c). */
#include "io/page.h"

static const char colours[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--faint:#59636e;--edge:#d1d9e0;"
    "--stripe:#f6f8fa;--link:#0969da;--right:#1a7f37;--wrong:#bc4c00;--hit:31 111 235;"
    "--miss:188 76 0}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--faint:#9198a1;"
    "--edge:#3d444d;--stripe:#151b23;--link:#58a6ff;--right:#3fb950;--wrong:#f0883e}}\n";

static const char page[] =
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
    "body{margin:0 auto;max-width:64rem;padding:1.5rem 1.25rem 4rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.5 system-ui,'Segoe UI',Helvetica,Arial,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "h1{font-size:1.9rem;line-height:1.25;margin:0 0 .75rem}\n"
    "h2{font-size:1.3rem;margin:0 0 .75rem;padding-top:1.5rem;border-top:1px solid var(--edge)}\n"
    "section{margin-top:2.25rem}\n"
    "p{margin:.5rem 0 1rem}\n"
    "a{color:var(--link)}\n"
    "nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0;padding:0}\n"
    ".wide{overflow-x:auto;margin:.75rem 0}\n"
    ".wide:focus-visible{outline:2px solid var(--link);outline-offset:2px}\n"
    "svg.curves{display:block;max-width:100%;min-width:34rem;height:auto}\n"
    "pre{margin:0;padding:.75rem 1rem;background:var(--stripe);border:1px solid var(--edge);"
    "border-radius:6px;font:.82rem/1.45 ui-monospace,'SF Mono',Menlo,Consolas,monospace;"
    "width:max-content;min-width:100%;overflow-wrap:normal}\n"
    "details{margin:.75rem 0}\n"
    "summary{cursor:pointer;color:var(--link)}\n";

static const char tables[] =
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;overflow-wrap:normal}\n"
    "th,td{padding:.3rem .75rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--edge)}\n"
    "thead th{color:var(--faint);font-weight:600;font-size:.875rem;vertical-align:bottom}\n"
    "small{color:var(--faint);font-weight:400}\n"
    "td.sum{text-align:right}\n"
    ".facts{overflow-wrap:anywhere}\n"
    ".facts th{font-weight:400;color:var(--faint);padding-left:0;min-width:8rem}\n"
    ".layers th[scope=rowgroup]{font-weight:600}\n"
    ".layers th small{display:block}\n"
    ".layers th:nth-child(5){text-align:right}\n"
    ".layers td:last-child{color:var(--faint)}\n"
    ".confusion{font-size:.875rem;border-collapse:separate;border-spacing:1px}\n"
    ".confusion th,.confusion td{border:0;padding:.25rem .4rem;text-align:center;"
    "vertical-align:middle;white-space:nowrap}\n"
    ".confusion tbody td{min-width:2.4rem}\n"
    ".confusion tbody th,.confusion tfoot th{text-align:right;position:sticky;left:0;"
    "background:var(--paper);font-weight:600}\n"
    ".confusion thead th{vertical-align:bottom}\n"
    ".confusion thead th:first-child{font-weight:400;font-size:.75rem;text-align:right}\n"
    ".confusion tfoot td,.confusion tfoot th,.confusion .sum{color:var(--faint)}\n"
    ".confusion .none{color:var(--faint);opacity:.5}\n"
    ".confusion.many{font-size:.65rem;border-spacing:0}\n"
    ".confusion.many th,.confusion.many td{padding:.05rem .15rem}\n"
    ".confusion.many thead th{font-size:.65rem}\n"
    ".confusion.many tbody td{min-width:1.1rem}\n"
    ".upright{writing-mode:vertical-rl;transform:rotate(180deg)}\n";

/* On the darkest shades text is white. */
static const char shades[] =
    ".hit{background:rgb(var(--hit)/var(--shade,0))}.miss{background:rgb(var(--miss)/"
    "var(--shade,0))}\n"
    ".shade-1{--shade:.1}.shade-2{--shade:.2}.shade-3{--shade:.3}.shade-4{--shade:.4}"
    ".shade-5{--shade:.5}.shade-6{--shade:.6}.shade-7{--shade:.7}.shade-8{--shade:.8}"
    ".shade-9{--shade:.9}.shade-10{--shade:1}.shade-9,.shade-10{color:#fff}\n"
    ".hit,.miss{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n";

static const char pictures[] =
    ".pictures{display:flex;flex-wrap:wrap;gap:1rem}\n"
    "figure{margin:0;max-width:100%;break-inside:avoid}\n"
    "figure img{display:block;width:100%;height:auto;image-rendering:pixelated;"
    "border:1px solid var(--edge);border-radius:4px}\n"
    "figure.right img{border:3px solid var(--right)}figure.wrong img{border:3px solid "
    "var(--wrong)}\n"
    "figcaption{font-size:.8rem;line-height:1.35;margin-top:.3rem;white-space:pre-line}\n"
    ".mark{font-weight:700}.right .mark{color:var(--right)}.wrong .mark{color:var(--wrong)}\n";

static const char paper[] =
    "@media print{body{max-width:none;padding:0;font-size:10pt}nav{display:none}"
    "h2{break-after:avoid}.wide{overflow:visible}pre{white-space:pre-wrap;width:auto}"
    "svg.curves{min-width:0}tr{break-inside:avoid}.confusion tbody th,.confusion tfoot th"
    "{position:static}}\n";

const char *const tg__page_style[] = { colours, page, tables, shades, pictures, paper, NULL };
