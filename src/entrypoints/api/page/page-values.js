"use strict";
// Values and words: everything that needs neither the network nor a chart. Text only ever becomes text.
var tracker = {};

tracker.element = function (tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
};

tracker.drawn = function (tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

tracker.put = function (place, ...children) {
  place.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
};

tracker.colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
tracker.teamColour = (team) => tracker.colour(`--c${team.tint}`);
// Long names stay whole in tables and in the picker; beside a chart they would leave no room for it.
tracker.shortName = (name, most = 28) => ([...name].length > most ? `${[...name].slice(0, most - 1).join("")}…` : name);

// Days are text such as 2026-01-31 and are counted in UTC, so that no time zone of the reader moves them.
tracker.dayAfter = function (day, days) {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
};
tracker.today = () => new Date().toISOString().slice(0, 10);
tracker.daysBetween = (one, other) => Math.round((Date.parse(`${other}T00:00:00Z`) - Date.parse(`${one}T00:00:00Z`)) / 86400000);
tracker.mondayOf = (day) => tracker.dayAfter(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
tracker.monthAfter = function (day) {
  const [year, month] = day.split("-").map(Number);
  return month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, "0")}-01`;
};
tracker.monthName = (day) => new Date(`${day}T00:00:00Z`).toLocaleDateString("en", { month: "short", year: "numeric", timeZone: "UTC" });
tracker.dayName = (day) => new Date(`${day}T00:00:00Z`).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
tracker.instantName = (instant) => new Date(instant).toISOString().slice(0, 16).replace("T", " ") + " UTC";

tracker.number = (value, digits = 1) => (value === null || value === undefined ? "–" : value.toLocaleString("en", { maximumFractionDigits: digits }));
// A name that is written from right to left must not carry the figure beside it away.
tracker.apart = (name) => `\u2068${name}\u2069`;
tracker.weight = (text) => (text === null || text === undefined ? null : Number(text));
tracker.hours = function (value) {
  if (value === null || value === undefined) return "–";
  if (value < 1) return `${Math.round(value * 60)} min`;
  if (value < 48) return `${tracker.number(value, 1)} h`;
  return `${tracker.number(value / 24, 1)} days`;
};
tracker.ago = function (instant) {
  const minutes = Math.max(0, Math.round((Date.now() - Date.parse(instant)) / 60000));
  if (minutes < 2) return "just now";
  if (minutes < 90) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h ago`;
  return `${Math.round(minutes / 1440)} days ago`;
};
tracker.bucketName = function (bucket) {
  const name = (hours) => (hours < 24 ? `${hours} h` : hours < 168 ? `${hours / 24} d` : `${hours / 168} w`);
  return bucket.to_hours === null ? `over ${name(bucket.from_hours)}` : bucket.from_hours === 0 ? `under ${name(bucket.to_hours)}` : `${name(bucket.from_hours)}–${name(bucket.to_hours)}`;
};
tracker.REASONS = {
  unknown_login: "not on the roster", joined_later: "joined later", left_before: "had left", zero_weight: "member without credit",
  part_time: "part time", ghost: "account deleted",
};

tracker.table = function (caption, headings, rows, numbers) {
  const isNumber = (index) => numbers.includes(index);
  return tracker.element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    tracker.element("table", {},
      tracker.element("caption", {}, caption),
      tracker.element("thead", {}, tracker.element("tr", {}, headings.map((text, index) => tracker.element("th", { scope: "col", class: isNumber(index) ? "number" : null }, text)))),
      tracker.element("tbody", {}, rows.map((row) => tracker.element("tr", {}, row.map((cell, index) => tracker.element("td", { class: isNumber(index) ? "number" : null, "data-label": headings[index] }, cell)))))));
};

tracker.asTable = (...given) => tracker.element("details", {}, tracker.element("summary", {}, "As a table"), tracker.table(...given));
