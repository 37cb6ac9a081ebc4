"use strict";
// Text comes from registries and is hostile until proven otherwise: it enters the page as text nodes and attribute
// values only. The policy of the page refuses everything else, strings that would become markup included.
(() => {
  const CHUNK = 200; // rows drawn at a time: what a screen shows many times over, and drawn in a few milliseconds
  const { rows } = JSON.parse(document.getElementById("data").textContent);
  const ORDER = ["failed", "gone upstream", "deferred", "copied", "re-tagged", "kept", "unchanged"];
  const MOODS = { failed: "bad", "gone upstream": "warn", deferred: "warn", copied: "good", "re-tagged": "good" };
  const by = (id) => document.getElementById(id);
  const words = by("words"), state = by("state"), order = by("order"), count = by("count"), more = by("more");

  const COLUMNS = [
    { title: "Image", key: (row) => row.name },
    { title: "State", key: (row) => ORDER.indexOf(row.state) },
    { title: "Pull from" },
    { title: "Platforms", key: (row) => row.platforms.length, falls: true },
    { title: "Size", key: (row) => row.size, falls: true },
    { title: "Mirrored", key: (row) => row.places.map((place) => place.at).sort().pop() || null, falls: true },
    { title: "Moved upstream", key: (row) => row.moved, falls: true },
    { title: "Pulls used", key: (row) => row.pulls, falls: true },
  ];

  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children.filter((child) => child !== ""));
    return element;
  }

  function bytes(count) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    for (; count >= 1024 && unit < units.length - 1; unit++) count /= 1024;
    return `${unit === 0 || count >= 100 ? count.toFixed(0) : count.toFixed(1)} ${units[unit]}`;
  }

  function age(text) {
    const minutes = Math.round((Date.now() - Date.parse(text)) / 60000);
    if (minutes < 1) return "just now";
    if (minutes < 60) return `${minutes} min ago`;
    if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h ago`;
    return `${Math.round(minutes / 1440)} days ago`;
  }

  function when(text) {
    if (!text) return make("span", { class: "soft" }, "not known");
    const shown = make("time", { datetime: text, title: text }, text.slice(0, 10));
    return make("span", {}, shown, " ", make("span", { class: "soft age" }, age(text)));
  }

  // Rows.

  function place(each) {
    const found = make("div", { class: "place" }, make("span", { class: "soft" }, each.name), make("code", {}, each.pull));
    if (each.state !== "failed" || each.digest) {
      found.append(copier("pull", `Copy the pull reference ${each.pull}`, each.pull));
      found.append(copier("FROM", `Copy the FROM line of ${each.pull}`, `FROM ${each.pull}`));
    }
    if (each.drift) found.append(make("span", { class: "tag warn" }, "drift"), make("span", { class: "why" }, each.drift));
    return found;
  }

  function copier(text, label, value) {
    const button = make("button", { type: "button", "aria-label": label }, text);
    button.value = value;
    return button;
  }

  function size(row) {
    if (row.size === null) return [make("span", { class: "soft" }, "not known")];
    if (!row.shared) return [bytes(row.size)];
    const shared = make("span", { class: "soft" }, `${bytes(row.shared)} shared`);
    if (row.with.length)
      shared.title = row.with.map(([name, common]) => `${bytes(common)} with ${name}`).join("\n");
    return [bytes(row.size), make("br"), shared];
  }

  function draw(row) {
    const cell = (column, kind, ...children) =>
      make("td", { role: "cell", "data-name": COLUMNS[column].title, ...(kind && { class: kind }) }, ...children);
    const name = make("th", { scope: "row", role: "rowheader" }, make("span", {}, row.name));
    if (row.digest)
      name.append(make("br"), make("code", { class: "soft", title: row.digest }, row.digest.slice(0, 19)));
    const mood = MOODS[row.state];
    const stands = cell(1, "", make("span", { class: mood ? `tag ${mood}` : "tag" }, row.state));
    for (const why of row.why) stands.append(make("div", { class: "why soft" }, why));
    if (row.seen) stands.append(make("div", { class: "soft" }, "looked at ", when(row.seen)));
    const at = row.places.map((each) => each.at).filter(Boolean).sort().pop();
    return make("tr", { role: "row" }, name, stands,
      cell(2, "", ...row.places.map(place)),
      cell(3, "", row.platforms.length ? row.platforms.join(", ") : make("span", { class: "soft" }, "not known")),
      cell(4, "number", ...size(row)), cell(5, "", when(at)), cell(6, "", when(row.moved)),
      cell(7, "number", String(row.pulls)));
  }

  // The table.

  let sorted = { column: 1, falls: false }, found = [], drawn = 0;
  const body = make("tbody", { role: "rowgroup" });
  const heads = COLUMNS.map((column, index) => {
    const head = make("th", { scope: "col", role: "columnheader" });
    if (!column.key) return head.append(make("span", {}, column.title)), head;
    const button = make("button", { type: "button" }, column.title);
    button.addEventListener("click", () => sort(index));
    head.append(button);
    return head;
  });
  const caption = make("caption", { class: "hidden" }, "All images, with where to pull them from");
  by("table").append(make("table", { role: "table" }, caption,
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)), body));

  for (const row of rows)
    row.text = [row.name, row.state, row.digest, ...row.platforms, ...row.places.flatMap((each) => [each.pull, each.name,
      each.drift ? "drift" : ""])].join("\n").toLowerCase();

  function compare(first, second) {
    const { key } = COLUMNS[sorted.column];
    const [a, b] = [key(first), key(second)];
    if (a === null || b === null) return (a === null) - (b === null) || names(first, second); // not known: always last
    const way = typeof a === "string" ? collator.compare(a, b) : a - b;
    return (sorted.falls ? -way : way) || names(first, second);
  }
  const collator = new Intl.Collator("en", { numeric: true });
  const names = (first, second) => collator.compare(first.name, second.name);

  function update() {
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = rows.filter((row) => (!state.value || row.state === state.value) && asked.every((word) => row.text.includes(word)));
    found.sort(compare);
    heads.forEach((head, index) => {
      if (index === sorted.column) head.setAttribute("aria-sort", sorted.falls ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    order.value = String(sorted.column);
    body.replaceChildren();
    drawn = 0;
    extend(CHUNK);
    count.value = found.length === rows.length ? `${rows.length} references` : `${found.length} of ${rows.length} references`;
  }

  function extend(by) {
    const next = found.slice(drawn, drawn + by);
    body.append(...next.map(draw));
    drawn += next.length;
    more.hidden = drawn >= found.length;
    more.firstChild.textContent = `Show ${Math.min(CHUNK, found.length - drawn)} more`;
    more.lastChild.textContent = `Show all ${found.length}`;
  }

  function sort(column) {
    const falls = Boolean(COLUMNS[column].falls);
    sorted = { column, falls: column === sorted.column ? !sorted.falls : falls };
    update();
  }

  // Controls.

  for (const [amount] of [[CHUNK], [Infinity]]) {
    const button = make("button", { type: "button" });
    button.addEventListener("click", () => {
      const last = body.lastElementChild;
      extend(amount);
      last?.nextElementSibling?.querySelector("button")?.focus();
    });
    more.append(button);
  }
  for (const name of ORDER.filter((each) => rows.some((row) => row.state === each)))
    state.append(make("option", { value: name }, name));
  COLUMNS.forEach((column, index) => column.key && order.append(make("option", { value: index }, column.title)));
  by("filter").addEventListener("submit", (event) => event.preventDefault());
  words.addEventListener("input", update);
  state.addEventListener("change", update);
  order.addEventListener("change", () => {
    const column = Number(order.value);
    sorted = { column, falls: Boolean(COLUMNS[column].falls) };
    update();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      words.focus();
    }
    if (event.key === "Escape" && event.target === words) {
      words.value = "";
      update();
    }
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
    by("said").textContent = done ? `Copied: ${button.value}` : "The browser did not allow copying.";
    const before = button.textContent;
    button.textContent = done ? "✓" : "✗";
    button.disabled = true;
    setTimeout(() => {
      button.textContent = before;
      button.disabled = false;
    }, 900);
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

  for (const time of document.querySelectorAll("header time")) time.after(` (${age(time.dateTime)})`);
  update();
})();
