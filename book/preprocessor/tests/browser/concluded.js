// Where what the player concludes from steps and calls is not what the recording says is left when all is at rest.
// Whether bytes that nobody has counted are all there cannot be concluded; then only the recording knows.
(() => {
    const recording = RECORDING;
    const wrong = [];
    class Compared extends KernelStory {
        rest(left) {
            const compare = (who, what, concluded) => {
                const told = left.some((it) => laneOf(it.who) === who && it.what === what);
                if (concluded !== SOME_BYTES && Boolean(concluded) !== told) wrong.push([who, what, concluded, told, this.moments.length]);
            };
            for (const [who, client] of Object.entries(this.state.clients)) {
                if (who === "stdin" || client.listens) continue;
                compare(who, "unread_by_program", client.toProgram);
                compare(who, "unread_by_client", client.toClient);
                const isWaiting = Object.values(this.state.listeners).some((it) => it.includes(who));
                compare(who, "connection", isWaiting);
            }
            super.rest(left);
        }
    }
    const story = new Compared(recording, recording.scenes.map((scene) => scene.events.map((event) => [JSON.stringify(event)])));
    return { moments: story.moments.length, wrong };
})()
