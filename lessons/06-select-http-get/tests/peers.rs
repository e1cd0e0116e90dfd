//! Real servers: Python's http.server, and nginx; each where it is installed.

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

type Done = Result<(), Box<dyn Error>>;

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder with a page, a picture of 3 MiB, and nothing else.
fn folder() -> Result<(tempfile::TempDir, Vec<u8>), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let picture: Vec<u8> = (0..3u32 << 20).map(|n| (n * 7 % 251) as u8).collect();
    fs::write(folder.path().join("page"), "grüße\n")?;
    fs::write(folder.path().join("picture"), &picture)?;
    Ok((folder, picture))
}

fn is_installed(program: &str) -> bool {
    let found = Command::new(program)
        .arg("-h")
        .stdin(Stdio::null())
        .output();
    if found.is_err() {
        eprintln!("skipped: {program} is not installed");
    }
    found.is_ok()
}

fn get(arguments: &[String]) -> Result<Output, Box<dyn Error>> {
    let mut client = Command::new(env!("CARGO_BIN_EXE_select-http-get"));
    client.args(arguments).args(["--timeout", "20"]);
    Ok(client.output()?)
}

/// Fetches what is in the folder, and something that is not, from `server`, an address.
fn fetch_all(server: &str, picture: &[u8]) -> Done {
    let url = |path: &str| format!("http://{server}/{path}");
    let well = get(&[url("picture"), url("page")])?;
    let lines = String::from_utf8(well.stderr)?;
    assert_eq!(
        lines,
        format!("{}: 200 OK\n{}: 200 OK\n", url("picture"), url("page"))
    );
    assert!(well.stdout == [picture, "grüße\n".as_bytes()].concat());
    assert_eq!(well.status.code(), Some(0));

    let missing = get(&[url("page"), url("missing"), url("page")])?;
    assert_eq!(missing.status.code(), Some(1));
    let lines = String::from_utf8(missing.stderr)?;
    assert!(
        lines.contains(&format!("{}: 404 ", url("missing"))),
        "{lines}"
    );
    let stdout = String::from_utf8(missing.stdout)?;
    assert!(
        stdout.starts_with("grüße\n") && stdout.ends_with("grüße\n"),
        "{stdout}"
    );
    assert!(stdout.len() > 2 * "grüße\n".len(), "{stdout}");
    Ok(())
}

#[test]
fn python_serves_a_folder() -> Done {
    if !is_installed("python3") {
        return Ok(());
    }
    let (folder, picture) = folder()?;
    let mut python = Server(
        Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?,
    );
    // "Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ..."
    let mut line = String::new();
    BufReader::new(python.0.stdout.take().ok_or("no pipe")?).read_line(&mut line)?;
    let after = line.split_once(" port ").ok_or(line.clone())?.1;
    let port = after.split(' ').next().ok_or("no port")?;
    fetch_all(&format!("127.0.0.1:{port}"), &picture)
}

#[test]
fn nginx_serves_a_folder() -> Done {
    if !is_installed("nginx") {
        return Ok(());
    }
    let (folder, picture) = folder()?;
    let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    fs::write(
        folder.path().join("nginx.conf"),
        format!(
            "worker_processes 1;\npid nginx.pid;\nerror_log error.log;\nevents {{}}\n\
             http {{\n  access_log off;\n  client_body_temp_path t1;\n  proxy_temp_path t2;\n  fastcgi_temp_path t3;\n  \
             uwsgi_temp_path t4;\n  scgi_temp_path t5;\n  server {{ listen {free}; root .; }}\n}}\n"
        ),
    )?;
    make_readable(folder.path())?;
    // It goes into the background when it listens: no need to wait for anything else.
    nginx(folder.path(), &[])?;
    let _stopped = StopNginx(folder.path());
    fetch_all(&free.to_string(), &picture)
}

/// Stops the nginx of a folder when the test ends, however it ends.
struct StopNginx<'a>(&'a Path);

impl Drop for StopNginx<'_> {
    fn drop(&mut self) {
        if let Err(error) = nginx(self.0, &["-s", "stop"]) {
            eprintln!("nginx goes on: {error}");
        }
    }
}

fn nginx(folder: &Path, arguments: &[&str]) -> Done {
    let nginx = Command::new("nginx")
        .arg("-p")
        .arg(folder)
        .args(["-c", "nginx.conf", "-e", "error.log"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&nginx.stderr).into_owned();
    nginx.status.success().then_some(()).ok_or(said.into())
}

/// nginx that is started by root reads its files as somebody else.
fn make_readable(folder: &Path) -> Done {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(
        folder,
        fs::Permissions::from_mode(0o755),
    )?)
}

#[test]
fn a_name_is_looked_up() -> Done {
    // Nobody listens at port 1; what matters is that the name has become an address.
    let output = get(&["http://localhost:1/".to_owned()])?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("cannot connect to "), "{said}");

    let output = get(&["http://no-such-host.invalid/".to_owned()])?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(
        said.contains("cannot look up no-such-host.invalid"),
        "{said}"
    );
    Ok(())
}
