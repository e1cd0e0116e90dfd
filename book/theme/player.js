// The player: <kernel-player> shows a recording moment by moment. What it has to show stands in the page, as JSON; so it needs no request.
// Without it the page has the same story as text.
"use strict";

/** Milliseconds that a moment is shown for while it plays. */
const PACE = 1400;
/** Lines of the source above and below the one that calls. */
const AROUND = 4;

/** An element with attributes and children; strings become text, never markup. */
function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== ""));
    return element;
}

class KernelPlayer extends HTMLElement {
    connectedCallback() {
        if (this.story) return;
        const { recording, words, sources } = JSON.parse(this.querySelector("script").textContent);
        this.sources = sources;
        this.recording = recording;
        this.story = new KernelStory(recording, words);
        // It opens where the program has come to rest for the first time: from there on something happens.
        const second = this.story.moments.findIndex((moment) => moment.scene === 1);
        this.at = Math.max(0, second - 1);
        this.foldText();
        this.prepend(this.build());
        this.show();
    }

    disconnectedCallback() {
        this.stop();
    }

    /** The text stays: for those who would rather read it, and for paper. */
    foldText() {
        const text = this.querySelector(".as-text");
        const folded = el("details", {}, el("summary", {}, "The same as text"));
        text.replaceWith(folded);
        folded.append(text);
    }

    build() {
        const button = (name, words, press) => {
            const made = el("button", { type: "button", class: name }, words);
            made.addEventListener("click", () => {
                this.stop();
                press();
            });
            return made;
        };
        this.playButton = el("button", { type: "button", class: "play" }, "Play");
        this.playButton.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
        this.range = el("input", {
            type: "range", min: 0, max: this.story.moments.length - 1, "aria-label": "Moment",
        });
        this.range.addEventListener("input", () => {
            this.stop();
            this.go(Number(this.range.value));
        });
        this.status = el("p", { class: "status", role: "status", "aria-live": "polite" });
        this.steps = el("ol", { class: "steps" }, ...this.recording.scenes.map((scene, index) => this.stepItem(scene, index)));
        this.lanes = el("ul", { class: "lanes" });
        this.code = el("div", { class: "source" });
        const title = `What the kernel saw: ${this.recording.title}`;
        const stage = el("div", { class: "stage", role: "group", "aria-label": title, tabindex: -1 },
            el("div", { class: "controls" },
                button("back-step", "« step", () => this.goToScene(-1)),
                button("back", "‹ back", () => this.go(this.at - 1)),
                this.playButton,
                button("next", "next ›", () => this.go(this.at + 1)),
                button("next-step", "step »", () => this.goToScene(1)),
                this.range),
            this.status,
            el("div", { class: "picture" }, this.steps, this.lanes),
            this.code,
            el("p", { class: "keys" }, "Keys: ← → a moment, Page Up and Page Down a step of the script, Home, End, Space plays."));
        stage.addEventListener("keydown", (event) => this.key(event));
        return stage;
    }

    /** A step of the script. A click is a short way; the keys and buttons go everywhere, too. */
    stepItem(scene, index) {
        const item = el("li", {}, scene.text);
        item.addEventListener("click", () => {
            this.stop();
            this.go(this.first(index));
        });
        return item;
    }

    first(scene) {
        return this.story.moments.findIndex((moment) => moment.scene === scene);
    }

    goToScene(way) {
        const { scene } = this.story.moments[this.at];
        const start = this.first(scene);
        // Back from the middle of a step leads to its beginning.
        if (way < 0 && this.at > start) return this.go(start);
        const wanted = this.first(scene + way);
        this.go(wanted >= 0 ? wanted : way < 0 ? 0 : this.story.moments.length - 1);
    }

