// What a recording tells, moment by moment: a moment is a step of the script, or one call that the program made because of it.
// Each knows who waits for whom, what lies in the kernel's queues, and where the program is.
// harness/src/trace/FORMAT.md says what is in a recording.
"use strict";

/** Kinds of readiness, in the order of select's sets; and the words for them. */
const KINDS = {
    read: "read",
    write: "write",
    exceptional: "exceptional",
    hang_up: "hang-up",
    error: "error",
    half_closed: "half-closed",
};

/** Bytes that are there, and that the recording does not spell out. */
const SOME_BYTES = "…";

/** Who is meant: a crowd is one lane, and what a user types comes from stdin. */
function laneOf(name) {
    if (name === "user") return "stdin";
    return /^port \d+$/.test(name) ? name : name.replace(/ \d+$/, "");
}

class KernelStory {
    /** `words[scene][event]` says what happened, in one line or two. */
    constructor(recording, words) {
        /** Each lane's name and what it is, in the order in which they appear. */
        this.lanes = new Map();
        this.moments = [];
        this.state = {
            listeners: {}, // name: those who wait to be accepted
            clients: {}, // name: what is known of a connection, see `client`
            interest: {}, // kind: those for whom the program waits
            interestIsKept: false, // by the kernel, between the calls: epoll
            ready: {}, // kind: those whom the last wait has reported
            call: null, // where the program is: what it does, and from which line
            frozen: false,
        };
        recording.scenes.forEach((scene, index) => this.addScene(scene, index, words[index]));
    }

    addScene(scene, index, words) {
        this.step(scene);
        const moment = { scene: index, isStep: true, words: [scene.text], acting: scene.who && laneOf(scene.who) };
        this.keep(moment, scene, scene.events.length === 0);
        scene.events.forEach((event, at) => {
            this.event(event, words[at]);
            this.keep({ scene: index, isStep: false, words: words[at] }, scene, at === scene.events.length - 1);
        });
    }

    /** At the end of a scene all is at rest: then the recording knows what is left. */
    keep(moment, scene, isLast) {
        if (isLast && !this.state.frozen) this.rest(scene.left ?? []);
        this.moments.push({ ...moment, state: structuredClone(this.state) });
    }

    listener(name) {
        this.lanes.set(name, "listener");
        return (this.state.listeners[name] ??= []);
    }

    client(name) {
        const lane = laneOf(name);
        if (!this.lanes.has(lane)) this.lanes.set(lane, "client");
        return (this.state.clients[lane] ??= {
            did: "", // its last step
            toProgram: "", // sent, and not read by the program: escaped as in the script
            toClient: "", // the same in the other direction
            ended: "", // it sends no more: "end of stream", "reset"
            unsent: false, // it has more to send, and the kernel takes no more
            isHeld: false, // the program has a descriptor of it
            listens: false, // a server that has not accepted the program yet: the recording knows nothing of its queues
        });
    }

    /** What a client does. */
    step({ who, text }) {
        const froze = /^(?:server|client) (freezes|thaws)/.exec(text);
        if (froze) this.state.frozen = froze[1] === "freezes";
        if (!who || who === "server" || who === "client") return;
        const client = this.client(who);
        client.did = text.replace(/^(?:crowd of \d+|\S+) /, "");
        if (who === "user") client.isHeld = true;
        const verb = client.did.split(" ")[0];
        const bytes = /"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? SOME_BYTES;
        if (verb === "connects") {
            const port = /to (port \d+)/.exec(text)?.[1];
            const all = Object.keys(this.state.listeners);
            this.listener(port ?? all[0] ?? "listener").push(who);
        } else if (verb === "listens" || verb === "accepts") {
            client.listens = verb === "listens";
        } else if (verb === "sends" || verb === "types") {
            client.toProgram = joined(client.toProgram, bytes);
        } else if (verb === "receives" && !text.endsWith("receives nothing")) {
            client.toClient = without(client.toClient, bytes);
        } else if (verb === "resets") {
            Object.assign(client, { ended: "reset", toClient: "", unsent: false });
        } else if (["closes", "shuts", "ends", "hangs"].includes(verb)) {
            client.ended = "end of stream";
        }
    }

