"use strict";
// Text comes from registries and is hostile until proven otherwise: it enters the page as text nodes and attribute
// values only. The policy of the page refuses everything else, strings that would become markup included.
(() => {
  const CHUNK = 100; // rows drawn at a time: what a screen shows many times over, and drawn in a few milliseconds
  const { rows, finished, every, names } = JSON.parse(document.getElementById("data").textContent);
  const ORDER = ["failed", "gone upstream", "deferred", "copied", "re-tagged", "kept", "unchanged"];
  const MOODS = { failed: "bad", "gone upstream": "warn", deferred: "warn", copied: "good", "re-tagged": "good" };
  const by = (id) => document.getElementById(id);
  const words = by("words"), state = by("state"), order = by("order"), count = by("count"), more = by("more");

  const COLUMNS = [
    { title: "Image", key: (row) => row.rank },
    { title: "State", key: (row) => ORDER.indexOf(row.state) },
    { title: "Pull from" },
    { title: "Platforms", key: (row) => row.platforms.length, falls: true },
    { title: "Size", key: (row) => row.size, falls: true, kind: "number" },
    { title: "Mirrored", key: (row) => row.at, falls: true },
    { title: "Moved upstream", key: (row) => row.moved, falls: true },
    { title: "Pulls", key: (row) => row.pulls, falls: true, kind: "number" },
  ];

  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children.filter((child) => child !== ""));
    return element;
  }
  const say = (state) => names[state] || state;
  const soft = (...children) => make("span", { class: "soft" }, ...children);

  function bytes(count) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    for (; count >= 1024 && unit < units.length - 1; unit++) count /= 1024;
    return `${unit === 0 || count >= 100 ? count.toFixed(0) : count.toFixed(1)} ${units[unit]}`;
  }

  function span(minutes) {
    if (minutes < 60) return `${Math.round(minutes)} min`;
    if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
    return `${Math.round(minutes / 1440)} days`;
  }
  const minutesSince = (text) => (Date.now() - Date.parse(text)) / 60000;
  const age = (text) => (minutesSince(text) < 1 ? "just now" : `${span(minutesSince(text))} ago`);

  function when(text) {
    if (!text) return soft("not known");
    const shown = make("time", { datetime: text, title: text.replace("T", " ").replace("Z", " UTC") }, text.slice(0, 10));
    return make("span", {}, shown, " ", make("span", { class: "soft age" }, age(text)));
  }

  // Rows.

  function place(each, row) {
    const line = make("div", { class: "copies" }, soft(each.name));
    if (each.digest)
      line.append(copier("Copy", `Copy the pull reference ${each.pull}`, each.pull),
        copier("Copy FROM", `Copy FROM line of ${each.pull}`, `FROM ${each.pull}`));
    else line.append(soft("not there"));
    if (each.state !== row.state) line.append(make("span", { class: "tag" }, say(each.state)));
    if (each.drift) line.append(make("span", { class: "tag warn" }, "drift"), make("span", { class: "soft text" }, each.drift));
    return make("div", { class: "place" }, make("code", {}, each.pull), line);
  }

  function copier(text, label, value) {
    const button = make("button", { type: "button", "aria-label": label, title: value }, text);
    button.value = value;
    return button;
  }

  function size(row) {
    if (row.size === null) return [soft("not known")];
    if (!row.shared) return [bytes(row.size)];
    const layers = row.layers.map(([digest, length, images]) =>
      make("li", {}, make("code", { title: digest }, digest.slice(7, 19)), ` ${bytes(length)}, in ${images} images`));
    const others = row.with.map(([name, common]) => make("li", { class: "text" }, `${bytes(common)} with ${name}`));
    return [bytes(row.size), make("details", { class: "shared" }, make("summary", {}, `${bytes(row.shared)} shared`),
      make("ul", { "aria-label": "Shared layers" }, ...layers), make("ul", { "aria-label": "Shared with" }, ...others))];
  }

  function draw(row) {
    if (row.element) return row.element;
    const cell = (column, ...children) => {
      const { title, kind } = COLUMNS[column];
      return make("td", { role: "cell", "data-name": title, ...(kind && { class: kind }) }, ...children);
    };
    const name = make("th", { scope: "row", role: "rowheader" }, make("span", { class: "text" }, row.name));
    if (row.digest) name.append(make("code", { class: "soft", title: row.digest }, row.digest.slice(0, 19)));
    const mood = MOODS[row.state];
    const stands = cell(1, make("span", { class: mood ? `tag ${mood}` : "tag" }, say(row.state)));
    if (row.seen) stands.append(make("div", { class: "soft" }, "looked at ", when(row.seen)));
    const platforms = row.platforms.map((each) => make("span", {}, each));
    row.element = make("tr", { role: "row" }, name, stands,
      cell(2, ...row.places.map((each) => place(each, row)), ...row.why.map((why) => make("p", { class: "text soft" }, why))),
      cell(3, platforms.length ? make("div", { class: "platforms" }, ...platforms) : soft("not known")),
      cell(4, ...size(row)), cell(5, when(row.at)), cell(6, when(row.moved)), cell(7, row.about + row.pulls));
    return row.element;
  }

  // The table.

  let sorted = { column: 1, falls: false }, found = [], drawn = 0;
  const body = make("tbody", { role: "rowgroup" });
  const heads = COLUMNS.map((column, index) => {
    const head = make("th", { scope: "col", role: "columnheader", ...(column.kind && { class: column.kind }) });
    if (!column.key) return head.append(make("span", {}, column.title)), head;
    const button = make("button", { type: "button" }, column.title);
    button.addEventListener("click", () => sort(index));
    head.append(button);
    return head;
  });
  const caption = make("caption", { class: "hidden" }, "All images, with where to pull them from");
  by("table").replaceChildren(make("table", { role: "table" }, caption,
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)), body));
  const clear = make("button", { type: "button" }, "Clear the filter");
  const nothing = make("tr", { class: "nothing", role: "row" }, make("td", { role: "cell", colspan: COLUMNS.length },
    make("p", {}, rows.length ? "No reference matches." : "There are no references."), rows.length ? clear : ""));

  // What filtering and sorting look at is made once: a keystroke compares numbers and finds words, no more.
  const collator = new Intl.Collator("en", { numeric: true });
  [...rows].sort((a, b) => collator.compare(a.name, b.name)).forEach((row, rank) => (row.rank = rank));
  for (const row of rows) {
    row.at = row.places.map((each) => each.at).filter(Boolean).sort().pop() || null;
    row.text = [row.name, say(row.state), row.digest, ...row.platforms, ...row.places.flatMap((each) => [each.pull, each.name,
      each.drift ? "drift" : ""]), ...row.why].join("\n").toLowerCase();
  }

  function compare(first, second) {
    const { key } = COLUMNS[sorted.column];
    const [a, b] = [key(first), key(second)];
    if (a === null || b === null) return (a === null) - (b === null) || first.rank - second.rank; // not known: always last
    const way = a < b ? -1 : a > b ? 1 : 0;
    return (sorted.falls ? -way : way) || first.rank - second.rank;
  }

  function update() {
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = rows.filter((row) => (!state.value || row.state === state.value) && asked.every((word) => row.text.includes(word)));
    found.sort(compare);
    heads.forEach((head, index) => {
      if (index === sorted.column) head.setAttribute("aria-sort", sorted.falls ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    order.value = String(sorted.column);
    body.replaceChildren(...(found.length ? [] : [nothing]));
    drawn = 0;
    extend(CHUNK);
    const all = `${rows.length} ${rows.length === 1 ? "reference" : "references"}`;
    count.value = found.length === rows.length ? all : `${found.length} of ${all}`;
  }

  function extend(by) {
    const next = found.slice(drawn, drawn + by);
    body.append(...next.map(draw));
    drawn += next.length;
    more.hidden = drawn >= found.length;
    more.firstChild.textContent = `Show ${Math.min(CHUNK, found.length - drawn)} more`;
    more.lastChild.textContent = `Show all ${found.length}`;
  }

  function sort(column, falls = column === sorted.column ? !sorted.falls : Boolean(COLUMNS[column].falls)) {
    sorted = { column, falls };
    update();
  }

  function reset() {
    words.value = state.value = "";
    update();
    words.focus();
  }

  // Controls.

  for (const amount of [CHUNK, Infinity]) {
    const button = make("button", { type: "button" });
    button.addEventListener("click", () => {
      const last = body.lastElementChild;
      extend(amount);
      last?.nextElementSibling?.querySelector("button")?.focus();
    });
    more.append(button);
  }
  for (const name of ORDER.filter((each) => rows.some((row) => row.state === each)))
    state.append(make("option", { value: name }, say(name)));
  COLUMNS.forEach((column, index) => column.key && order.append(make("option", { value: index }, column.title)));
  by("filter").addEventListener("submit", (event) => event.preventDefault());
  words.addEventListener("input", update);
  state.addEventListener("change", update);
  order.addEventListener("change", () => sort(Number(order.value), Boolean(COLUMNS[order.value].falls)));
  clear.addEventListener("click", reset);
  addEventListener("beforeprint", () => extend(Infinity)); // on paper nobody shows more
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      words.focus();
      words.select();
    }
    if (event.key === "Escape" && event.target === words) reset();
  });
  by("table").addEventListener("click", (event) => {
    const button = event.target.closest("button[value]");
    if (button && button.value) copy(button);
  });

  async function copy(button) {
    let done = true;
    try {
      await navigator.clipboard.writeText(button.value);
    } catch {
      done = copyOld(button.value);
      button.focus();
    }
    by("said").textContent = ""; // the same words again are news only to a region that was empty
    setTimeout(() => (by("said").textContent = done ? `Copied: ${button.value}` : "The browser did not allow copying."));
    const name = done ? "done" : "undone";
    button.classList.add(name);
    clearTimeout(button.timer);
    button.timer = setTimeout(() => button.classList.remove("done", "undone"), 1200);
  }

  function copyOld(text) {
    // For browsers that give no clipboard to a file opened from disk.
    const area = make("textarea", { class: "hidden", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }

  // A page that nobody wrote anew says nothing about today, however green it is.
  if (every && minutesSince(finished) > Math.max(3 * every, 120)) {
    by("late").textContent = `This is the state of ${age(finished)}, and runs came about every ${span(every)}: ` +
      "if this is the latest page, look whether the schedule is still on and builds still start.";
    by("late").hidden = false;
  }
  for (const time of document.querySelectorAll("header time")) time.after(` (${age(time.dateTime)})`);
  update();
})();
