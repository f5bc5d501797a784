"use strict";
// The charts: each with a table of the same figures, and each bar a way to what lies behind it.
tracker.charts = new Map();
// More would take the chart's room; the picker has the same colours.
tracker.MOST_IN_LEGEND = 12;

tracker.stillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches || matchMedia("print").matches;

tracker.draw = function (place, label, config, table) {
  tracker.clear(place);
  const canvas = tracker.element("canvas", { role: "img", "aria-label": `${label}. The same figures are in the table below.` });
  tracker.put(place, tracker.element("div", { class: "canvas" }, canvas), table);
  const text = tracker.colour("--soft");
  const base = {
    responsive: true, maintainAspectRatio: false, animation: tracker.stillness() ? false : { duration: 200 },
    interaction: { mode: "index", intersect: false },
    plugins: { legend: { display: config.data.datasets.filter((dataset) => !dataset.isBeside).length <= tracker.MOST_IN_LEGEND, position: "bottom", labels: { color: tracker.colour("--text"), boxWidth: 12, boxHeight: 12, generateLabels: tracker.legend }, onClick: tracker.toggle } },
  };
  const options = { ...base, ...config.options, plugins: { ...base.plugins, ...(config.options.plugins || {}) } };
  for (const scale of Object.values(options.scales || {})) {
    scale.ticks = { color: text, ...scale.ticks };
    scale.grid = { color: tracker.colour("--grid"), ...scale.grid };
    if (scale.title) scale.title = { display: true, color: text, ...scale.title };
  }
  tracker.charts.set(place.id, new Chart(canvas, { ...config, options }));
};

// One entry a team, whatever is drawn of it: a dataset that stands beside another one comes and goes with it.
tracker.legend = (chart) => Chart.defaults.plugins.legend.labels.generateLabels(chart)
  .map((item) => ({ item, dataset: chart.data.datasets[item.datasetIndex] }))
  .filter(({ dataset }) => !dataset.isBeside)
  .map(({ item, dataset }) => ({ ...item, text: tracker.shortName(dataset.short || dataset.label) }));
tracker.toggle = function (_event, item, { chart }) {
  const { team } = chart.data.datasets[item.datasetIndex], isShown = chart.isDatasetVisible(item.datasetIndex);
  chart.data.datasets.forEach((dataset, index) => {
    if (index === item.datasetIndex || (dataset.isBeside && dataset.team === team)) chart.setDatasetVisibility(index, !isShown);
  });
  chart.update();
};

// From a figure of a table to what lies behind it, as from a bar; in a file there is nothing behind.
tracker.way = (open, go, text, label) => (open ? tracker.element("button", { type: "button", "aria-label": `${label}: ${text}`, onclick: go }, text) : text);

// Chart.js tells where it was pressed; what stands for no team and for several of them leads nowhere.
tracker.pressed = (open, go) => (event, _active, chart) => {
  const [hit] = chart.getElementsAtEventForMode(event.native, "nearest", { intersect: true }, false);
  const team = hit && chart.data.datasets[hit.datasetIndex].team;
  if (open && team !== undefined) go(team, hit.index);
};
tracker.pointed = (open) => (event, active) => { event.native.target.style.cursor = open && active.length ? "pointer" : "default"; };

tracker.clear = function (place) {
  tracker.charts.get(place.id)?.destroy();
  tracker.charts.delete(place.id);
};

tracker.showLoading = function (place) {
  tracker.clear(place);
  tracker.put(place, tracker.element("p", { class: "empty loading" }, "Loading…"));
};

tracker.showEmpty = function (place, text) {
  tracker.clear(place);
  tracker.put(place, tracker.element("p", { class: "empty" }, text));
};

tracker.pattern = function (ground, colour, strokes) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  if (ground) {
    pen.fillStyle = ground;
    pen.fillRect(0, 0, 8, 8);
  }
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.beginPath();
  for (const [fromX, fromY, toX, toY] of strokes) {
    pen.moveTo(fromX, fromY);
    pen.lineTo(toX, toY);
  }
  pen.stroke();
  return pen.createPattern(tile, "repeat");
};
tracker.SLANTED = [[-8, 8, 0, 0], [0, 8, 8, 0], [8, 8, 16, 0]];
// The unattributed part is hatched: it can be told apart without its colour.
tracker.hatched = () => tracker.pattern(null, tracker.colour("--rest"), tracker.SLANTED);

