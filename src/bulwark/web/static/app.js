// Makes the pages nicer; each of them works without this file. Its controls ship `hidden` and are shown here.
// Nothing is written as HTML (Trusted Types), nothing is stored, nothing leaves for another origin.

const WAIT = 250; // ms without a key before the new password is estimated; the server allows five a second
const LONGEST = 1000; // bytes the estimate takes
const COPIED = 4000; // ms the button says so
const LOOK_AGAIN = 5000; // ms between looks for the first use of a new app password
const FIRST_USE = 120; // looks, so ten minutes
const TWICE = 1000; // ms in which a second press of a button is no wish of its own
const DOWNLOAD = 2000; // ms in which a download may begin without being taken for leaving

const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

function reveal(button) {
  const field = document.getElementById(button.dataset.reveal);
  const use = button.querySelector("use");
  const [show, hide] = [button.getAttribute("aria-label"), button.dataset.hide];
  const turn = (visible) => {
    field.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
    button.setAttribute("aria-label", visible ? hide : show);
    use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, visible ? "#eye-off" : "#eye"));
  };
  button.hidden = false;
  button.addEventListener("click", () => turn(field.type === "password"));
  field.form?.addEventListener("submit", () => turn(false)); // so that no browser offers it as text another time
}

function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("span");
  const said = label.textContent;
  let back = 0;
  const say = (words) => {
    label.textContent = words;
    clearTimeout(back);
    back = setTimeout(() => (label.textContent = said), COPIED);
  };
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.raw ?? source.innerText.trim());
      say(button.dataset.copied);
    } catch {
      getSelection().selectAllChildren(source);
      say(button.dataset.byHand);
    }
  });
}

function strength(meter) {
  const field = document.querySelector("[autocomplete=new-password]");
  const text = document.getElementById("strength");
  let soon = 0;
  let running = null;
  const show = (score, message) => {
    meter.hidden = message === "";
    meter.dataset.score = score;
    text.textContent = message;
    text.className = `meter-text ${message && ["bad", "bad", "warn", "ok", "ok"][score]}`;
  };
  const ask = async () => {
    running?.abort();
    if (field.value === "") return show(0, "");
    const body = new URLSearchParams({ account: meter.dataset.account, new_password: field.value });
    if (body.toString().length > LONGEST) return show(0, "");
    running = new AbortController();
    try {
      const answer = await fetch(meter.dataset.strength, { method: "POST", body, signal: running.signal });
      if (answer.ok) {
        const { score, message } = await answer.json();
        show(Math.min(4, Math.max(0, Number(score) || 0)), String(message));
      }
    } catch {
      // only an estimate: the server decides when it is saved
    }
  };
  field?.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(ask, WAIT);
  });
}

// A double click would send a form twice, and the browser would show the answer to the second.
function once() {
  const sent = new WeakMap();
  addEventListener("submit", (event) => {
    if (event.timeStamp - (sent.get(event.target) ?? -TWICE) < TWICE) event.preventDefault();
    else sent.set(event.target, event.timeStamp);
  });
}

function guard() {
  let leaving = false;
  addEventListener("submit", (event) => {
    leaving = true;
    if (event.submitter?.hasAttribute("data-stays")) setTimeout(() => (leaving = false), DOWNLOAD);
  });
  addEventListener("click", (event) => {
    if (event.target.closest?.("[data-done]")) leaving = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving) event.preventDefault();
  });
}

function narrow(field) {
  const list = document.getElementById(field.dataset.narrow);
  field.hidden = field.disabled = false;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    const fits = (option) => option.textContent.toLowerCase().includes(wanted) || option.value.toLowerCase().includes(wanted);
    for (const option of list.options) option.hidden = !fits(option);
    const first = [...list.options].find((option) => !option.hidden);
    if (wanted && first && list.selectedOptions[0]?.hidden) first.selected = true;
  });
}

function count(line) {
  const field = document.getElementById(line.dataset.bytes);
  field.addEventListener("input", () => {
    line.textContent = line.dataset.said.replace("{n}", new TextEncoder().encode(field.value).length);
  });
}

