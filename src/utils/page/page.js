"use strict";
// The page's behaviour. Nothing is fetched and nothing stored: the state stands in the address after the #.

const LANGUAGES = ["zh", "en"];
const LINES_A_PAGE = 50; // lines of the concordance drawn at a time
const CONTEXT = 60; // characters kept on either side of a hit; the width of the screen shows fewer
const MOST_HITS = 100000;
const MOST_FORMS = 12; // different strings found that are listed
const MOST_ROWS = 300; // rows of a table behind a figure that are drawn
const SLICE_MS = 12; // a search hands the screen back after so long
const PATIENCE_MS = 150; // a search that takes longer says so
const PATTERN_SECONDS = 3; // a regular expression is given up after so long: (a+)+$ would never end

const WORDS = {
  zh: {
    everywhere: "全文", uncounted: "不计数",
    hits: (n, lines, sections) => `${n} 处命中，在 ${lines} 段、${sections} 节中`,
    capped: (n) => `，只列前 ${n} 处`,
    none: "没有命中", ask: "输入要检索的词", searching: "检索中……",
    wrong: (why) => `正则表达式有误：${why}`,
    slow: (n) => `此正则表达式 ${n} 秒内未能检索完，已停止，没有结果可列。多由重复套重复引起，如 (a+)+：请改写，或缩小范围。`,
    noWorker: "此浏览器不能在后台运行正则表达式，为免页面停住，不作检索；请改用逐字检索。",
    left: "左侧文字", word: "检索词", right: "右侧文字", section: "所在标题", line: "源文件行",
    lineOf: (n) => `第 ${n} 行`, sectionHits: "命中", per: "每万字", chars: "字数",
    range: (a, b, n) => `第 ${a}–${b} 处，共 ${n} 处`, saveHits: "把全部命中存为 CSV",
    first: "首页", previous: "上一页", next: "下一页", last: "末页",
    pages: "页数", county: "县（市、区）", plain: "按规划次序",
    sentences: (n) => `${n} 句`, close: "关闭",
    quotient: (v, l, h) => `文本区位商 ${v}（95% 区间 ${l}–${h}）`,
    expected: "没有句子。", above: "高于 1", below: "低于 1",
    said: (n, county) => `共 ${n} 句计入${county}；一句可提及多个产业`,
    bases: { heading: "各县自己的章节", mention: "提到该县的句子", either: "章节与提及合计" },
    noQuotient: "有句子谈到产业的县不足两个，区位商无从比较。",
    noText: "在所选的句子里，没有一句既属于某县又谈到某产业。",
    save: (kind) => (kind === "firm" ? "存稳健性 CSV" : `存为 ${kind}`), more: (n) => `另有 ${n} 行，见 CSV`,
    stop: "。", contents: "目录", preface: "网页导语", title: "标题",
  },
  en: {
    everywhere: "The whole text", uncounted: "not counted",
    hits: (n, lines, sections) => `${n} hits in ${lines} paragraphs of ${sections} sections`,
    capped: (n) => `; the first ${n} are listed`,
    none: "No hits", ask: "Type what to search for", searching: "Searching …",
    wrong: (why) => `Not a regular expression: ${why}`,
    slow: (n) => `Stopped: this expression did not get through the text in ${n} seconds, and nothing is listed. Repetition inside `
      + "repetition, as in (a+)+, is what mostly takes so long: write it otherwise, or search within one heading.",
    noWorker: "This browser cannot run regular expressions in the background, where they cannot freeze the page: search for "
      + "words instead.",
    left: "Before", word: "Keyword", right: "After", section: "Heading", line: "Source line",
    lineOf: (n) => `line ${n}`, sectionHits: "Hits", per: "Per 10,000 characters", chars: "Characters",
    range: (a, b, n) => `${a}–${b} of ${n}`, saveHits: "Save all hits as CSV",
    first: "First", previous: "Previous", next: "Next", last: "Last",
    pages: "Pages", county: "County", plain: "Order of the plan",
    sentences: (n) => (n === 1 ? "1 sentence" : `${n} sentences`), close: "Close",
    quotient: (v, l, h) => `location quotient ${v} (95% interval ${l}–${h})`,
    expected: "There is no sentence.", above: "above 1", below: "below 1",
    said: (n, county) => `${n} sentences counted: ${county}; one may speak of several industries`,
    bases: { heading: "the counties' own sections", mention: "sentences that name the county", either: "both together" },
    noQuotient: "Fewer than two counties have a sentence on an industry: no location quotient can be given.",
    noText: "Among these sentences none belongs to a county and speaks of an industry.",
    save: (kind) => (kind === "firm" ? "Save the CSV of robustness" : `Save as ${kind}`), more: (n) => `${n} more rows in the CSV`,
    stop: ". ", contents: "contents list", preface: "lead-in of the web page", title: "title",
  },
};

