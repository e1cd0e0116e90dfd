//! Chromium without a window, spoken to in the DevTools protocol <https://chromedevtools.github.io/devtools-protocol/> by two pipes: so
//! it takes no port, and needs no library. Each message is JSON and ends with a zero byte.

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;
use std::{env, thread};
use tempfile::TempDir;

/// A browser that says nothing for so long hangs. What it is asked for takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// What it may be called.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// The browser's program, if there is one.
pub(crate) fn find() -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let mut files = env::split_paths(&folders).flat_map(|it| NAMES.map(|name| it.join(name)));
    files.find(|file| file.is_file())
}

/// A browser with one page. It ends when it is dropped.
pub(crate) struct Chromium {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    /// What it has told without being asked, and nobody has looked at yet.
    events: VecDeque<Value>,
    last_id: u64,
    session: Option<String>,
    _profile: TempDir,
}

impl Chromium {
    /// Starts it with an empty page.
    ///
    /// # Errors
    /// It does not start, or does not speak the protocol.
    pub(crate) fn start(program: &Path) -> Result<Chromium> {
        let profile = TempDir::new()?;
        let folder = profile.path().display();
        // It reads from descriptor 3 and writes to 4. It has no sandbox as root; and all that it opens is our own.
        let script = format!(
            "exec \"$0\" --headless=new --remote-debugging-pipe --no-sandbox --disable-gpu --disable-dev-shm-usage \
             --no-first-run --disable-background-networking '--user-data-dir={folder}' 3<&0 4>&1 </dev/null >/dev/null 2>&1"
        );
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot run sh")?;
        let to = child.stdin.take().context("it has no stdin")?;
        let from = child.stdout.take().context("it has no stdout")?;
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || read(from, &sender));
        let mut browser = Chromium {
            child,
            to,
            from: receiver,
            events: VecDeque::new(),
            last_id: 0,
            session: None,
            _profile: profile,
        };
        browser.attach()?;
        Ok(browser)
    }

    fn attach(&mut self) -> Result<()> {
        let target = self.ask("Target.createTarget", json!({"url": "about:blank"}))?;
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let attached = self.ask("Target.attachToTarget", target)?;
        let session = attached["sessionId"].as_str();
        self.session = Some(session.context("it names no session")?.to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(())
    }

    /// Asks for something and waits for the answer.
    ///
    /// # Errors
    /// It refuses, or does not answer.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<Value> {
        self.last_id += 1;
        let mut message = json!({"id": self.last_id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        write!(self.to, "{message}\0").with_context(|| format!("{method}: it has ended"))?;
        loop {
            let mut message = self.next(method)?;
            if message["id"] != self.last_id {
                self.events.push_back(message);
            } else if message["error"].is_object() {
                bail!("{method}: {}", message["error"]["message"]);
            } else {
                return Ok(message["result"].take());
            }
        }
    }

    fn next(&mut self, what: &str) -> Result<Value> {
        let message = self.from.recv_timeout(PATIENCE);
        message.map_err(|_| anyhow!("{what}: the browser does not answer"))
    }

    /// Waits until it tells of `method`.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn wait_for(&mut self, method: &str) -> Result<()> {
        let is_it = |event: &Value| event["method"] == method;
        if self.events.iter().any(is_it) {
            return Ok(());
        }
        loop {
            let message = self.next(method)?;
            let found = is_it(&message);
            self.events.push_back(message);
            if found {
                return Ok(());
            }
        }
    }

    /// What it has told so far without being asked: each with `method` and `params`.
    pub(crate) fn events(&mut self) -> Vec<Value> {
        self.events.extend(self.from.try_iter());
        self.events.drain(..).collect()
    }

    /// What an expression of JavaScript comes to, in the page; a promise is waited for.
    ///
    /// # Errors
    /// It throws.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.ask("Runtime.evaluate", params)?;
        if answer["exceptionDetails"].is_object() {
            bail!("{expression}: {}", answer["exceptionDetails"]);
        }
        Ok(answer["result"]["value"].take())
    }

    /// Presses a key as a user does: `ArrowRight`, `Home`, ` `.
    ///
    /// # Errors
    /// The browser does not answer.
    pub(crate) fn press(&mut self, key: &str) -> Result<()> {
        for kind in ["keyDown", "keyUp"] {
            let code = if key == " " { "Space" } else { key };
            self.ask(
                "Input.dispatchKeyEvent",
                json!({"type": kind, "key": key, "code": code}),
            )?;
        }
        Ok(())
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // It may have ended already. Its own children end with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hands on what comes, until nothing more does.
fn read(from: ChildStdout, to: &Sender<Value>) {
    let messages = BufReader::new(from).split(0);
    for message in messages.map_while(Result::ok) {
        let Ok(message) = serde_json::from_slice(&message) else {
            return;
        };
        if to.send(message).is_err() {
            return;
        }
    }
}