// There are fewer colours than there may be teams: those that come again are told apart by their strokes.
tracker.STROKES = [[[0, 4, 8, 4]], [[4, 0, 4, 8]], [[0, 4, 8, 4], [4, 0, 4, 8]]];
tracker.DASHES = [[], [8, 3], [2, 3], [8, 3, 2, 3]];
tracker.POINTS = ["circle", "rect", "triangle", "rectRot"];
tracker.fill = (team) => (team.round ? tracker.pattern(tracker.teamColour(team), tracker.colour("--card"), tracker.STROKES[(team.round - 1) % 3]) : tracker.teamColour(team));

tracker.count = (row, isWeighted) => (isWeighted ? tracker.weight(row.weighted_prs_merged) : row.prs_merged);

tracker.restByWeek = function (rests, isWeighted) {
  const sums = new Map();
  for (const rest of rests || []) {
    if (rest.is_withheld) continue;
    sums.set(rest.week, (sums.get(rest.week) || 0) + tracker.count(rest, isWeighted));
  }
  return sums;
};

tracker.drawVelocity = function (place, teams, answer, isWeighted, open) {
  const shown = teams.map((team) => ({ team, weeks: answer.teams.find((entry) => entry.team.id === team.id)?.weeks || [] }));
  const days = shown[0]?.weeks.map((week) => week.week) || [];
  // Each pull request once: what no team earned adds up with the weights only.
  const rests = isWeighted && answer.unattributed ? tracker.restByWeek(answer.unattributed, true) : null;
  if (!days.length || !(shown.some((entry) => entry.weeks.some((week) => week.prs_merged)) || rests?.size)) {
    return tracker.showEmpty(place, "Nothing merged in this time. Choose a longer period, or other teams.");
  }
  const datasets = shown.map(({ team, weeks }) => ({
    label: team.name, data: weeks.map((week) => tracker.count(week, isWeighted)), backgroundColor: tracker.fill(team),
    stack: "all", maxBarThickness: 42, team,
  }));
  if (rests) {
    datasets.push({
      label: "Unattributed", data: days.map((day) => rests.get(day) || 0), backgroundColor: tracker.hatched(),
      borderColor: tracker.colour("--rest"), borderWidth: 1, stack: "all", maxBarThickness: 42, team: null,
    });
  }
  const told = (value, isWithheld) => (isWithheld ? "withheld" : tracker.number(value, 2));
  const cell = (team, day, value, isWithheld) => tracker.way(value && !isWithheld ? open : null, () => open.week(team, day),
    told(value, isWithheld), `${team ? team.name : "Unattributed"}, week of ${tracker.dayName(day)}`);
  const rows = days.map((day, index) => [
    tracker.dayName(day),
    ...shown.map(({ team, weeks }) => cell(team, day, tracker.count(weeks[index], isWeighted), weeks[index].is_withheld)),
    ...(rests ? [cell(null, day, rests.get(day) || 0, false)] : []),
  ]);
  const headings = ["Week of", ...shown.map(({ team }) => team.name), ...(rests ? ["Unattributed"] : [])];
  tracker.draw(place, "Merged pull requests by week", {
    type: "bar",
    data: { labels: days, datasets },
    options: {
      onClick: tracker.pressed(open, (team, index) => open.week(team, days[index])),
      onHover: tracker.pointed(open),
      scales: {
        x: { stacked: true, ticks: { callback: (_, index) => tracker.dayName(days[index]).replace(/, \d+$/, ""), maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } },
        y: { stacked: true, beginAtZero: true, title: { text: isWeighted ? "pull requests, weighted" : "pull requests" }, ticks: { precision: 0 } },
      },
      plugins: { tooltip: { callbacks: {
        title: ([{ dataIndex }]) => `Week of ${tracker.dayName(days[dataIndex])}${days[dataIndex] === tracker.mondayOf(tracker.today()) ? ", so far" : ""}`,
        label: (item) => ` ${tracker.apart(item.dataset.label)}: ${told(item.raw, item.raw === null)}`,
        footer: () => (open ? "Press a bar for its pull requests" : ""),
      } } },
    },
  }, tracker.asTable(isWeighted ? "Merged pull requests by week, weighted" : "Merged pull requests by week", headings, rows, headings.map((_, index) => index).slice(1)));
};

tracker.monthFigures = (row, isWeighted) => (isWeighted
  ? { median: row.weighted_median_lead_time_hours, p95: row.weighted_p95_lead_time_hours }
  : { median: row.median_lead_time_hours, p95: row.p95_lead_time_hours });