const root = document.documentElement;
const asked = new URLSearchParams(location.hash.slice(1)).get("lang");
const state = {
  lang: LANGUAGES.includes(asked) ? asked : (navigator.language || "zh").toLowerCase().startsWith("zh") ? "zh" : "en",
  q: "", regex: false, within: -1, counted: false, sort: "text", page: 0,
  view: "sentences", base: "heading", rows: null, columns: null, cell: null,
};
root.dataset.lang = state.lang; // before anything is drawn

document.addEventListener("DOMContentLoaded", () => {
  const byId = (name) => document.getElementById(name);
  const data = JSON.parse(byId("data").textContent);
  const t = () => WORDS[state.lang];
  const count = (n) => n.toLocaleString("en");

  /** An element with text and children; text goes in as text, never as HTML. */
  function make(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === false || value === null) continue;
      if (name === "onclick") made.addEventListener("click", value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  // --- the address ---

  function address() {
    const told = new URLSearchParams({ lang: state.lang });
    if (state.q) told.set("q", state.q);
    if (state.q && state.regex) told.set("regex", "1");
    if (state.q && state.within >= 0) told.set("in", state.within);
    if (state.q && state.counted) told.set("counted", "1");
    if (state.q && state.sort !== "text") told.set("sort", state.sort);
    if (state.view !== "sentences") told.set("view", state.view);
    if (data.ties && state.base !== firstBase) told.set("base", state.base);
    if (state.cell) {
      told.set("county", data.ties.units.county[state.cell[0]][0]);
      told.set("industry", data.ties.units.industry[state.cell[1]][0]);
    }
    return `#${told}`;
  }

  function remember(at) {
    const wanted = address() + (at ? `&at=${encodeURIComponent(at)}` : "");
    if (location.hash !== wanted) history.replaceState(null, "", wanted);
  }

  function goTo(place) {
    const target = byId(place);
    if (!target) return;
    target.scrollIntoView();
    if (!target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
  }

  /** Do what an address says; what it does not name stays as it is. */
  function follow(hash) {
    const raw = hash.replace(/^#/, "");
    if (raw && !raw.includes("=")) {
      const place = decodeURIComponent(raw);
      remember(place);
      goTo(place);
      return;
    }
    const told = new URLSearchParams(raw);
    if (LANGUAGES.includes(told.get("lang")) && told.get("lang") !== state.lang) setLanguage(told.get("lang"));
    if (told.has("view")) state.view = told.get("view") === "quotients" ? "quotients" : "sentences";
    if (told.has("base") && WORDS.zh.bases[told.get("base")]) state.base = told.get("base");
    if (told.has("q")) {
      const within = told.has("in") ? Number(told.get("in")) : -1;
      Object.assign(state, {
        q: told.get("q"), regex: told.get("regex") === "1", counted: told.get("counted") === "1", page: 0,
        within: Number.isInteger(within) && within < data.sections.length ? within : -1,
        sort: ["left", "right"].includes(told.get("sort")) ? told.get("sort") : "text",
      });
      showFields();
      search();
      if (!told.has("lang")) goTo("concordance");
    }
    if (data.ties && told.has("county")) {
      const find = (scheme, name) => data.ties.units[scheme].findIndex((unit) => unit[0] === name);
      const cell = [find("county", told.get("county")), find("industry", told.get("industry"))];
      if (cell[0] >= 0 && cell[1] >= 0) openCell(cell, !told.has("lang"));
    }
    if (data.ties) drawTies();
    if (told.get("at")) goTo(told.get("at"));
    remember(told.get("at"));
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", address());
    follow(link.getAttribute("href"));
  });
  window.addEventListener("popstate", () => follow(location.hash));

  // --- language ---

  function setLanguage(language) {
    state.lang = language;
    root.dataset.lang = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    for (const button of document.querySelectorAll("[data-lang]")) {
      if (button !== root) button.setAttribute("aria-pressed", String(button.dataset.lang === language));
    }
    fillSections();
    if (data.ties) {
      drawTies();
      if (state.cell) drawBehind();
    }
    drawHits();
    for (const details of document.querySelectorAll(".data[open]")) drawData(details);
    for (const link of document.querySelectorAll(".files a")) link.textContent = t().save(link.dataset.kind);
  }

  for (const button of document.querySelectorAll("button[data-lang]")) {
    button.addEventListener("click", () => {
      setLanguage(button.dataset.lang);
      remember();
    });
  }

  // --- the text ---

  const starts = [];
  const lineTexts = data.text.split("\n");
  const sectionChars = data.sections.map(() => 0);
  lineTexts.reduce((at, line, number) => {
    starts.push(at);
    sectionChars[data.lines[number][1]] += line.length;
    return at + line.length + 1;
  }, 0);

  function headingOf(section) {
    const [heading, , , , kind] = data.sections[section];
    return t()[kind] && !heading ? t()[kind] : heading || "—";
  }

  function isWithin(section, above) {
    for (let at = section; at >= 0; at = data.sections[at][2]) if (at === above) return true;
    return false;
  }

  /** The text from start to end, no character cut in half. */
  function cut(line, start, end) {
    const text = lineTexts[line];
    const inside = (at) => at > 0 && at < text.length && /[\udc00-\udfff]/.test(text[at]);
    return text.slice(inside(start) ? start + 1 : start, inside(end) ? end - 1 : end);
  }

  // --- the concordance ---

  const query = byId("query");
  let hits = [];
  let capped = false;
  let problem = null; // what went wrong, in the words of a language
  let running = 0;

  function fillSections() {
    const all = data.sections.map((section, at) => [at, section]);
    const names = all.filter(([, section]) => section[0] || section[4] !== "body");
    const indented = (section, at) => "\u3000".repeat(Math.max(section[1] - 1, 0)) + headingOf(at);
    const whether = (section) => (section[3] ? "" : ` (${t().uncounted})`);
    byId("within").replaceChildren(
      make("option", { value: -1 }, t().everywhere),
      ...names.map(([at, section]) => make("option", { value: at }, indented(section, at) + whether(section))),
    );
    byId("within").value = String(state.within);
  }

  function showFields() {
    query.value = state.q;
    byId("regex").checked = state.regex;
    byId("counted").checked = state.counted;
    byId("within").value = String(state.within);
    for (const radio of document.getElementsByName("sort")) radio.checked = radio.value === state.sort;
  }

  /** The lines that are searched: within the heading chosen, counted or not. */
  function linesSearched() {
    const chosen = data.sections.map((section, at) => (!state.counted || section[3]) && (state.within < 0 || isWithin(at, state.within)));
    return lineTexts.flatMap((_, line) => (chosen[data.lines[line][1]] ? [line] : []));
  }

  /** Words as they are typed, each a pattern that cannot go astray. */
  function plainPatterns() {
    const words = new Set(state.q.split(/[\s\u3000]+/u).filter(Boolean));
    return [...words].map((word) => new RegExp(word.replace(/[\\^$.*+?()[\]{}|/]/g, (mark) => `\\${mark}`), "giu"));
  }

  /** Find all hits, line by line, and hand the screen back in between; false when a newer search has begun. */
  async function searchWords(mine) {
    const wanted = plainPatterns();
    let since = performance.now();
    for (const line of linesSearched()) {
      for (const pattern of wanted) {
        for (const found of lineTexts[line].matchAll(pattern)) {
          if (hits.length >= MOST_HITS) {
            capped = true;
            return true;
          }
          hits.push([line, found.index, found.index + found[0].length]);
        }
      }
      if (performance.now() - since > SLICE_MS) {
        byId("hits").textContent = t().searching;
        await new Promise((resume) => setTimeout(resume));
        if (mine !== running) return false;
        since = performance.now();
      }
    }
    return true;
  }

  // --- regular expressions, in a worker: nothing but its end stops one that goes astray ---

  /** What runs there: all hits of a pattern as lines, starts and ends in one array, or what the browser says against it. */
  function patternWorker() {
    let texts = [];
    self.onmessage = ({ data: asked }) => {
      if (asked.texts) texts = asked.texts;
      const found = [];
      try {
        const pattern = new RegExp(asked.pattern, "giu");
        for (const line of asked.lines) {
          for (const match of texts[line].matchAll(pattern)) {
            if (match[0]) found.push(line, match.index, match.index + match[0].length); // an empty match is no hit
            if (found.length > 3 * asked.most) break;
          }
          if (found.length > 3 * asked.most) break;
        }
      } catch (error) {
        self.postMessage({ wrong: String(error.message) });
        return;
      }
      const hits = Uint32Array.from(found);
      self.postMessage({ hits }, [hits.buffer]);
    };
  }

  const workerAddress = URL.createObjectURL(new Blob([`(${patternWorker})()`], { type: "text/javascript" }));
  let worker = null;
  let endPattern = null; // of the search that the worker is at

  /** Ask the worker for all hits of the pattern: its answer, or slow, or stopped by a newer search, or no worker to be had. */
  function askWorker(lines) {
    const knowsTexts = worker !== null;
    try {
      worker = worker || new Worker(workerAddress);
    } catch {
      return Promise.resolve({ noWorker: true });
    }
    return new Promise((resolve) => {
      const end = (answer, isDone) => {
        clearTimeout(limit);
        endPattern = null;
        if (!isDone) {
          worker.terminate();
          worker = null;
        }
        resolve(answer);
      };
      const limit = setTimeout(() => end({ slow: true }), 1000 * PATTERN_SECONDS);
      endPattern = () => end({ stopped: true });
      worker.onmessage = ({ data: answer }) => end(answer, true);
      worker.onerror = (event) => {
        event.preventDefault();
        end({ noWorker: true });
      };
      worker.postMessage({ texts: knowsTexts ? null : lineTexts, pattern: state.q, lines, most: MOST_HITS });
    });
  }

  /** Find all hits of a regular expression; false when a newer search has begun. */
  async function searchPattern() {
    const wrong = (told) => (words) => words.wrong(told.split(": ").pop());
    try {
      new RegExp(state.q, "giu"); // read here, run elsewhere
    } catch (error) {
      problem = wrong(String(error.message));
      return true;
    }
    const patience = setTimeout(drawHits, PATIENCE_MS);
    const answer = await askWorker(linesSearched());
    clearTimeout(patience);
    if (answer.stopped) return false;
    if (answer.slow) problem = (words) => words.slow(PATTERN_SECONDS);
    else if (answer.noWorker) problem = (words) => words.noWorker;
    else if (answer.wrong) problem = wrong(answer.wrong);
    else {
      capped = answer.hits.length > 3 * MOST_HITS;
      const end = Math.min(answer.hits.length, 3 * MOST_HITS);
      for (let at = 0; at < end; at += 3) hits.push([...answer.hits.subarray(at, at + 3)]);
    }
    return true;
  }

  /** Search as the fields say; a newer search ends this one. */
  async function search() {
    const mine = ++running;
    if (endPattern) endPattern();
    hits = [];
    capped = false;
    problem = null;
    if (state.q.trim() && !(state.regex ? await searchPattern() : await searchWords(mine))) return;
    sortHits();
    drawHits();
    root.dataset.hits = hits.length; // when the lines are there
  }

  function sortHits() {
    const inText = (a, b) => a[0] - b[0] || a[1] - b[1] || b[2] - a[2];
    if (state.sort === "text") {
      hits.sort(inText);
      return;
    }
    const keys = new Map(hits.map((hit) => {
      const before = [...cut(hit[0], Math.max(hit[1] - CONTEXT, 0), hit[1])].reverse().join("");
      const after = cut(hit[0], hit[2], hit[2] + CONTEXT);
      return [hit, state.sort === "left" ? [before, after] : [after, before]];
    }));
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    hits.sort((a, b) => compare(keys.get(a)[0], keys.get(b)[0]) || compare(keys.get(a)[1], keys.get(b)[1]) || inText(a, b));
  }

  function drawHits() {
    const words = t();
    const asked = state.q.trim() !== "";
    const perSection = new Map();
    const lines = new Set();
    const forms = new Map();
    for (const [line, start, end] of hits) {
      const section = data.lines[line][1];
      perSection.set(section, (perSection.get(section) || 0) + 1);
      lines.add(line);
      const form = lineTexts[line].slice(start, end);
      forms.set(form, (forms.get(form) || 0) + 1);
    }
    const told = byId("hits");
    told.classList.toggle("wrong", problem !== null);
    const found = words.hits(count(hits.length), count(lines.size), count(perSection.size));
    const number = hits.length ? found + (capped ? words.capped(count(MOST_HITS)) : "") : words.none;
    if (endPattern) told.textContent = words.searching;
    else told.textContent = problem ? problem(words) : asked ? number : words.ask;
    const most = [...forms].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const listed = most.slice(0, MOST_FORMS).map(([form, n]) => `${form} ${count(n)}`);
    byId("forms").textContent = forms.size < 2 ? "" : listed.join(" · ") + (most.length > MOST_FORMS ? " …" : "");
    byId("save-hits").hidden = !hits.length;
    byId("save-hits").textContent = words.saveHits;
    drawSections(perSection);
    drawLines();
  }

  /** All hits as a table, with a byte order mark (Excel reads Chinese only with one). */
  function hitsAsCsv() {
    const words = t();
    const safe = (cell) => String(cell).replace(/^[=+@-]/u, "'$&"); // a spreadsheet would take it for a formula
    const quoted = (cell) => `"${safe(cell).replaceAll('"', '""')}"`;
    const rows = hits.map(([line, start, end]) => [
      cut(line, Math.max(start - CONTEXT, 0), start), lineTexts[line].slice(start, end), cut(line, end, end + CONTEXT),
      headingOf(data.lines[line][1]), data.lines[line][0],
    ]);
    const head = [words.left, words.word, words.right, words.section, words.line];
    return `\ufeff${[head, ...rows].map((row) => row.map(quoted).join(",")).join("\n")}\n`;
  }

  byId("save-hits").addEventListener("click", () => {
    const href = URL.createObjectURL(new Blob([hitsAsCsv()], { type: "text/csv" }));
    make("a", { href, download: `${data.plan}-${state.q.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40)}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  });

  function drawSections(perSection) {
    byId("sections-box").hidden = !perSection.size;
    const words = t();
    const rows = [...perSection].sort((a, b) => a[0] - b[0]).map(([section, n]) => make("tr", {},
      make("th", { scope: "row" }, headingOf(section), data.sections[section][3] ? "" : ` (${words.uncounted})`),
      make("td", { class: "number" }, count(n)),
      make("td", { class: "number" }, count(sectionChars[section])),
      make("td", { class: "number" }, sectionChars[section] ? ((n * 10000) / sectionChars[section]).toFixed(1) : "—")));
    const names = [words.section, words.sectionHits, words.chars, words.per];
    const heads = names.map((name, at) => make("th", { scope: "col", class: at ? "number" : "" }, name));
    byId("by-section").replaceChildren(
      make("thead", {}, make("tr", {}, ...heads)),
      make("tbody", {}, ...rows));
  }

  function drawLines() {
    const table = byId("lines");
    const pager = byId("pager");
    table.hidden = !hits.length;
    pager.hidden = hits.length <= LINES_A_PAGE;
    if (!hits.length) {
      table.replaceChildren();
      return;
    }
    const words = t();
    const last = Math.ceil(hits.length / LINES_A_PAGE) - 1;
    state.page = Math.min(Math.max(state.page, 0), last);
    const shown = hits.slice(state.page * LINES_A_PAGE, (state.page + 1) * LINES_A_PAGE);
    const longest = Math.max(...shown.map(([, start, end]) => Math.min(end - start, 12)), 3);
    const columns = [["left", "31%"], ["word", `${longest + 1.2}em`], ["right", "31%"], ["section", "auto"], ["line", "5.5em"]];
    const group = make("colgroup", {}, ...columns.map(([name, width]) => {
      const column = make("col", { class: name });
      column.style.width = width;
      return column;
    }));
    const heads = columns.map(([name]) => make("th", { scope: "col", role: "columnheader", class: name }, words[name]));
    table.replaceChildren(group,
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)),
      make("tbody", { role: "rowgroup", lang: "zh-CN" }, ...shown.map(drawLine)));
    const first = state.page * LINES_A_PAGE;
    const range = words.range(count(first + 1), count(first + shown.length), count(hits.length));
    pager.replaceChildren(
      drawTurn("first", 0, last), drawTurn("previous", state.page - 1, last),
      make("span", { "aria-live": "polite" }, range),
      drawTurn("next", state.page + 1, last), drawTurn("last", last, last));
  }

  /** A button that leads to another page of hits, where there is one. */
  function drawTurn(name, to, last) {
    const disabled = to < 0 || to > last || to === state.page;
    const onclick = () => turnTo(to, name);
    return make("button", { type: "button", class: "plainly", disabled, onclick, "data-turn": name }, t()[name]);
  }

  function turnTo(page, name) {
    state.page = page;
    drawLines();
    const find = (which) => byId("pager").querySelector(`button${which}:not(:disabled)`);
    const again = find(`[data-turn="${name}"]`) || find("");
    if (again) again.focus();
    byId("lines").scrollIntoView({ block: "nearest" });
  }

  function drawLine(hit) {
    const [line, start, end] = hit;
    const [source, section] = data.lines[line];
    const cell = (name, ...children) => make("td", { role: "cell", class: name }, ...children);
    const button = make("button", { type: "button", "aria-expanded": "false" }, lineTexts[line].slice(start, end));
    const row = make("tr", { role: "row", class: "hit" },
      cell("left", make("span", {}, make("bdi", {}, cut(line, Math.max(start - CONTEXT, 0), start)))),
      cell("word", button),
      cell("right", cut(line, end, end + CONTEXT)),
      cell("section", headingOf(section)),
      cell("line", t().lineOf(source)));
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      if (open) row.nextElementSibling.remove();
      else row.after(drawWhole(line, start, end));
    });
    return row;
  }

  function drawWhole(line, start, end) {
    const text = lineTexts[line];
    const above = [];
    for (let at = data.lines[line][1]; at >= 0; at = data.sections[at][2]) above.unshift(headingOf(at));
    return make("tr", { role: "row", class: "whole" }, make("td", { role: "cell", colspan: 5 },
      text.slice(0, start), make("mark", {}, text.slice(start, end)), text.slice(end), " ",
      make("span", { class: "where" }, `${above.join(" › ")} · ${t().lineOf(data.lines[line][0])}`)));
  }

  function changed() {
    Object.assign(state, {
      q: query.value, regex: byId("regex").checked, counted: byId("counted").checked, page: 0,
      within: Number(byId("within").value), sort: [...document.getElementsByName("sort")].find((radio) => radio.checked).value,
    });
    search();
    remember();
  }

  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    changed();
  });
  query.addEventListener("input", (event) => {
    if (!event.isComposing) changed(); // not while pinyin is being typed
  });
  query.addEventListener("compositionend", changed);
  for (const control of byId("search").querySelectorAll("select, [type=radio], [type=checkbox]")) {
    control.addEventListener("change", changed);
  }

  // --- counties and industries ---

  const grid = byId("ties-table");
  const firstBase = data.ties ? document.querySelector('[name="base"]:checked').value : "";
  let focusAt = [0, 0];
  state.base = firstBase;

  const countIn = (county, industry) => data.ties.bases[state.base].n[county][industry];
  const quotientOf = (county, industry) => {
    const found = data.ties.bases[state.base].quotients;
    return found && found[county * data.ties.units.industry.length + industry];
  };
  const short = (number) => (number >= 99.95 ? String(Math.round(number)) : number.toFixed(1));
  const shortEnd = (number) => (number < 1 ? number.toFixed(2) : short(number));
  const side = (quotient) => (quotient && quotient[1] > 1 ? "above" : quotient && quotient[2] < 1 ? "below" : "");
  const nameOf = (scheme, at) => data.ties.units[scheme][at][state.lang === "zh" ? 0 : 1];
  const labelOf = (scheme, at) => (state.lang === "zh" ? data.ties.units[scheme][at][2] : data.ties.units[scheme][at][1]);

  function valueOf(county, industry) {
    if (state.view === "sentences") return countIn(county, industry);
    const quotient = quotientOf(county, industry);
    return quotient ? quotient[0] : -1;
  }

  /** The units in the order asked for: by a column or a row, falling or rising, ties in the plan's order. */
  function ordered(scheme, by, of) {
    const places = data.ties.units[scheme].map((_, at) => at);
    if (!by) return places;
    const value = (at) => (by.key === "pages" ? data.ties.units[scheme][at][3] ?? -1 : of(at));
    return places.sort((a, b) => by.sign * (value(a) - value(b)) || a - b);
  }

  const turned = (now, key) => (!now || now.key !== key ? { key, sign: -1 } : now.sign < 0 ? { key, sign: 1 } : null);
  const sortMark = (by, key) => (by && by.key === key ? (by.sign < 0 ? " ↓" : " ↑") : "");
  const ariaSort = (by, key) => (by && by.key === key ? (by.sign < 0 ? "descending" : "ascending") : undefined);

  function drawTies() {
    const words = t();
    for (const radio of document.querySelectorAll('[name="view"], [name="base"]')) {
      radio.checked = [state.view, state.base].includes(radio.value);
    }
    const columns = ordered("industry", state.columns, (at) => valueOf(state.columns.key, at));
    const rows = ordered("county", state.rows, (at) => valueOf(at, state.rows.key));
    const most = Math.max(...rows.flatMap((county) => columns.map((industry) => countIn(county, industry))), 1);
    const byColumn = (key) => () => { state.rows = turned(state.rows, key); drawTies(); };
    const byRow = (key) => () => { state.columns = turned(state.columns, key); drawTies(); };
    const hasPages = ["county", "industry"].some((scheme) => data.ties.units[scheme].some((unit) => unit[3] !== null));
    const pagesOf = (scheme, at, name) => drawPlain("td", data.ties.units[scheme][at][3] ?? "—", name);
    const row = (name, ...cells) => make("tr", { role: "row", class: name }, ...cells);
    const head = row("", drawPlain("th", words.county),
      hasPages ? drawHeader("col", words.pages, state.rows, "pages", byColumn("pages"), "pages") : null,
      ...columns.map((at) => drawHeader("col", labelOf("industry", at), state.rows, at, byColumn(at))));
    const pageRow = row("pages",
      drawHeader("row", words.pages, state.columns, "pages", byRow("pages")), drawPlain("td", "", "pages"),
      ...columns.map((at) => pagesOf("industry", at)));
    const body = rows.map((county) => row("",
      drawHeader("row", nameOf("county", county), state.columns, county, byRow(county)),
      hasPages ? pagesOf("county", county, "pages") : null,
      ...columns.map((industry) => drawCell(county, industry, most))));
    grid.replaceChildren(
      make("thead", { role: "rowgroup" }, head),
      make("tbody", { role: "rowgroup" }, ...(hasPages ? [pageRow, ...body] : body)));
    sayTies();
    placeFocus(false);
  }

  /** Below the choices: how many sentences are counted, and what cannot be given. */
  function sayTies() {
    const words = t();
    const base = data.ties.bases[state.base];
    const silent = state.view === "quotients" && !base.quotients;
    const spoken = Object.keys(base.behind).length > 0;
    const told = [words.said(count(base.n_sentences), words.bases[state.base])];
    if (silent) told.push(words.noQuotient);
    if (!spoken) told.push(words.noText);
    byId("ties-said").textContent = told.map((one) => one.replace(/[.。]$/, "") + words.stop).join("");
  }

  /** A name that sorts: a column's the rows, a row's the columns. */
  function drawHeader(scope, text, by, key, sort, name) {
    const role = scope === "col" ? "columnheader" : "rowheader";
    const button = make("button", { type: "button", tabindex: "-1", onclick: sort }, text + sortMark(by, key));
    return make("th", { scope, role, "aria-sort": ariaSort(by, key), class: name }, button);
  }

  function drawPlain(tag, text, name) {
    const role = tag === "th" ? { scope: "col", role: "columnheader" } : { role: "gridcell" };
    return make(tag, { ...role, class: name }, make("span", { class: "plain", tabindex: "-1" }, text));
  }

  function drawCell(county, industry, most) {
    const words = t();
    const n = countIn(county, industry);
    const quotient = quotientOf(county, industry);
    const told = [`${nameOf("county", county)}, ${nameOf("industry", industry)}: ${words.sentences(n)}`];
    const names = n ? [] : ["none"];
    const inside = [];
    if (state.view === "sentences") {
      if (n) names.push(`t${Math.min(3, Math.ceil((3 * n) / most))}`);
      inside.push(n ? count(n) : "·");
    } else if (quotient) {
      const [value, low, high] = [short(quotient[0]), shortEnd(quotient[1]), shortEnd(quotient[2])];
      const where = side(quotient);
      names.push(where);
      inside.push(({ above: "▲ ", below: "▼ " }[where] || "") + value, make("small", {}, `${low}–${high}`));
      told.push(words.quotient(value, low, high), where ? words[where] : "");
    } else inside.push("—");
    const open = state.cell && state.cell[0] === county && state.cell[1] === industry;
    const button = make("button", {
      type: "button", tabindex: "-1", "data-cell": `${county},${industry}`,
      "aria-label": told.filter(Boolean).join(", "), onclick: () => openCell([county, industry], true),
    }, ...inside);
    return make("td", { role: "gridcell", class: names.join(" ").trim(), "aria-selected": open ? "true" : undefined }, button);
  }

  const focusable = () => [...grid.rows].map((row) => [...row.cells].map((cell) => cell.firstElementChild));

  /** One cell at a time is in the order of the Tab key. */
  function placeFocus(move) {
    const cells = focusable();
    const row = Math.min(Math.max(focusAt[0], 0), cells.length - 1);
    const column = Math.min(Math.max(focusAt[1], 0), cells[row].length - 1);
    const held = grid.contains(document.activeElement);
    grid.querySelectorAll('[tabindex="0"]').forEach((other) => other.setAttribute("tabindex", "-1"));
    focusAt = [row, column];
    const target = cells[row][column];
    target.setAttribute("tabindex", "0");
    if (move || held) target.focus();
  }

  if (data.ties) {
    grid.addEventListener("keydown", (event) => {
      const cells = focusable();
      const ends = [cells.length - 1, cells[0].length - 1];
      const steps = {
        ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
        Home: [event.ctrlKey ? -ends[0] : 0, -ends[1]], End: [event.ctrlKey ? ends[0] : 0, ends[1]],
        PageUp: [-ends[0], 0], PageDown: [ends[0], 0],
      };
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      focusAt = [focusAt[0] + step[0], focusAt[1] + step[1]];
      placeFocus(true);
    });
    grid.addEventListener("focusin", (event) => {
      focusable().forEach((row, at) => {
        const column = row.indexOf(event.target);
        if (column >= 0 && (at !== focusAt[0] || column !== focusAt[1])) {
          focusAt = [at, column];
          placeFocus(false);
        }
      });
    });
    for (const radio of document.querySelectorAll('[name="view"], [name="base"]')) {
      radio.addEventListener("change", () => {
        state[radio.name] = radio.value;
        drawTies();
        if (state.cell) drawBehind();
        remember();
      });
    }
    byId("behind").addEventListener("keydown", (event) => {
      if (event.key === "Escape") closeCell();
    });
  }

  function openCell(cell, move) {
    state.cell = cell;
    drawTies();
    drawBehind();
    remember();
    if (!move) return;
    byId("behind").focus({ preventScroll: true });
    byId("behind").scrollIntoView({ block: "nearest" });
  }

  function closeCell() {
    const [county, industry] = state.cell;
    state.cell = null;
    byId("behind").hidden = true;
    drawTies();
    remember();
    const button = grid.querySelector(`[data-cell="${county},${industry}"]`);
    if (button) button.focus();
  }

  function drawBehind() {
    const words = t();
    const [county, industry] = state.cell;
    const base = data.ties.bases[state.base];
    const found = base.behind[`${county},${industry}`] || [];
    const quotient = quotientOf(county, industry);
    const told = [words.bases[state.base], words.sentences(found.length)];
    if (quotient) told.push(words.quotient(short(quotient[0]), shortEnd(quotient[1]), shortEnd(quotient[2])));
    const items = found.map((at) => {
      const [start, end, section, line] = data.ties.sentences[at];
      const where = make("span", { class: "where" }, `${headingOf(section)} · ${words.lineOf(line)}`);
      return make("li", {}, data.text.slice(start, end), " ", where);
    });
    const box = byId("behind");
    box.hidden = false;
    box.setAttribute("aria-label", `${nameOf("county", county)} × ${nameOf("industry", industry)}`);
    box.setAttribute("role", "group");
    box.replaceChildren(
      make("div", { class: "head" }, make("h3", {}, `${nameOf("county", county)} × ${nameOf("industry", industry)}`),
        make("button", { type: "button", class: "plainly", onclick: closeCell }, words.close)),
      make("p", { class: "where" }, told.join(" · ")),
      found.length ? make("ol", { lang: "zh-CN" }, ...items) : make("p", {}, words.expected));
  }

  // --- figures ---

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).blob();
  }

  const pictures = JSON.parse(byId("pictures").textContent);
  for (const image of document.querySelectorAll(".picture")) {
    // Its room, before it is there: what stands below must not move.
    image.style.aspectRatio = `${image.getAttribute("width")} / ${image.getAttribute("height")}`;
  }

  async function showPictures() {
    for (const [anchor, versions] of Object.entries(pictures)) {
      const figure = byId(anchor);
      for (const [language, version] of Object.entries(versions)) {
        const svg = await unpack(version.svg);
        const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
        figure.querySelector(`img[data-language="${language}"]`).src = address;
        const asFile = async (table) => URL.createObjectURL(new Blob([await unpack(table)], { type: "text/csv" }));
        const files = [["SVG", address, ".svg"], ["CSV", await asFile(version.csv), ".csv"]];
        if (version.firm) files.push(["firm", await asFile(version.firm), "-robustness.csv"]);
        for (const [kind, href, ending] of files) {
          const download = version.name + ending;
          const named = { href, download, class: language === "both" ? "" : language, "data-kind": kind };
          figure.querySelector(".files").append(make("a", named, t().save(kind)));
        }
      }
      await new Promise((resume) => setTimeout(resume));
    }
    root.dataset.pictures = "shown";
  }

  /** Rows of a CSV; quoted cells may hold commas, quotes and line ends. */
  function parseCsv(text) {
    const rows = [[]];
    for (const [, quoted, bare, end] of text.replace(/^\ufeff/, "").matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\r?\n|$)/g)) {
      rows[rows.length - 1].push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
      if (end === "") break;
      if (end !== ",") rows.push([]);
    }
    return rows.filter((row) => row.length > 1 || row[0]);
  }

  async function drawData(details) {
    const versions = pictures[details.closest("figure").id];
    const version = versions.both || versions[state.lang];
    const [head, ...rows] = parseCsv(await (await unpack(version.csv)).text());
    const numeric = head.map((_, at) => rows.every((row) => !row[at] || /^-?(\d|inf)/.test(row[at])));
    const align = (at) => (numeric[at] ? "number" : "");
    const shown = rows.slice(0, MOST_ROWS);
    const drawRow = (row) => make("tr", {}, ...row.map((value, at) => make("td", { class: align(at) }, value)));
    details.lastElementChild.replaceChildren(
      make("table", {},
        rows.length > MOST_ROWS ? make("caption", {}, t().more(count(rows.length - MOST_ROWS))) : null,
        make("thead", {}, make("tr", {}, ...head.map((name, at) => make("th", { scope: "col", class: align(at) }, name)))),
        make("tbody", {}, ...shown.map(drawRow))));
  }

  for (const details of document.querySelectorAll(".data")) {
    details.addEventListener("toggle", () => {
      if (details.open && !details.lastElementChild.childElementCount) drawData(details);
    });
  }

  // --- the beginning ---

  setLanguage(state.lang);
  follow(location.hash);
  root.dataset.ready = "yes";
  setTimeout(showPictures);
});