    key(event) {
        if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
        const onButton = event.target.tagName === "BUTTON";
        const actions = {
            ArrowLeft: () => this.go(this.at - 1),
            ArrowRight: () => this.go(this.at + 1),
            PageUp: () => this.goToScene(-1),
            PageDown: () => this.goToScene(1),
            Home: () => this.go(0),
            End: () => this.go(this.story.moments.length - 1),
        };
        if (event.key === " " && !onButton) {
            if (this.timer) this.stop();
            else this.play();
        } else if (actions[event.key]) {
            this.stop();
            actions[event.key]();
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation(); // mdBook turns the page at an arrow
    }

    play() {
        if (this.at === this.story.moments.length - 1) this.go(0);
        // Nobody wants to be read to at this pace.
        this.status.setAttribute("aria-live", "off");
        this.playButton.textContent = "Pause";
        this.timer = setInterval(() => {
            this.go(this.at + 1);
            if (this.at === this.story.moments.length - 1) this.stop();
        }, PACE);
    }

    stop() {
        clearInterval(this.timer);
        this.timer = undefined;
        this.status?.setAttribute("aria-live", "polite");
        if (this.playButton) this.playButton.textContent = "Play";
    }

    go(at) {
        this.at = Math.min(Math.max(at, 0), this.story.moments.length - 1);
        this.show();
    }

    show() {
        const moment = this.story.moments[this.at];
        const { state, words } = moment;
        const of = this.story.moments.length;
        const step = this.recording.scenes[moment.scene].text;
        this.range.value = this.at;
        this.range.setAttribute("aria-valuetext", `${this.at + 1} of ${of}: ${words.join(" ")}`);
        const does = moment.isStep ? "" : `${words.join(" ")}`;
        this.status.replaceChildren(
            el("span", { class: "count" }, `${this.at + 1} of ${of}  `),
            el("strong", {}, step),
            el("span", { class: "does" }, does ? `The program: ${does}` : ""));
        this.showStep(moment.scene);
        const lanes = [...this.story.lanes].map(([name, kind]) => this.lane(name, kind, moment));
        this.lanes.replaceChildren(this.head(), ...lanes, this.program(state));
        this.showCode(state.call?.code);
    }

    showStep(scene) {
        [...this.steps.children].forEach((item, index) => {
            if (index === scene) item.setAttribute("aria-current", "step");
            else item.removeAttribute("aria-current");
        });
        const item = this.steps.children[scene];
        // scrollIntoView would move the page as well.
        this.steps.scrollTop = item.offsetTop - this.steps.clientHeight / 2;
    }

    head() {
        const words = ["who", "in the kernel", "waits for"];
        return el("li", { class: "lane head" }, ...words.map((it) => el("div", {}, it)));
    }

    /** One row: whom it is about, what lies in the kernel between it and the program, what the program wants of it. */
    lane(name, kind, { state, acting }) {
        const client = state.clients[name];
        const isListener = kind === "listener";
        const queues = isListener ? [this.accepting(state.listeners[name])] : this.queues(name, client);
        const who = el("div", { class: "who" }, el("b", {}, name === "stdin" ? "user" : name));
        if (client?.did) who.append(el("span", { class: "did" }, client.did));
        const classes = ["lane", isListener && "listener", acting === name && "acting", !isListener && !client && "absent"];
        return el("li", { class: classes.filter(Boolean).join(" ") }, who,
            el("div", { class: "kernel" }, ...queues),
            el("div", { class: "wants" }, ...this.wants(name, state)));
    }

    accepting(waiting = []) {
        return queue("to be accepted →", waiting.join(", "));
    }

    queues(name, client) {
        const { toProgram = "", toClient = "", ended = "", unsent = false } = client ?? {};
        const end = ended && el("i", {}, ended);
        const more = unsent && el("i", {}, "and no room for more");
        const read = queue("to the program →", bytes(toProgram), end || more || "");
        if (name === "stdin") return [read];
        return [read, queue(`← to ${name}`, bytes(toClient))];
    }

    /** What the program waits for here, what is ready, and whether its call is about this one. */
    wants(name, state) {
        const chips = Object.entries(KINDS).flatMap(([kind, word]) => {
            const count = (sets) => (sets[kind] ?? []).filter((it) => laneOf(it) === name).length;
            const [wanted, ready] = [count(state.interest), count(state.ready)];
            if (!wanted && !ready) return [];
            const many = wanted > 1 ? ` × ${wanted}` : "";
            return [el("span", { class: ready ? "chip ready" : "chip" }, ready ? `${word}: ready` : word + many)];
        });
        const client = state.clients[name];
        if (client && !client.isHeld) chips.push(el("span", { class: "did" }, "no descriptor"));
        const isHere = state.call?.on === name;
        const here = el("span", { class: "here" }, `◂ ${state.call?.name}${state.call?.asleep ? " …" : ""}`);
        return isHere ? [...chips, here] : chips;
    }

    program({ call, frozen, interest, interestIsKept }) {
        const doing = !call ? "has not started" : call.over ? "is over" : call.asleep ? `sleeps in ${call.name}` : "runs";
        const once = interest.edge_triggered?.length ? " Edge-triggered: it tells once." : "";
        const kept = interestIsKept ? `The kernel keeps the interest list.${once}` : "";
        return el("li", { class: "lane program" },
            el("div", { class: "who" }, el("b", {}, "the program"), el("span", { class: "did" }, frozen ? "is frozen" : doing)),
            el("div", { class: "calls" }, ...(call?.words ?? [""]).map((line) => el("code", {}, line))),
            el("div", { class: "wants kept" }, kept));
    }

    /** The line that called, marked, among its neighbours. */
    showCode(code) {
        const height = 2 * AROUND + 1;
        const source = code && this.sources[code.file];
        const head = el("p", { class: "from" });
        if (code) {
            head.append(el("a", { href: `../../${source.path}` }, source.path), `, line ${code.line}`);
        } else {
            head.append("No line of the program's own.");
        }
        const lines = source ? around(source.lines, code.line, height) : [];
        const rows = lines.map(([number, text]) => {
            const isHere = number === code?.line;
            const gutter = `${isHere ? "▸" : " "}${String(number).padStart(4)}  `;
            const indent = /^\s*/.exec(text)[0];
            return el("span", { class: isHere ? "line current" : "line" },
                gutter + indent, el("span", { class: "words" }, text.trimStart()), "\n");
        });
        // The place that it takes never changes, so nothing jumps.
        const rest = Array.from({ length: height - rows.length }, () => el("span", { class: "line" }, "\n"));
        this.code.replaceChildren(head, el("pre", {}, el("code", { class: "hljs", tabindex: 0, role: "group", "aria-label": "Source" }, ...rows, ...rest)));
    }
}

/** The bytes of a queue; long ones are cut. */
function bytes(escaped) {
    if (escaped === SOME_BYTES) return "bytes";
    return escaped && `"${escaped.length > 40 ? `${escaped.slice(0, 40)}…` : escaped}"`;
}

function queue(name, inside, more = "") {
    const isEmpty = !inside && !more;
    return el("div", { class: isEmpty ? "queue empty" : "queue" },
        el("span", { class: "label" }, name),
        el("span", { class: "bytes" }, isEmpty ? "empty" : "", inside && el("code", {}, inside), more));
}

/** The line with this number and its neighbours; the book's own marks are not shown. */
function around(lines, number, height) {
    const shown = lines.map((text, index) => [index + 1, text]);
    const kept = shown.filter(([, text]) => !/^\s*\/\/ ANCHOR/.test(text));
    const at = kept.findIndex(([it]) => it === number);
    const start = Math.max(0, Math.min(at - AROUND, kept.length - height));
    const window = kept.slice(start, start + height);
    // What all have in common at their left is only in the way.
    const indents = window.filter(([, text]) => text).map(([, text]) => text.search(/\S/));
    return window.map(([it, text]) => [it, text.slice(Math.min(...indents))]);
}

customElements.define("kernel-player", KernelPlayer);
