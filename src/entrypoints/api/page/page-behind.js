"use strict";
// What lies behind a bar: its pull requests, and of each of them why it is credited as it is.
tracker.Behind = class {
  constructor(source) {
    this.source = source;
    this.dialog = document.getElementById("behind");
    this.title = document.getElementById("behind-title");
    this.body = document.getElementById("behind-body");
    document.getElementById("behind-close").onclick = () => this.close();
    this.turn = 0;
    this.tellsNames = false;
  }

  week(team, monday) {
    return this.list(team, `Merged in the week of ${tracker.dayName(monday)}`, { from: monday, to: tracker.dayAfter(monday, 7) });
  }
  month(team, first) {
    return this.list(team, `Merged in ${tracker.monthName(first)}`, { from: first, to: tracker.monthAfter(first) });
  }
  bucket(team, answer, index) {
    const bucket = answer.buckets[index];
    const longest = tracker.daysBetween(answer.from, answer.to) > 366 ? tracker.dayAfter(answer.to, -366) : answer.from;
    return this.list(team, `Cycle time ${tracker.bucketName(bucket)}`, { from: longest, to: answer.to, least_hours: bucket.from_hours, below_hours: bucket.to_hours });
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  // Returns whether nothing else was opened meanwhile: an answer that comes late must not take its place.
  open(title) {
    if (!this.dialog.open) this.dialog.showModal();
    this.title.textContent = title;
    tracker.put(this.body, tracker.element("p", { class: "empty loading", role: "status" }, "Loading…"));
    this.dialog.scrollTop = 0;
    const turn = ++this.turn;
    return () => turn === this.turn && this.dialog.open;
  }

  async list(team, what, given) {
    const path = team ? `/metrics/team/${team.id}/pull-requests` : "/metrics/unattributed/pull-requests";
    const list = { team, title: `${team ? team.name : "No team"}: ${what}`, path, given, found: [], answer: null };
    const isCurrent = this.open(list.title);
    await this.guarded(isCurrent, async () => {
      await this.readOn(list);
      if (isCurrent()) this.showList(list);
    });
  }

  async readOn(list) {
    list.answer = await this.source.read(list.path, { ...list.given, after: list.answer?.next });
    list.found.push(...list.answer.pull_requests);
  }

  async guarded(isCurrent, work) {
    try {
      await work();
    } catch (fault) {
      if (!(fault instanceof tracker.Refused)) throw fault;
      if (isCurrent()) tracker.put(this.body, tracker.element("p", { class: "problem", role: "alert" }, fault.message));
    }
  }

  showList(list, focused) {
    const { found, answer, given, team } = list;
    const notes = [`${tracker.dayName(given.from)} until before ${tracker.dayName(given.to)}, ${answer.time_zone}.`];
    if (answer.is_withheld) notes.push("Some are withheld, since too few people stand behind them.");
    this.title.textContent = list.title;
    if (!found.length) {
      return tracker.put(this.body, tracker.element("p", { class: "empty" }, answer.is_withheld ? "Withheld: too few people stand behind them." : "No pull request."));
    }
    const hasAuthors = found.some((entry) => entry.author !== null);
    const headings = ["Pull request", "Title", ...(hasAuthors ? ["By"] : []), "Merged", "Cycle time", team ? "Weight" : "Left over", ...(team ? [] : ["Because"]), "Why"];
    const rows = found.map((entry, index) => {
      const name = `${entry.repository}#${entry.number}`;
      return [
        entry.url ? tracker.element("a", { href: entry.url, rel: "noreferrer", target: "_blank" }, name) : name,
        tracker.element("bdi", {}, entry.title ?? "(title not stored)"), ...(hasAuthors ? [entry.author ?? "–"] : []),
        tracker.instantName(entry.merged_at), tracker.hours(entry.cycle_time_hours), entry.weight,
        ...(team ? [] : [entry.reasons.map((reason) => tracker.REASONS[reason] || reason).join(", ")]),
        tracker.element("button", { type: "button", "data-place": index, "aria-label": `Explain ${name}`, onclick: () => this.explain(entry, () => this.showList(list, index)) }, "Explain"),
      ];
    });
    const more = async (event) => {
      event.target.disabled = true;
      const before = found.length, isCurrent = () => this.dialog.open && event.target.isConnected;
      await this.guarded(isCurrent, async () => {
        await this.readOn(list);
        if (isCurrent()) this.showList(list, before);
      });
    };
    tracker.put(this.body,
      tracker.element("p", { class: "note" }, notes.join(" ")),
      tracker.table(`${found.length}${answer.next ? " or more" : ""} pull request${found.length === 1 ? "" : "s"}`, headings, rows, [headings.indexOf("Cycle time"), headings.indexOf(team ? "Weight" : "Left over")]),
      answer.next ? tracker.element("p", {}, tracker.element("button", { type: "button", onclick: more }, "Show more")) : null);
    // Whoever comes back, or has asked for more, goes on where that was.
    if (focused !== undefined) this.body.querySelector(`[data-place="${focused}"]`)?.focus();
  }

  async explain(entry, back) {
    const isCurrent = this.open(`${entry.repository}#${entry.number}`);
    const [owner, repo] = entry.repository.split("/");
    await this.guarded(isCurrent, async () => {
      const found = await this.source.read(`/pull-requests/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}/${entry.number}/attribution`);
      if (!isCurrent()) return;
      const way = tracker.element("button", { type: "button", class: "quiet", onclick: back }, "Back to the list");
      tracker.put(this.body,
        tracker.element("p", {}, way), tracker.element("p", {}, tracker.element("bdi", {}, found.title ?? "(title not stored)")),
        tracker.timeline(found), tracker.explanation(found, this.tellsNames));
      way.focus();
    });
  }
};

tracker.explanation = function (found, tellsNames) {
  const facts = [
    ["Opened", tracker.instantName(found.created_at)], ["Merged", found.merged_at ? tracker.instantName(found.merged_at) : "not merged"],
    ["Cycle time", found.cycle_time_seconds === null ? "none" : tracker.hours(found.cycle_time_seconds / 3600)],
    ["Rule", `${found.rule}: ${({ created: "the teams at opening earn it", merged: "the teams at merging earn it", effort: "the teams in between earn it, each for its part of the time" })[found.rule]}`],
    ["Earned by", found.stored.shares.length ? found.stored.shares.map((share) => `${share.team} ${share.weight}`).join(", ") : "no team"],
  ];
  if (found.author && tellsNames) facts.splice(2, 0, ["By", found.author.login]);
  if (found.stored.unattributed?.length) facts.push(["Left over", found.stored.unattributed.map((rest) => `${rest.weight} (${tracker.REASONS[rest.reason] || rest.reason})`).join(", ")]);
  if (found.is_bot) facts.push(["Bot", "yes: left out of the figures"]);
  const rows = found.memberships.map((entry) => [entry.team, entry.weight, entry.joined_at ? tracker.instantName(entry.joined_at) : "since ever", entry.left_at ? tracker.instantName(entry.left_at) : "still there", entry.standing.replaceAll("_", " ")]);
  return [
    tracker.element("dl", { class: "facts" }, facts.flatMap(([name, value]) => [tracker.element("dt", {}, name), tracker.element("dd", {}, value)])),
    rows.length ? tracker.table("The author's memberships that were considered", ["Team", "Weight", "From", "Until before", "At that time"], rows, [1]) : tracker.element("p", { class: "empty" }, "The author stands on no roster entry."),
  ];
};

// Memberships as bars, the pull request as the bar below them, and the time that decides as a line through all.
tracker.timeline = function (found) {
  const at = (instant) => Date.parse(instant);
  const begins = at(found.created_at), ends = at(found.merged_at || found.closed_at || found.observed_at);
  const span = Math.max(ends - begins, 86400000 * 14);
  const least = begins - span, most = ends + span, row = 26;
  // Drawn as wide as there is room, so that its letters are as large as all others.
  const width = Math.max(300, Math.min(900, document.getElementById("behind-body").clientWidth)), left = width < 500 ? 105 : 170;
  const x = (time) => left + ((Math.min(Math.max(time, least), most) - least) / (most - least)) * (width - left - 10);
  const windows = found.memberships.filter((entry) => !(entry.left_at && at(entry.left_at) < least) && !(entry.joined_at && at(entry.joined_at) > most));
  const height = (windows.length + 1) * row + 46;
  const label = `Time line: opened ${tracker.instantName(found.created_at)}, ${found.merged_at ? `merged ${tracker.instantName(found.merged_at)}` : "not merged"}; ` + (windows.map((entry) => `${entry.team} ${entry.weight}`).join(", ") || "no membership near it");
  const picture = tracker.drawn("svg", { class: "timeline", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  const text = (given, content) => { const made = tracker.drawn("text", given); made.textContent = content; picture.append(made); };
  const decides = [at(found.decided_by.starts_at), at(found.decided_by.ends_at)];
  if (decides[1] > decides[0]) picture.append(tracker.drawn("rect", { class: "stretch", x: x(decides[0]), y: 4, width: Math.max(1, x(decides[1]) - x(decides[0])), height: height - 40 }));
  windows.forEach((entry, index) => {
    const from = entry.joined_at ? at(entry.joined_at) : least, to = entry.left_at ? at(entry.left_at) : most, y = 8 + index * row;
    const earns = entry.standing.startsWith("held") ? " earns" : "";
    picture.append(tracker.drawn("rect", { class: `window${earns}`, x: x(from), y, width: Math.max(2, x(to) - x(from)), height: row - 8, rx: 3 }));
    const name = `${entry.team} ${entry.weight}`;
    text({ x: 0, y: y + 13 }, tracker.shortName(name, Math.floor(left / 7.5)));
  });
  const y = 8 + windows.length * row;
  picture.append(tracker.drawn("rect", { class: "open", x: x(begins), y, width: Math.max(3, x(ends) - x(begins)), height: row - 8, rx: 3 }));
  text({ x: 0, y: y + 13 }, "pull request");
  picture.append(tracker.drawn("line", { class: "decides", x1: x(decides[0]), x2: x(decides[0]), y1: 2, y2: height - 36 }));
  picture.append(tracker.drawn("line", { class: "axis", x1: left, x2: width - 10, y1: height - 34, y2: height - 34 }));
  text({ class: "soft", x: left, y: height - 18 }, tracker.dayName(new Date(least).toISOString().slice(0, 10)));
  text({ class: "soft", x: width - 10, y: height - 18, "text-anchor": "end" }, tracker.dayName(new Date(most).toISOString().slice(0, 10)));
  text({ class: "soft", x: Math.min(Math.max(x(decides[0]) - 60, left), width - 160), y: height - 3 }, found.rule === "effort" && decides[1] > decides[0] ? "the stretch that decides" : "the instant that decides");
  return picture;
};