tracker.drawLeadTime = function (place, teams, answer, isWeighted, open) {
  const shown = teams.map((team) => ({ team, months: answer.teams.find((entry) => entry.team.id === team.id)?.months || [] }));
  const months = shown[0]?.months.map((month) => month.month) || [];
  if (!shown.some((entry) => entry.months.some((month) => month.prs_timed))) {
    return tracker.showEmpty(place, "No pull request with a cycle time merged in this time.");
  }
  const datasets = shown.flatMap(({ team, months: rows }) => {
    const colour = tracker.teamColour(team), pointStyle = tracker.POINTS[team.round % 4];
    const figures = rows.map((row) => tracker.monthFigures(row, isWeighted));
    return [
      { label: `${team.name}: median`, short: team.name, data: figures.map((each) => each.median), borderColor: colour, backgroundColor: colour, borderWidth: 2.5, pointRadius: 3, pointStyle, spanGaps: false, team },
      { label: `${team.name}: 95 %`, isBeside: true, data: figures.map((each) => each.p95), borderColor: colour, borderDash: [5, 4], borderWidth: 1.5, pointRadius: 2, pointStyle,
        // Bands of many teams would only hide each other.
        backgroundColor: `${colour}22`, fill: teams.length > 2 ? false : "-1", spanGaps: false, team },
    ];
  });
  datasets.push({
    type: "bar", label: "Pull requests (right)", data: months.map((_, index) => shown.reduce((sum, entry) => sum + (entry.months[index].prs_timed || 0), 0)),
    backgroundColor: tracker.colour("--line"), yAxisID: "counts", order: 9, maxBarThickness: 48, team: shown.length === 1 ? shown[0].team : undefined,
  });
  const rows = shown.flatMap(({ team, months: found }) => found.map((row) => {
    const { median, p95 } = tracker.monthFigures(row, isWeighted);
    return [
      tracker.way(row.prs_timed && !row.is_withheld ? open : null, () => open.month(team, row.month), tracker.monthName(row.month), team.name), team.name,
      row.is_withheld ? "withheld" : tracker.hours(median), row.is_withheld ? "withheld" : tracker.hours(p95),
      row.is_withheld ? "withheld" : tracker.number(row.prs_timed, 0),
      row.is_withheld ? "withheld" : tracker.number(row.effective_prs, 1),
    ];
  }));
  tracker.draw(place, "Hours from opening to merging by month, median and 95th percentile", {
    type: "line",
    data: { labels: months, datasets },
    options: {
      onClick: tracker.pressed(open, (team, index) => open.month(team, months[index])),
      onHover: tracker.pointed(open),
      scales: {
        x: { ticks: { callback: (_, index) => tracker.monthName(months[index]), maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } },
        y: { beginAtZero: true, title: { text: "hours" } },
        counts: { position: "right", beginAtZero: true, grace: "150%", ticks: { precision: 0 }, grid: { display: false } },
      },
      plugins: { tooltip: { callbacks: {
        title: (items) => tracker.monthName(months[items[0].dataIndex]),
        label: (item) => ` ${tracker.apart(item.dataset.label)}: ${item.dataset.type === "bar" ? tracker.number(item.raw, 0) : tracker.hours(item.raw)}`,
        footer: () => (open ? "Press a point for its pull requests" : ""),
      } } },
    },
  }, tracker.asTable("Hours from opening to merging by month", ["Month", "Team", "Median", "95 %", "Pull requests", "Effective"], rows, [2, 3, 4, 5]));
};

tracker.drawCycleTimes = function (place, teams, answer, isWeighted, open) {
  const shown = teams.map((team) => ({ team, found: answer.teams.find((entry) => entry.team.id === team.id) })).filter((entry) => entry.found);
  const counts = (found) => (isWeighted ? found.weighted_prs.map(Number) : found.prs);
  if (!shown.some(({ found }) => found.prs.some(Boolean))) {
    return tracker.showEmpty(place, "No pull request with a cycle time merged in this time.");
  }
  const names = answer.buckets.map(tracker.bucketName);
  const rows = names.map((name, index) => [
    name,
    ...shown.map(({ team, found }) => tracker.way(counts(found)[index] ? open : null, () => open.bucket(team, answer, index), tracker.number(counts(found)[index], 2), `${team.name}, ${name}`)),
  ]);
  const hidden = shown.filter(({ found }) => found.withheld_months.length).map(({ team, found }) => `${team.name}: ${found.withheld_months.map(tracker.monthName).join(", ")}`);
  const headings = ["Cycle time", ...shown.map(({ team }) => team.name)];
  tracker.draw(place, "Pull requests by cycle time", {
    type: "bar",
    data: { labels: names, datasets: shown.map(({ team, found }) => ({ label: team.name, data: counts(found), backgroundColor: tracker.fill(team), maxBarThickness: 36, team })) },
    options: {
      onClick: tracker.pressed(open, (team, index) => open.bucket(team, answer, index)),
      onHover: tracker.pointed(open),
      scales: { x: { grid: { display: false }, ticks: { maxRotation: 60, autoSkip: false } }, y: { beginAtZero: true, title: { text: isWeighted ? "pull requests, weighted" : "pull requests" }, ticks: { precision: 0 } } },
      plugins: { tooltip: { callbacks: { label: (item) => ` ${tracker.apart(item.dataset.label)}: ${tracker.number(item.raw, 2)}`, footer: () => (open ? "Press a bar for its pull requests" : "") } } },
    },
  }, [
    tracker.element("p", { class: "note" }, `Whole months, ${tracker.dayName(answer.from)} until before ${tracker.dayName(answer.to)}.`, hidden.length ? ` Withheld, since too few people stand behind them: ${hidden.join("; ")}.` : ""),
    tracker.asTable("Pull requests by cycle time", headings, rows, headings.map((_, index) => index).slice(1)),
  ]);
};

