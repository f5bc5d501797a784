"use strict";
// Where figures come from: the API with a key of this tab, or what was written into the file.
tracker.Refused = class extends Error {
  constructor(status, problem) {
    super(problem.detail || "Something went wrong.");
    this.status = status;
    this.problem = problem;
  }
};

tracker.ApiSource = class {
  constructor(key) {
    this.key = key;
    this.known = new Map();
    this.onLocked = null;
  }
  async read(path, given) {
    const query = new URLSearchParams(Object.entries(given || {}).filter(([, value]) => value !== null && value !== undefined)).toString();
    const address = query ? `${path}?${query}` : path;
    const before = this.known.get(address);
    const headers = { "X-API-Key": this.key, Accept: "application/json" };
    if (before) headers["If-None-Match"] = before.tag;
    const answer = await this.ask(address, { headers });
    if (answer.status === 304) return before.document;
    const found = await this.understood(answer);
    if (answer.headers.get("ETag")) this.known.set(address, { tag: answer.headers.get("ETag"), document: found });
    return found;
  }
  async send(path, content) {
    const headers = { "X-API-Key": this.key, "Content-Type": "application/json" };
    return this.understood(await this.ask(path, { method: "POST", headers, body: JSON.stringify(content) }));
  }
  async ask(address, options) {
    try {
      return await fetch(address, { ...options, credentials: "omit", cache: "no-store" });
    } catch {
      throw new tracker.Refused(0, { detail: "The service does not answer. Is it running, and are you connected?" });
    }
  }
  async understood(answer) {
    const found = await answer.json().catch(() => ({ detail: `The service answered with ${answer.status}.` }));
    if (answer.status === 401) this.onLocked?.();
    if (!answer.ok) throw new tracker.Refused(answer.status, found);
    return found;
  }
};

tracker.FileSource = class {
  constructor(answers) {
    this.answers = answers;
  }
  async read(path, given) {
    const exact = this.answers[`${path}?from=${given?.from}&to=${given?.to}`];
    if (exact) return exact;
    const found = this.answers[path];
    if (found === undefined) throw new tracker.Refused(404, { detail: "This file holds team figures only; the page of the service has more." });
    if (found === null) throw new tracker.Refused(404, { detail: "There is nothing here." });
    // How times are distributed over a part cannot be told from the whole, which says itself what it is of.
    return found.buckets ? found : tracker.within(found, given || {});
  }
};

// A part of an answer that was written down whole: rows are chosen as the service chooses them.
tracker.within = function (answer, given) {
  const { from, to } = given;
  const chosen = (rows, name) => rows.filter((row) => (!from || row[name] >= from) && (!to || row[name] < to));
  const copy = { ...answer, from: from && from > answer.from ? from : answer.from, to: to && to < answer.to ? to : answer.to };
  for (const name of ["week", "month"]) {
    if (answer.teams) copy.teams = (copy.teams || answer.teams).map((entry) => (entry[`${name}s`] ? { ...entry, [`${name}s`]: chosen(entry[`${name}s`], name) } : entry));
    if (Array.isArray(copy.unattributed) && copy.unattributed.length && name in copy.unattributed[0]) copy.unattributed = chosen(copy.unattributed, name);
  }
  return copy;
};

tracker.keptKey = {
  isGiven: () => new URLSearchParams(location.hash.slice(1)).has("key"),
  read() {
    const given = new URLSearchParams(location.hash.slice(1)).get("key");
    if (given) {
      // From the link that `serve` prints: taken out of the address bar and of the history at once.
      history.replaceState(null, "", location.pathname);
      sessionStorage.setItem("key", given);
    }
    return sessionStorage.getItem("key");
  },
  keep: (key) => sessionStorage.setItem("key", key),
  forget: () => sessionStorage.removeItem("key"),
};
