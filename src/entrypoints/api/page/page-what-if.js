"use strict";
// Another roster or rule over the same pull requests, side by side with what is in force.
tracker.WhatIf = class {
  constructor(source, period) {
    this.source = source;
    this.period = period;
    this.result = document.getElementById("what-if-result");
    this.roster = document.getElementById("what-if-roster");
    const form = document.getElementById("what-if-form"), file = document.getElementById("what-if-file");
    file.onchange = async () => {
      const [chosen] = file.files;
      if (!chosen) return;
      this.roster.value = await chosen.text();
      document.getElementById("what-if-form-of").value = chosen.name.toLowerCase().endsWith(".json") ? "json" : "toml";
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      this.compare();
    };
  }

  async compare() {
    const roster = this.roster.value.trim() || null, rule = document.getElementById("what-if-rule").value || null;
    tracker.put(this.result, tracker.element("p", { class: "note" }, "Comparing…"));
    try {
      const { from, to } = this.period();
      this.show(await this.source.send("/what-if", { roster, form: document.getElementById("what-if-form-of").value, rule, from, to }));
    } catch (fault) {
      if (!(fault instanceof tracker.Refused)) throw fault;
      const faults = fault.problem.errors || [];
      tracker.put(this.result, tracker.element("div", { class: "problem", role: "alert" },
        faults.length ? tracker.element("ul", {}, faults.map((entry) => tracker.element("li", {}, `${entry.name.replace(/^roster: /, "")}: ${entry.detail}`))) : fault.message));
    }
  }

  show(found) {
    const { totals } = found;
    const side = (figures) => [tracker.number(tracker.weight(figures.weighted_prs_merged), 2), tracker.number(figures.prs_merged, 0), tracker.hours(figures.median_lead_time_hours), tracker.hours(figures.p95_lead_time_hours)];
    const size = new Map(found.allocation.map((entry) => [entry.team, entry]));
    const rows = found.teams.map((entry) => [
      entry.team, ...side(entry.before).flatMap((before, index) => [before, side(entry.after)[index]]),
      tracker.number(tracker.weight(size.get(entry.team)?.before ?? null), 2), tracker.number(tracker.weight(size.get(entry.team)?.after ?? null), 2),
    ]);
    const pairs = ["Weighted", "Merged", "Median", "95 %", "People"];
    const moves = found.moves.map((move) => [this.place(move.from), this.place(move.to), String(move.prs), move.weight]);
    tracker.put(this.result,
      tracker.element("p", {}, `${tracker.number(totals.prs_changed, 0)} of ${tracker.number(totals.prs_compared, 0)} pull requests would be credited otherwise. Nothing was stored.`),
      tracker.element("div", { class: "chart", id: "what-if-chart" }),
      tracker.table("Now and as proposed", ["Team", ...pairs.flatMap((name) => [`${name} now`, `${name} proposed`])], rows, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
      moves.length ? [tracker.element("h3", {}, "What moves"), tracker.table("Credit that moves", ["From", "To", "Pull requests", "Weight"], moves, [2, 3])] : null);
    const names = found.teams.map((entry) => entry.team);
    if (names.length) {
      const bars = (label, which, colour) => ({ label, data: found.teams.map((entry) => tracker.weight(entry[which].weighted_prs_merged)), backgroundColor: colour, maxBarThickness: 40 });
      tracker.draw(document.getElementById("what-if-chart"), "Weighted pull requests now and as proposed", {
        type: "bar", data: { labels: names, datasets: [bars("Now", "before", tracker.colour("--rest")), bars("Proposed", "after", tracker.colour("--c0"))] },
        options: { scales: { x: { grid: { display: false } }, y: { beginAtZero: true, title: { text: "pull requests, weighted" } } } },
      }, null);
    }
  }

  place(place) {
    if (place.kind === "team") return place.name;
    return tracker.REASONS[place.name] ? `no team (${tracker.REASONS[place.name]})` : place.name || place.kind.replaceAll("_", " ");
  }
};