tracker.drawAllocation = function (place, answers) {
  if (!answers.some((answer) => answer.steps.some((step) => Number(step.weight) || step.members))) {
    return tracker.showEmpty(place, "Nobody belonged to these teams in this time.");
  }
  const at = (instant) => Date.parse(instant);
  const ends = at(`${answers[0].to}T00:00:00Z`);
  const lines = answers.map((answer) => {
    const points = answer.steps.map((step) => ({ x: at(step.at), y: Number(step.weight) }));
    points.push({ x: ends, y: points[points.length - 1].y });
    const colour = tracker.teamColour(answer.team), borderDash = tracker.DASHES[answer.team.round % 4];
    return { label: answer.team.name, data: points, stepped: true, borderColor: colour, backgroundColor: colour, borderWidth: 2, borderDash, pointRadius: 0, order: 2, team: answer.team };
  });
  const height = (answer, instant) => [...answer.steps].reverse().find((step) => at(step.at) <= at(instant))?.weight || 0;
  const marks = answers.filter((answer) => answer.changes.length).map((answer) => ({
    label: `${answer.team.name}: changes`, isBeside: true, type: "scatter", showLine: false, order: 1, team: answer.team,
    data: answer.changes.map((change) => ({ x: at(change.at), y: Number(height(answer, change.at)), change })),
    pointStyle: answer.changes.map((change) => ({ joined: "triangle", left: "crossRot", reweighed: "rectRot" })[change.kind]),
    pointRadius: 6, borderWidth: 2, borderColor: tracker.teamColour(answer.team), backgroundColor: tracker.teamColour(answer.team),
  }));
  const words = (change) => {
    const who = change.login || "somebody";
    if (change.kind === "joined") return `${who} joined with ${tracker.number(Number(change.weight_after), 6)}`;
    if (change.kind === "left") return `${who} left, had ${tracker.number(Number(change.weight_before), 6)}`;
    return `${who} went from ${tracker.number(Number(change.weight_before), 6)} to ${tracker.number(Number(change.weight_after), 6)}`;
  };
  const rows = answers.flatMap((answer) => [
    ...answer.steps.map((step) => [step.at, answer.team.name, tracker.number(Number(step.weight), 6), String(step.members), ""]),
    ...answer.changes.map((change) => [change.at, answer.team.name, "", "", words(change)]),
  ]).sort((one, other) => (one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0)).map((row) => [tracker.instantName(row[0]), ...row.slice(1)]);
  tracker.draw(place, "Size of the teams over time", {
    type: "line",
    data: { datasets: [...lines, ...marks] },
    options: {
      interaction: { mode: "nearest", intersect: true },
      scales: {
        x: { type: "linear", min: at(`${answers[0].from}T00:00:00Z`), max: ends, grid: { display: false }, ticks: { callback: (value) => tracker.dayName(new Date(value).toISOString().slice(0, 10)), maxRotation: 0, maxTicksLimit: 7 } },
        y: { beginAtZero: true, title: { text: "full-time people" } },
      },
      plugins: { tooltip: { callbacks: {
        title: (items) => tracker.instantName(new Date(items[0].parsed.x).toISOString()),
        label: (item) => (item.raw.change ? ` ${words(item.raw.change)}` : ` ${tracker.apart(item.dataset.label)}: ${tracker.number(item.parsed.y, 2)}`),
      } } },
    },
  }, tracker.asTable("Size of the teams over time", ["From", "Team", "Full-time people", "Members", "Change"], rows, [2, 3]));
};
