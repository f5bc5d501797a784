"use strict";
// The page itself: asks for what is chosen, and says what it cannot show.
tracker.TINTS = 8;
tracker.SHOWN_AT_FIRST = 4;
tracker.FOUND_BY_EYE = 12;

tracker.Page = class {
  constructor(source) {
    this.source = source;
    this.behind = source.answers ? null : new tracker.Behind(source);
    this.anchor = null;
    this.turn = 0;
    this.isLooking = false;
    this.chosen = null;
    this.ended = new AbortController();
  }

  async start() {
    this.access = await this.source.read("/access");
    if (!this.may("metrics:read")) throw new tracker.Refused(403, {});
    if (this.behind) this.behind.tellsNames = this.may("teams:read");
    for (const id of ["gate", "failed"]) document.getElementById(id).hidden = true;
    document.getElementById("page").hidden = false;
    document.getElementById("main").setAttribute("aria-busy", "true");
    document.getElementById("sign-out").hidden = !this.source.key;
    const everything = await this.lately();
    this.teams = everything.teams.map((entry, index) => ({ ...entry.team, tint: index % tracker.TINTS, round: Math.floor(index / tracker.TINTS) }));
    this.busiest(everything);
    this.listTeams();
    this.listen();
    this.source.onLocked = () => tracker.askForKey("The key is not accepted any more: it was revoked, or its time is over.");
    if (this.source.send && !this.access.teams && this.may("teams:read") && !this.access.min_group_size) {
      document.getElementById("what-if").hidden = false;
      this.whatIf = new tracker.WhatIf(this.source, () => this.range());
    }
    await this.refresh();
    if (this.source.key) this.watch = setInterval(() => this.refreshRun(), 60000);
  }

  may(scope) {
    return [scope, "admin"].some((each) => this.access.scopes.includes(each));
  }

  // Nothing of it is asked for or shown any more: the next one who looks may hold another key.
  end() {
    this.turn += 1;
    this.ended.abort();
    clearInterval(this.watch);
    this.source.onLocked = null;
    document.getElementById("behind").close();
    for (const place of document.querySelectorAll(".chart")) tracker.showLoading(place);
    for (const id of ["teams", "summary", "trust", "what-if-result", "behind-body"]) document.getElementById(id).replaceChildren();
    document.getElementById("what-if").hidden = true;
    document.getElementById("what-if-form").reset();
  }

  // Where nothing has merged for long, the periods end with the last figures that there are.
  async lately() {
    const found = await this.source.read("/metrics/velocity", this.range());
    if (this.source.answers || found.teams.some((entry) => entry.weeks.slice(-8).some((week) => week.prs_merged || week.is_withheld))) return found;
    const whole = await this.source.read("/metrics/velocity", {});
    const weeks = whole.teams.flatMap((entry) => entry.weeks).filter((week) => week.prs_merged || week.is_withheld).map((week) => week.week).sort();
    if (!weeks.length) return whole;
    this.anchor = tracker.dayAfter(weeks[weeks.length - 1], 6);
    const remark = document.getElementById("remark");
    remark.textContent = `Nothing has merged since the week of ${tracker.dayName(weeks[weeks.length - 1])}; the periods end there.`;
    remark.hidden = false;
    return this.source.read("/metrics/velocity", this.range());
  }

  // All teams, if they are few; else those that merged most, so that the first look is not a thicket.
  busiest(answer) {
    const size = (entry) => entry.weeks.reduce((sum, week) => sum + (tracker.weight(week.weighted_prs_merged) || 0), 0);
    const ordered = [...answer.teams].sort((one, other) => size(other) - size(one));
    this.chosen = new Set(ordered.slice(0, tracker.SHOWN_AT_FIRST).map((entry) => entry.team.id));
  }

  range() {
    const period = document.getElementById("period").value;
    if (this.source.answers) {
      const { from, to } = this.source.answers["/metrics/velocity"];
      if (period === "all") return { from, to };
    }
    if (period === "own") return { from: document.getElementById("from").value || null, to: document.getElementById("to").value || null };
    if (period === "all") return { from: null, to: null };
    const to = tracker.dayAfter(tracker.mondayOf(this.latest()), 7);
    return { from: tracker.dayAfter(to, -7 * parseInt(period, 10)), to };
  }

  // A file is read days after it was written: its periods end where its figures do.
  latest() {
    return this.source.answers ? tracker.dayAfter(this.source.answers["/metrics/velocity"].to, -1) : this.anchor || tracker.today();
  }

  listTeams() {
    const place = document.getElementById("teams");
    tracker.put(place, this.teams.map((team) => tracker.element("label", { title: team.name },
      tracker.element("input", { type: "checkbox", value: team.id, checked: this.chosen.has(team.id), onchange: (event) => this.choose(team, event.target.checked) }),
      tracker.element("span", { class: `swatch tint-${team.tint} round-${team.round % 4}` }), tracker.element("bdi", {}, team.name))));
    if (!this.teams.length) tracker.put(place, tracker.element("p", { class: "empty" }, "No team is listed. A roster makes teams: github-tracker roster apply."));
    document.getElementById("teams-all").hidden = document.getElementById("teams-none").hidden = this.teams.length < 2;
    const filter = document.getElementById("teams-filter");
    filter.hidden = this.teams.length <= tracker.FOUND_BY_EYE;
    filter.value = "";
    filter.oninput = () => {
      const wanted = filter.value.trim().toLowerCase();
      for (const label of place.children) label.hidden = !label.title.toLowerCase().includes(wanted);
    };
  }

  // Those that the filter shows; without one, all of them.
  chooseShown(areChosen) {
    for (const box of document.querySelectorAll("#teams label:not([hidden]) input")) {
      box.checked = areChosen;
      if (areChosen) this.chosen.add(Number(box.value));
      else this.chosen.delete(Number(box.value));
    }
    this.refresh();
  }

  choose(team, isChosen) {
    if (isChosen) this.chosen.add(team.id);
    else this.chosen.delete(team.id);
    this.refresh();
  }

  listen() {
    const period = document.getElementById("period");
    period.onchange = () => {
      document.getElementById("own-days").hidden = period.value !== "own";
      if (period.value !== "own") this.refresh();
    };
    for (const id of ["from", "to"]) document.getElementById(id).onchange = () => this.refresh();
    document.getElementById("controls").onsubmit = (event) => event.preventDefault();
    for (const radio of document.getElementsByName("count")) radio.onchange = () => this.refresh();
    document.getElementById("teams-all").onclick = () => this.chooseShown(true);
    document.getElementById("teams-none").onclick = () => this.chooseShown(false);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.refresh(), { signal: this.ended.signal });
  }

  async refresh() {
    const turn = ++this.turn;
    const teams = this.teams.filter((team) => this.chosen.has(team.id));
    const given = this.range();
    const problem = document.getElementById("problem");
    const main = document.getElementById("main");
    main.setAttribute("aria-busy", "true");
    for (const canvas of document.querySelectorAll(".canvas")) canvas.classList.add("is-old");
    try {
      const asked = [
        this.source.read("/metrics/velocity", given), this.source.read("/metrics/lead-time", given),
        this.before(given), this.optional("/runs/latest"),
      ];
      const [velocity, leadTime, before, run] = await Promise.all(asked);
      if (turn !== this.turn) return;
      problem.hidden = true;
      this.show(teams, velocity, leadTime, before, run);
      await this.showRest(turn, teams, given, velocity);
    } catch (fault) {
      if (turn !== this.turn) return;
      if (!(fault instanceof tracker.Refused)) throw fault;
      for (const place of document.querySelectorAll(".chart:has(.loading)")) tracker.showEmpty(place, "Not read yet.");
      problem.textContent = fault.message;
      problem.hidden = false;
    } finally {
      if (turn === this.turn) main.setAttribute("aria-busy", "false");
    }
  }

  // What is slower, or only there with a service behind it, comes after what answers the first question.
  async showRest(turn, teams, given, velocity) {
    const place = document.getElementById("allocation");
    if (!teams.length) return tracker.showEmpty(place, "Choose a team.");
    const cycles = await this.optional("/metrics/cycle-times", given);
    if (turn !== this.turn) return;
    const isWeighted = this.isWeighted();
    if (cycles) tracker.drawCycleTimes(document.getElementById("cycle-times"), teams, cycles, isWeighted, this.behind);
    else tracker.showEmpty(document.getElementById("cycle-times"), "Not in this file.");
    const days = { from: velocity.from, to: velocity.to > velocity.from ? velocity.to : tracker.dayAfter(velocity.from, 1) };
    const sizes = await Promise.all(teams.map(async (team) => ({ ...((await this.optional(`/metrics/team/${team.id}/allocation`, days)) || { steps: [], changes: [], ...days }), team })));
    if (turn !== this.turn) return;
    tracker.drawAllocation(place, sizes);
  }

  async optional(path, given) {
    try {
      return await this.source.read(path, given);
    } catch (fault) {
      if (fault instanceof tracker.Refused && [403, 404].includes(fault.status)) return null;
      throw fault;
    }
  }

  before({ from, to }) {
    if (!from || !to) return null;
    const length = tracker.daysBetween(from, to);
    return this.optional("/metrics/velocity", { from: tracker.dayAfter(from, -length), to: from });
  }

  isWeighted() {
    return document.querySelector('[name="count"]:checked').value === "weighted";
  }

  show(teams, velocity, leadTime, before, run) {
    const isWeighted = this.isWeighted();
    document.getElementById("velocity-definition").textContent = velocity.definition;
    document.getElementById("lead-time-definition").textContent = leadTime.definition;
    const places = ["velocity", "lead-time"].map((id) => document.getElementById(id));
    if (teams.length) {
      tracker.drawVelocity(places[0], teams, velocity, isWeighted, this.behind);
      tracker.drawLeadTime(places[1], teams, leadTime, isWeighted, this.behind);
    } else {
      for (const place of [...places, document.getElementById("cycle-times")]) tracker.showEmpty(place, "Choose a team.");
    }
    this.showSummary(teams, velocity, leadTime, before, isWeighted);
    this.run = run;
    this.basis = velocity;
    this.showRun();
    this.showTrust();
  }

  showSummary(teams, velocity, leadTime, before, isWeighted) {
    const ids = new Set(teams.map((team) => team.id));
    // The week that has not ended yet would make every trend look worse than it is.
    const current = tracker.mondayOf(tracker.today());
    const perWeek = (answer) => {
      const rows = answer.teams.filter((entry) => ids.has(entry.team.id)).flatMap((entry) => entry.weeks).filter((week) => week.week < current);
      const weeks = new Set(rows.map((week) => week.week)).size;
      return weeks ? rows.reduce((sum, week) => sum + (tracker.count(week, isWeighted) || 0), 0) / weeks : null;
    };
    const rate = perWeek(velocity), earlier = before && before.teams.length ? perWeek(before) : null;
    const months = leadTime.teams.filter((entry) => ids.has(entry.team.id)).flatMap((entry) => entry.months).filter((month) => month.prs_timed);
    const last = [...new Set(months.map((month) => month.month))].sort().slice(-2);
    // Of several teams no common percentile can be made from theirs: the slowest is told.
    const slowest = (month, name) => months.filter((row) => row.month === month).map((row) => tracker.monthFigures(row, isWeighted)[name]).filter((value) => value !== null).sort((one, other) => other - one)[0] ?? null;
    const rests = velocity.unattributed ? [...tracker.restByWeek(velocity.unattributed, true).values()].reduce((sum, value) => sum + value, 0) : null;
    const earned = velocity.teams.flatMap((entry) => entry.weeks).reduce((sum, week) => sum + (tracker.weight(week.weighted_prs_merged) || 0), 0);
    const of = teams.length > 1 ? ", slowest team" : "";
    tracker.put(document.getElementById("summary"),
      this.tile(`Merged a week${isWeighted ? ", weighted" : teams.length > 1 ? ", once a team" : ""}`, tracker.number(rate), "pull requests", this.trend(rate, earlier, "than in the period before", true)),
      ...(last.length ? ["median", "p95"].map((name) => this.tile(
        `${name === "median" ? "Median" : "95 %"} cycle time, ${tracker.monthName(last[last.length - 1])}${of}`, tracker.hours(slowest(last[last.length - 1], name)), "",
        last.length > 1 ? this.trend(slowest(last[1], name), slowest(last[0], name), `than in ${tracker.monthName(last[0])}`, false) : null)) : []),
      rests === null ? null : this.tile("Unattributed, all teams", earned + rests ? `${tracker.number((100 * rests) / (earned + rests))} %` : "–", "", tracker.element("p", { class: "trend" }, "of all merged pull requests")));
  }

  tile(title, figure, unit, trend) {
    return tracker.element("div", { class: "tile" }, tracker.element("h3", {}, title), tracker.element("div", { class: "figure" }, figure, " ", tracker.element("small", {}, unit)), trend);
  }

  trend(now, before, than, isMoreBetter) {
    if (now === null || !before) return null;
    const change = Math.round((100 * (now - before)) / before);
    if (!change) return tracker.element("p", { class: "trend" }, `the same ${than.replace("than", "as")}`);
    const isGood = change > 0 === isMoreBetter;
    return tracker.element("p", { class: `trend ${isGood ? "good" : "bad"}` }, `${change > 0 ? "▲" : "▼"} ${Math.abs(change)} % ${change > 0 ? "more" : "less"} ${than}`);
  }

  // Somebody may look at it for days: after another run, and when the service is back, the figures are read again.
  async refreshRun() {
    // One look at a time: a look that begins while the figures of a new run are still being read would read them again.
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const run = await this.optional("/runs/latest");
      if (this.ended.signal.aborted) return;
      if (run?.finished_at !== this.run?.finished_at || !document.getElementById("problem").hidden) await this.refresh();
      else this.showRun();
    } catch (fault) {
      if (!(fault instanceof tracker.Refused)) throw fault;
    } finally {
      this.isLooking = false;
    }
  }

  runWords() {
    const { run } = this;
    if (!run) return { level: "warn", text: "Nothing was collected yet" };
    const parts = [`Collected ${this.source.answers ? tracker.instantName(run.finished_at) : tracker.ago(run.finished_at)}`];
    let level = { complete: "good", partial: "warn", failed: "bad" }[run.outcome];
    if (run.repositories) {
      const well = run.repositories.filter((entry) => ["complete", "unchanged"].includes(entry.outcome)).length;
      parts.push(`${well} of ${run.repositories.length} repositories`);
      const deferred = run.repositories.filter((entry) => entry.outcome === "deferred"), failed = run.repositories.filter((entry) => entry.outcome === "failed");
      const until = deferred.map((entry) => entry.retry_at).filter(Boolean).sort()[0];
      if (deferred.length) parts.push(`${deferred.length} deferred${until ? ` until ${tracker.instantName(until).slice(11)}` : ""}`);
      if (failed.length) parts.push(`${failed.length} failed`);
    } else if (run.outcome !== "complete") {
      parts.push(run.outcome);
    }
    if (!this.source.answers && Date.now() - Date.parse(run.finished_at) > 86400000 && level === "good") level = "warn";
    return { level, text: parts.join(", ") };
  }

  showRun() {
    const { level, text } = this.runWords(), place = document.getElementById("freshness");
    place.className = `freshness ${level}`;
    if (place.textContent !== text) place.textContent = text;
  }

  showTrust() {
    const { run, basis } = this;
    const trouble = (run?.repositories || []).filter((entry) => !["complete", "unchanged"].includes(entry.outcome));
    const anomalies = run?.anomalies || [];
    const facts = [
      ["Latest run", run ? `${run.outcome}, ${tracker.instantName(run.finished_at)}` : "none yet"], ["Rule", `${basis.rule}: ${basis.rule_definition}`],
      ["Roster version", String(basis.roster_version)], ["Weeks begin in", basis.time_zone],
    ];
    if (basis.min_group_size) facts.push(["Small groups", `figures of fewer than ${basis.min_group_size} people are withheld`]);
    tracker.put(document.getElementById("trust"),
      tracker.element("dl", { class: "facts" }, facts.flatMap(([name, value]) => [tracker.element("dt", {}, name), tracker.element("dd", {}, value)])),
      anomalies.map((entry) => tracker.element("p", { class: "problem" }, entry.message)),
      trouble.length ? tracker.table("Repositories that are not up to date", ["Repository", "State", "Why", "Again at"], trouble.map((entry) => [entry.name, entry.outcome, entry.message || entry.code || "", entry.retry_at ? tracker.instantName(entry.retry_at) : ""]), []) : run?.repositories ? tracker.element("p", { class: "note" }, "Every repository was read to its end.") : null);
  }
};
