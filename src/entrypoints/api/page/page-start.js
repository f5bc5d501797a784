"use strict";
// How the page begins and ends: with a key, with a file's own figures, or with a word about why not.
tracker.showOnly = function (id, state) {
  tracker.page?.end();
  tracker.page = null;
  for (const other of ["page", "gate", "failed"]) document.getElementById(other).hidden = other !== id;
  document.getElementById("sign-out").hidden = id !== "failed";
  const place = document.getElementById("freshness");
  place.className = "freshness";
  place.textContent = state;
};

tracker.askForKey = function (reason) {
  tracker.keptKey.forget();
  tracker.showOnly("gate", "Locked");
  document.getElementById("gate-reason").textContent = reason || "";
  document.getElementById("gate-key").value = "";
  document.getElementById("gate-key").focus();
};

tracker.open = async function (key) {
  const page = new tracker.Page(new tracker.ApiSource(key));
  tracker.page = page;
  try {
    await page.start();
    if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
  } catch (fault) {
    if (!(fault instanceof tracker.Refused)) throw fault;
    if (tracker.page !== page) return;
    if (fault.status === 401) return tracker.askForKey("This key is not accepted. Is it complete, and still valid?");
    if (fault.status === 403) return tracker.askForKey("This key may not read figures: it lacks the scope metrics:read.");
    tracker.showOnly("failed", "Not connected");
    document.getElementById("failed-reason").textContent = fault.message;
    document.getElementById("failed-again").onclick = () => tracker.open(key);
    document.getElementById("failed-again").focus();
  }
};

tracker.begin = function () {
  const inlined = document.getElementById("answers");
  if (inlined) return new tracker.Page(new tracker.FileSource(JSON.parse(inlined.textContent))).start();
  document.getElementById("gate-form").onsubmit = (event) => {
    event.preventDefault();
    const key = document.getElementById("gate-key").value.trim();
    tracker.keptKey.keep(key);
    tracker.open(key);
  };
  document.getElementById("sign-out").onclick = () => tracker.askForKey("");
  // A link with another key, followed where the page is open already, loads nothing by itself.
  addEventListener("hashchange", () => {
    if (!tracker.keptKey.isGiven()) return;
    tracker.keptKey.read();
    location.reload();
  });
  const key = tracker.keptKey.read();
  return key ? tracker.open(key) : tracker.askForKey("");
};

tracker.begin();
