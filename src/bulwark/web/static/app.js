// Makes the pages nicer; each of them works without this file. Its controls ship `hidden` and are shown here.
// Nothing is written as HTML (Trusted Types), nothing is stored, nothing leaves for another origin.

const WAIT = 250; // ms without a key before the new password is estimated; the server allows five a second
const LONGEST = 1000; // bytes the estimate takes
const COPIED = 4000; // ms the button says so
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

each("[data-reveal]", reveal);
each("[data-copy]", copy);
each("[data-strength]", strength);
each("[data-narrow]", narrow);
each("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
each("[data-enable-after]", (button) => {
  setTimeout(() => (button.disabled = false), Number(button.dataset.enableAfter) * 1000);
});
if (document.querySelector("[data-unsaved]")) guard();