    /** What the program does, or what is done to it. */
    event(event, words) {
        if (event.call) return this.call(event.call, words);
        for (const { name, on } of event.many ?? []) {
            const client = on && this.state.clients[laneOf(on)];
            if (client) this.transfer({ name, result: "some_bytes" }, client);
        }
        if (event.ends) Object.assign(this.state, { interest: {}, ready: {} });
        this.state.call = { words, on: null, code: null, asleep: false, over: Boolean(event.ends) };
    }

    call(call, words) {
        const { state } = this;
        const asleep = call.result === undefined;
        const on = call.on && laneOf(call.on);
        state.call = { name: call.name, words, on, code: call.code, asleep, over: false };
        if (["select", "poll", "epoll_wait"].includes(call.name)) {
            state.interest = call.interest ?? {};
            state.interestIsKept = call.name === "epoll_wait";
            state.ready = call.result?.ready ?? {};
        } else if (call.name === "epoll_ctl" && call.result === "done") {
            this.leaves(call.on, state.interest);
            if (call.flag !== "EPOLL_CTL_DEL") this.joins(call.interest ?? {});
            state.interestIsKept = true;
        } else if (call.name === "listen") {
            this.listener(call.on);
        } else if (call.name === "accept" && call.result?.new) {
            const client = this.client(call.result.new);
            client.isHeld = true;
            for (const waiting of Object.values(state.listeners)) remove(waiting, call.result.new);
        } else if (call.name === "connect") {
            this.client(call.on).isHeld = true;
        } else if (call.name === "close" && state.clients[on]) {
            // A crowd's lane stays: others of it are still there.
            state.clients[on].isHeld = on !== call.on;
            this.leaves(call.on, state.interest);
            this.leaves(call.on, state.ready);
        } else if (state.clients[on]) {
            this.transfer(call, state.clients[on]);
        }
    }

    /** Bytes leave a queue, or come into one. */
    transfer(call, client) {
        const moved = call.result?.bytes !== undefined || call.result === "some_bytes";
        if (/^(recv|read)/.test(call.name)) {
            if (moved) client.toProgram = without(client.toProgram, call.data ?? SOME_BYTES);
            if (call.result === "end") client.ended = "";
        } else if (/^(send|write)/.test(call.name) && moved && client.ended !== "reset") {
            client.toClient = joined(client.toClient, call.data ?? SOME_BYTES);
        }
    }

    joins(sets) {
        for (const [kind, names] of Object.entries(sets)) {
            this.state.interest[kind] = [...(this.state.interest[kind] ?? []), ...names];
        }
    }

    leaves(name, sets) {
        for (const names of Object.values(sets)) remove(names, name);
    }

    /** The recording's own word for what is left, in the place of what was concluded from the steps. */
    rest(left) {
        const is = (name, what) => left.some((it) => laneOf(it.who) === name && it.what === what);
        for (const [name, client] of Object.entries(this.state.clients)) {
            if (name === "stdin" || client.listens) continue;
            client.toProgram = is(name, "unread_by_program") ? client.toProgram || SOME_BYTES : "";
            client.toClient = is(name, "unread_by_client") ? client.toClient || SOME_BYTES : "";
            client.unsent = is(name, "unsent");
        }
        for (const [name, waiting] of Object.entries(this.state.listeners)) {
            this.state.listeners[name] = waiting.filter((who) => is(laneOf(who), "connection"));
        }
    }
}

function remove(names, name) {
    const at = names.indexOf(name);
    if (at >= 0) names.splice(at, 1);
}

/** A queue with more at its end. */
function joined(queue, bytes) {
    return (queue + bytes).includes(SOME_BYTES) ? SOME_BYTES : queue + bytes;
}

/** What stays of a queue when `bytes` are taken from its front. */
function without(queue, bytes) {
    // Of how many, nobody knows; so some may be left.
    if (queue === SOME_BYTES || bytes === SOME_BYTES) return queue && SOME_BYTES;
    return queue.startsWith(bytes) ? queue.slice(bytes.length) : "";
}