function live(place) {
  const mark = document.getElementById("live");
  const { live: url, watch } = place.dataset;
  let { since, at = "" } = place.dataset;
  let open = null;
  let failures = 0;
  const say = (how) => {
    mark?.classList.toggle("off", how !== "on");
    if (mark) mark.textContent = mark.dataset[how].replace("{at}", at);
  };
  const item = (id) => place.querySelector(`[data-id="${CSS.escape(id)}"]`);
  const show = (row) => {
    const model = document.getElementById("live-row").content.firstElementChild;
    const shown = item(row.id) ?? place.appendChild(model.cloneNode(true));
    shown.dataset.id = row.id;
    for (const field of shown.querySelectorAll("[data-f]")) {
      const text = row[field.dataset.f];
      field.textContent = field.dataset.f === "label" ? ` ${text}` : text;
      if (field.classList.contains("pill")) field.hidden = !text;
    }
    for (const link of shown.querySelectorAll("[data-to]")) link.href = link.dataset.to.replace("{id}", row.id);
  };
  const list = ({ rows, removed, everything, total, count: heading, news }) => {
    const kept = new Set(rows.map((row) => row.id));
    const gone = everything ? [...place.children].map((one) => one.dataset.id).filter((id) => !kept.has(id)) : removed;
    gone.forEach((id) => item(id)?.remove());
    rows.forEach(show);
    document.getElementById("count").textContent = heading;
    document.getElementById("live-news").textContent = news;
    each(".nav [aria-current] .fact", (fact) => (fact.textContent = total));
  };
  const warn = ({ rows, removed }) => {
    const said = place.querySelector("[data-live-said]");
    const how = removed.includes(watch) ? "liveGone" : rows.some((row) => row.id === watch) && "liveSaid";
    if (!how) return;
    said.textContent = said.dataset[how].replace("{at}", at);
    place.hidden = false;
  };
  const act = (name, told) => {
    if (name === "status") {
      failures = 0;
      if (told.live) at = told.at;
      say(told.live ? "on" : "again");
    } else if (name === "identities") {
      at = told.at;
      (watch ? warn : list)(told);
    }
  };
  const listen = async (signal) => {
    const headers = { accept: "text/event-stream" };
    const answer = await fetch(`${url}&since=${encodeURIComponent(since)}`, { headers, signal, redirect: "manual" });
    if (answer.status < 500 && !answer.ok) return false; // signed out
    if (!answer.ok) return true;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) return true;
      const blocks = (text + value).split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const lines = block.split("\n").map((line) => line.split(/: (.*)/s, 2));
        const { event, id, data } = Object.fromEntries(lines);
        if (event === "off") return false;
        if (event) act(event, JSON.parse(data));
        if (id) since = id;
      }
    }
  };
  const run = async () => {
    const { signal } = (open = new AbortController());
    while (!signal.aborted) {
      const more = await listen(signal).catch(() => true);
      if (signal.aborted) return;
      say(more ? "again" : "off");
      if (!more) return;
      const pause = Math.min(30, 2 ** failures++) * (500 + Math.random() * 500);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  const stop = () => {
    open?.abort();
    open = null;
    say("off");
  };
  const start = () => open ?? (document.hidden || run());
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", start);
  start();
}

// Hides the boxes that do not match; a group with a match stands open. What is ticked stays ticked and is sent.
function find(list) {
  const field = document.getElementById(list.dataset.found);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const group of list.children) {
      let shown = 0;
      for (const item of group.querySelectorAll("li")) {
        const text = item.textContent.toLowerCase();
        item.hidden = !words.every((word) => text.includes(word));
        shown += !item.hidden;
      }
      group.hidden = shown === 0;
      if (words.length) group.open = shown > 0;
    }
  });
}

function firstUse(place) {
  let left = FIRST_USE;
  const look = async () => {
    try {
      const answer = await fetch(place.dataset.firstUse);
      const { used } = answer.ok ? await answer.json() : {};
      if (used) return (place.textContent = used);
    } catch {
      // asked again below
    }
    if (--left > 0) setTimeout(look, LOOK_AGAIN);
  };
  setTimeout(look, LOOK_AGAIN);
}

each("[data-reveal]", reveal);
each("[data-found]", find);
each("[data-first-use]", firstUse);
each("[data-copy]", copy);
each("[data-strength]", strength);
each("[data-narrow]", narrow);
each("[data-bytes]", count);
each("[data-live]", live);
each("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
each("[data-enable-after]", (button) => {
  setTimeout(() => (button.disabled = false), Number(button.dataset.enableAfter) * 1000);
});
once();
if (document.querySelector("[data-unsaved]")) guard();
